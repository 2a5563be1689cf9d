import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import { inTenant } from '../../database/in-tenant.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { inBilling, openGatewayById, type ChargeDeps } from '../gateway/charge-deps.ts';
import { ensureCustomer } from '../gateway/gateway-customers.ts';
import {
  GatewayRefused,
  GatewayUnknown,
  requestIdOf,
  type HostedPage,
  type PaymentGateway,
} from '../gateway/gateway.ts';
import { tenantUrls } from '../tenant/tenant.ts';
import { recordState } from './charge-payment.ts';
import { cancelPayment } from './fail-payment.ts';
import {
  ABANDONED_MS,
  after,
  getGatewayPayment,
  labelsOf,
  listParts,
  lockGatewayPayment,
  nextCheck,
  recordAttempt,
  updatePayment,
  type GatewayPayment,
} from './gateway-payment.ts';
import { endPage, readPayment } from './read-payment.ts';
import { settleCharge } from './settle-payment.ts';

/**
 * Opens a page of the gateway for a payment that was started with 'page', or for a charge that the bank wants to see
 * confirmed. Returns undefined if there is nothing to do on a page: the page of the payment then says why.
 */
export async function openPage(deps: ChargeDeps, tenantId: string, id: string): Promise<string | undefined> {
  const before = await find(deps, tenantId, id);
  if (before.gateway_id === null) return undefined;
  try {
    const gateway = await openGatewayById(deps, tenantId, before.gateway_id);
    if (await hasOpenPage(deps, tenantId, before)) return before.session_url!;
    if (!(await endFormerCharge(deps, tenantId, gateway, before))) return undefined;
    const payment = await inBilling(deps, tenantId, (db, billing) => beginPage(db, billing, id));
    return payment && (await storePage(deps, tenantId, gateway, payment));
  } catch (error) {
    if (!(error instanceof GatewayUnknown || error instanceof GatewayRefused)) throw error;
    deps.log.error({ err: error, payment: id, tenant: tenantId }, 'a payment page could not be opened');
    await inBilling(deps, tenantId, (db, billing) => giveUpPage(db, billing, id, error));
    return undefined;
  }
}

function find({ database }: ChargeDeps, tenantId: string, id: string): Promise<GatewayPayment> {
  return inTenant(database, tenantId, (db) => getGatewayPayment(db, id));
}

function hasOpenPage(deps: ChargeDeps, tenantId: string, payment: GatewayPayment): Promise<boolean> {
  const { session_url, session_expires_at, status } = payment;
  if (session_url === null || session_expires_at === null || status !== 'requires_action')
    return Promise.resolve(false);
  return inBilling(deps, tenantId, (_, { now }) => Promise.resolve(session_expires_at > now));
}

/** False if the charge that the bank wanted to see confirmed has succeeded meanwhile. */
async function endFormerCharge(
  deps: ChargeDeps,
  tenantId: string,
  gateway: PaymentGateway,
  { id, status, gateway_object_id, gateway_session_id }: GatewayPayment,
): Promise<boolean> {
  if (status === 'created') return true;
  if (status !== 'requires_action') return false;
  if (
    gateway_session_id !== null &&
    (await gateway.closeSession(gateway_session_id)) === 'already_complete'
  ) {
    await readPayment(deps, tenantId, id);
    return false;
  }
  if (gateway_object_id === null) return true;
  const state = await gateway.cancelCharge(gateway_object_id);
  if (state.status === 'cancelled' || state.status === 'failed') return true;
  await inBilling(deps, tenantId, async (db, billing) => {
    const locked = await lockGatewayPayment(db, id);
    recordState(db, locked.payment, 'cancel', state);
    await settleCharge(db, billing, locked, state);
  });
  return false;
}

/** Each page has a key of its own. */
async function beginPage(db: TenantDb, billing: Billing, id: string): Promise<GatewayPayment | undefined> {
  const { payment } = await lockGatewayPayment(db, id);
  const isNew = payment.status === 'created' && payment.payment_method_id === null;
  const isAgain = payment.status === 'requires_action' && payment.session_url === null;
  const isConfirmation = payment.status === 'requires_action' && payment.gateway_object_id !== null;
  if (!isNew && !isAgain && !isConfirmation) return undefined;
  const attempts = payment.attempts + 1;
  // The former charge is cancelled: only what is paid on the page counts from now on.
  const former = { gateway_object_id: null, gateway_session_id: null, session_url: null };
  updatePayment(db, id, { attempts, ...former, due_at: after(billing.now, ABANDONED_MS) });
  await db.flush();
  return { ...payment, ...former, attempts };
}

async function storePage(
  deps: ChargeDeps,
  tenantId: string,
  gateway: PaymentGateway,
  payment: GatewayPayment,
): Promise<string | undefined> {
  const { id, attempts, billing_account_id: accountId, amount_cents: amount, currency } = payment;
  const customerId = await ensureCustomer(deps, tenantId, gateway, {
    accountId,
    gatewayId: payment.gateway_id!,
  });
  const page = await gateway.openPaymentPage({
    customerId,
    amount,
    currency,
    savesMethod: payment.saves_method,
    reference: id,
    key: `${id}:page:${attempts}`,
    ...(await inTenant(deps.database, tenantId, (db) => pageTexts(deps, db, payment))),
  });
  const isStored = await inBilling(deps, tenantId, async (db, billing) => {
    const { payment: now } = await lockGatewayPayment(db, id);
    if (now.attempts !== attempts || (now.status !== 'created' && now.status !== 'requires_action'))
      return false;
    recordAttempt(db, now, { call: 'page', outcome: 'ready', gateway_request_id: page.requestId ?? null });
    updatePayment(db, id, { ...pageColumns(billing, page), checks: 1, due_at: nextCheck(billing, 0) });
    return true;
  });
  if (isStored) return page.url;
  await gateway.closeSession(page.sessionId);
  return undefined;
}

const PAGE_MS = 30 * 60_000;

/** Invoices are not pending for longer, however long the service keeps its pages open. */
function pageColumns({ now }: Pick<Billing, 'now'>, { sessionId, url, expiresAt }: HostedPage) {
  const latest = after(now, PAGE_MS);
  return {
    status: 'requires_action' as const,
    needs: 'customer' as const,
    gateway_session_id: sessionId,
    session_url: url,
    session_expires_at: expiresAt < latest ? expiresAt : latest,
  };
}

/** The pages to which the gateway returns are the ones of the payment: they change nothing. */
async function pageTexts({ config }: ChargeDeps, db: TenantDb, { id, billing_account_id }: GatewayPayment) {
  const accounts = db.from('billing_accounts').where({ id: billing_account_id });
  const account = found(await selectRow(accounts, pick('billing_accounts', 'company_id', 'user_id')));
  const tenant = found(
    await selectRow(db.tenant(), pick('tenants', 'name', 'slug', 'primary_host', 'locale')),
  );
  const { user_id } = account;
  const user = user_id && (await selectRow(db.from('users').where({ id: user_id }), pick('users', 'locale')));
  const root = account.company_id === null ? '/account' : `/account/companies/${account.company_id}`;
  const url = `${tenantUrls(tenant, config).portal_url}${root}/billing/payments/${id}`;
  return {
    returnUrl: `${url}?returned=1`,
    cancelUrl: url,
    locale: (user && user.locale) ?? tenant.locale,
    description: `${tenant.name}: ${labelsOf(await listParts(db, id))}`,
  };
}

/** Without a page the customer can do nothing, so the invoices are free again; a confirmation can be tried again. */
async function giveUpPage(db: TenantDb, billing: Billing, id: string, error: Error): Promise<void> {
  const locked = await lockGatewayPayment(db, id);
  recordAttempt(db, locked.payment, {
    call: 'page',
    outcome: error instanceof GatewayRefused ? 'refused' : 'unknown',
    gateway_request_id: requestIdOf(error),
  });
  if (locked.payment.status === 'created' && locked.payment.payment_method_id === null)
    await cancelPayment(db, billing, locked);
}

/**
 * Ends what waits for customers and keeps the invoices pending, before they are paid in another way: a page that is
 * still open is closed, and one that was completed is settled. Returns the payments that are still on their way.
 */
export function closePages(
  deps: ChargeDeps,
  tenantId: string,
  invoiceIds: readonly string[],
): Promise<string[]> {
  return closeWaiting(deps, tenantId, invoiceIds, () => true);
}

/**
 * Before a stored method is charged for the invoices. A charge that the bank wants to see confirmed goes on, because the
 * bank would ask for the next one as well.
 */
export function closePagesBeforeCharge(
  deps: ChargeDeps,
  tenantId: string,
  invoiceIds: readonly string[],
): Promise<string[]> {
  return closeWaiting(
    deps,
    tenantId,
    invoiceIds,
    ({ payment_method_id }: PendingPayment) => payment_method_id === null,
  );
}

async function closeWaiting(
  deps: ChargeDeps,
  tenantId: string,
  invoiceIds: readonly string[],
  isClosed: (payment: PendingPayment) => boolean,
): Promise<string[]> {
  if (invoiceIds.length === 0) return [];
  for (const payment of await listPending(deps, tenantId, invoiceIds)) {
    if (payment.status !== 'requires_action' || !isClosed(payment)) continue;
    try {
      await closePage(deps, tenantId, await find(deps, tenantId, payment.id));
    } catch (error) {
      deps.log.warn(
        { err: error, payment: payment.id, tenant: tenantId },
        'a payment page could not be closed',
      );
    }
  }
  return (await listPending(deps, tenantId, invoiceIds)).map(({ id }) => id);
}

function listPending({ database }: ChargeDeps, tenantId: string, invoiceIds: readonly string[]) {
  return inTenant(database, tenantId, (db) => {
    const payments = db
      .from('payments as p')
      .join('invoices as i', { 'i.tenant_id': 'p.tenant_id', 'i.pending_payment_id': 'p.id' })
      .whereRaw('i.id = any(?::uuid[])', [[...invoiceIds]])
      .orderBy('p.id')
      .distinct();
    return selectRows(payments, pendingColumns);
  });
}

const pendingColumns = pick('payments as p', 'id', 'status', 'payment_method_id');

type PendingPayment = RowOf<typeof pendingColumns>;

async function closePage(deps: ChargeDeps, tenantId: string, payment: GatewayPayment): Promise<void> {
  const { id, gateway_session_id, gateway_object_id } = payment;
  const gateway = await openGatewayById(deps, tenantId, payment.gateway_id!);
  if (gateway_session_id !== null && (await gateway.closeSession(gateway_session_id)) === 'already_complete')
    return readPayment(deps, tenantId, id);
  if (gateway_object_id !== null) {
    const state = await gateway.cancelCharge(gateway_object_id);
    if (state.status !== 'cancelled' && state.status !== 'failed') return readPayment(deps, tenantId, id);
  }
  if (payment.payment_method_id === null) return endPage(deps, tenantId, payment);
  await inBilling(deps, tenantId, async (db, billing) => {
    const locked = await lockGatewayPayment(db, id);
    if (locked.payment.status === 'requires_action') await cancelPayment(db, billing, locked);
  });
}
