import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import type { TableRef } from '../../src/database/columns.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import { lockAccount } from '../../src/domain/billing-account/billing-account.ts';
import { addDays } from '../../src/domain/billing/civil-date.ts';
import { getBilling, type Billing } from '../../src/domain/billing/billing-settings.ts';
import { advanceRun, type RunProgress } from '../../src/domain/billing-run/advance-run.ts';
import type { ChargeDeps } from '../../src/domain/gateway/charge-deps.ts';
import { makeDefault } from '../../src/domain/payment-method/payment-method-actions.ts';
import { turnOffAutopay, turnOnAutopay } from '../../src/domain/payment-method/autopay.ts';
import { detachMethod, removeMethod } from '../../src/domain/payment-method/remove-method.ts';
import { chargePayment } from '../../src/domain/payment/charge-payment.ts';
import { listParts } from '../../src/domain/payment/gateway-payment.ts';
import { closePages, openPage } from '../../src/domain/payment/open-payment-page.ts';
import { readPayment } from '../../src/domain/payment/read-payment.ts';
import { requestRefunds } from '../../src/domain/payment/refund-payment.ts';
import { retryPayment, stopRetrying } from '../../src/domain/payment/retry-payment.ts';
import { cancelSchedule, schedulePayment } from '../../src/domain/payment/schedule-payment.ts';
import { disputeInvoice } from '../../src/domain/payment/short-payments.ts';
import { startPayment, type PaymentInput } from '../../src/domain/payment/start-payment.ts';
import type { FakeGateway } from './fake-gateway.ts';
import { advanceOwnPayments } from './gateway-payments.ts';
import { partOf } from './money-actions.ts';
import { billingActor as actor } from './money.ts';
import type { GatewayStep } from './money-run.ts';

/** Payments by a gateway, which are more than one transaction. */
export interface GatewayWorld {
  deps: ChargeDeps;
  tenantId: string;
  gatewayId: string;
  gateway: FakeGateway;
}

type Action = (world: GatewayWorld, step: GatewayStep) => Promise<unknown>;

const behaviours = ['succeeds', 'succeeds', 'insufficient_funds', 'is_processing', 'needs_customer'] as const;
const faults = [
  undefined,
  undefined,
  'error_after_effect',
  'cut_before_effect',
  'no_response',
  'refused',
] as const;

export const gatewayActions = {
  addMethod: async ({ gateway, gatewayId, ...world }, { row, variant }) => {
    await inDb(world, async (db) => {
      const account = await pick(db, 'billing_accounts', 'true', row);
      if (!account) return;
      const own = { billing_account_id: account.id, is_default: true };
      const other: unknown = await db.from('payment_methods').where(own).first('id');
      const external_id = gateway.addMethod(at(behaviours, variant));
      const card = { type: 'card', brand: 'Visa', last4: '4242', status: 'active' } as const;
      await db.insertInto('payment_methods', {
        id: newId(),
        gateway_id: gatewayId,
        external_id,
        ...card,
        ...own,
        is_default: !other,
      });
    });
  },
  makeDefault: onRow('payment_methods', `status = 'active'`, (db, billing, id) =>
    makeDefault(db, actor, billing, id),
  ),
  removeMethod: async (world, { row, variant }) => {
    if (variant % 3 > 0) return;
    const id = await inDb(world, async (db, billing) => {
      const method = await pick(db, 'payment_methods', `status in ('active', 'needs_attention')`, row);
      if (method) await removeMethod(db, actor, billing, { id: method.id, default_id: null });
      return method?.id;
    });
    if (id !== undefined) await detachMethod(world.deps, world.tenantId, id);
  },
  autopayOn: onAccount((db, billing, account) => turnOnAutopay(db, actor, billing, account)),
  autopayOff: onAccount((db, billing, account, { variant }) =>
    variant % 3 === 0 ? turnOffAutopay(db, actor, billing, account) : Promise.resolve(),
  ),
  payByGateway: async (world, step) => {
    const started = await inDb(world, async (db, billing) => {
      const input = await paymentInput(world, db, step);
      return input && startPayment(db, actor, billing, input);
    });
    if (!started?.ok) return;
    const fault = at(faults, step.variant);
    const call = step.part % 2 === 0 ? 'createCharge' : 'confirmCharge';
    if (fault) world.gateway.failNext(call, fault);
    // Else the worker does it.
    if (step.variant % 4 > 0) await chargePayment(world.deps, world.tenantId, started.payment_id);
  },
  payOnPage: async (world, step) => {
    const started = await inDb(world, async (db, billing) => {
      const input = await paymentInput(world, db, step);
      const saves_method = step.variant % 2 === 0;
      return input && startPayment(db, actor, billing, { ...input, by: 'page', saves_method });
    });
    // Else the process stops before it opens the page.
    if (started?.ok && step.part % 5 > 0) await openPage(world.deps, world.tenantId, started.payment_id);
  },
  endPage: async (world, { row, variant, part }) => {
    const payment = await inDb(world, (db) => pick(db, 'payments', HAS_PAGE, row));
    const session = payment && world.gateway.sessions.get(payment.gateway_session_id!)!;
    if (!session) return;
    const ending = at(['paid', 'expired', 'closed', 'left'] as const, variant);
    if (ending === 'paid' && session.state.state === 'open')
      world.gateway.payOnPage(payment.gateway_session_id!, world.gateway.addMethod(at(behaviours, part)));
    if (ending === 'expired') await world.gateway.closeSession(payment.gateway_session_id!);
    if (ending === 'closed') {
      const parts = await inDb(world, (db) => listParts(db, payment.id));
      const invoiceIds = parts.map(({ invoice_id }) => invoice_id);
      await closePages(world.deps, world.tenantId, invoiceIds);
    }
    // Else the worker reads it.
    if (part % 3 > 0) await readPayment(world.deps, world.tenantId, payment.id);
  },
  schedulePayment: (world, step) =>
    inDb(world, async (db, billing) => {
      const input = await paymentInput(world, db, step);
      const on = addDays(billing.today, 1 + Math.abs(step.offset));
      return input && schedulePayment(db, actor, billing, input, on);
    }),
  cancelSchedule: onRow('payments', `status = 'scheduled'`, (db, _, id) => cancelSchedule(db, actor, id)),
  dispute: (world, step) =>
    inDb(world, async (db) => {
      const invoice = await pickInvoice(db, step.row);
      if (!invoice) return;
      const account = await lockAccount(db, invoice.billing_account_id);
      await disputeInvoice(db, actor, { account, invoice_id: invoice.id, reason: 'Price', comment: null });
    }),
  refund: (world, { row, part }) =>
    inDb(world, async (db, billing) => {
      const found = await pick(db, 'billing_accounts', 'credit_cents > 0', row);
      if (!found) return;
      const account = await lockAccount(db, found.id);
      await requestRefunds(db, actor, billing, account, partOf(account, account.credit_cents, part));
    }),
  retry: onRow('payments', `status = 'failed' and direction = 'in'`, (db, billing, id, { variant }) =>
    variant % 4 === 0 ? stopRetrying(db, actor, id) : retryPayment(db, actor, billing, id),
  ),
  chargeBack: async (world, { row, part }) => {
    const where = `status = 'succeeded' and direction = 'in' and gateway_object_id is not null and refunded_cents = 0`;
    const payment = await inDb(world, (db) => pick(db, 'payments', where, row));
    if (!payment || part % 3 > 0) return;
    const { received } = world.gateway.charges.get(payment.gateway_object_id!)!.state;
    world.gateway.settle(payment.gateway_object_id!, { chargedBack: received });
    await readPayment(world.deps, world.tenantId, payment.id);
  },
  settleDebit: async (world, { row, variant }) => {
    const payment = await inDb(world, (db) =>
      pick(
        db,
        'payments',
        `status in ('processing', 'requires_action') and gateway_object_id is not null`,
        row,
      ),
    );
    if (!payment) return;
    const { amount } = world.gateway.charges.get(payment.gateway_object_id!)!;
    const isPaid = variant % 3 > 0;
    const failure = { code: 'no_account', retry: 'never', text: 'No such account.' } as const;
    world.gateway.settle(
      payment.gateway_object_id!,
      isPaid ? { status: 'succeeded', received: amount } : { status: 'failed', failure },
    );
    await readPayment(world.deps, world.tenantId, payment.id);
  },
  runAutopay: async (world) => {
    let progress: RunProgress | null = null;
    do progress = await inDb(world, (db) => advanceRun(db, { kind: 'autopay' }, progress));
    while (progress.state === 'running');
    if (progress.failures.length > 0) throw new Error(JSON.stringify(progress.failures));
  },
  runWorker: ({ deps, tenantId }) => advanceOwnPayments(deps, tenantId),
} as const satisfies Record<string, Action>;

const HAS_PAGE = `status = 'requires_action' and gateway_session_id is not null`;

export type GatewayActionName = keyof typeof gatewayActions;

const UNSURE = `status in ('created', 'ready', 'submitting', 'unknown') and gateway_id is not null`;
const MAX_ROUNDS = 20;

/** Until the state of every payment is known. */
export async function settleUnknown(world: GatewayWorld): Promise<void> {
  // A page may have been paid without an event.
  await inDb(world, (db, billing) => db.from('payments').whereRaw(HAS_PAGE).update({ due_at: billing.now }));
  await advanceOwnPayments(world.deps, world.tenantId);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const isSettled = await inDb(world, async (db, billing) => {
      const unsure: { id: string }[] = await db.from('payments').whereRaw(UNSURE).select('id');
      await db.from('payments').whereRaw(UNSURE).update({ due_at: billing.now });
      return unsure.length === 0;
    });
    if (isSettled) return;
    await advanceOwnPayments(world.deps, world.tenantId);
  }
  throw new Error('Payments have no result');
}

/** What the portal and the gateway say about the money that the gateway holds. */
export async function findGatewayDifference(world: GatewayWorld): Promise<string[]> {
  const cash = await inDb(world, async (db) => {
    const { rows } = await db.raw<{ rows: { cash: string }[] }>(
      `select coalesce(sum((e.debit = 'cash')::int * e.amount_cents - (e.credit = 'cash')::int * e.amount_cents), 0)::text as cash
       from ledger_entries e join payments p on p.tenant_id = ? and p.id = e.source_id
       where e.tenant_id = ? and p.gateway_id is not null`,
      [db.tenantId, db.tenantId],
    );
    return BigInt(rows[0]!.cash);
  });
  const { balance } = world.gateway;
  return cash === balance ? [] : [`the gateway holds ${balance}, the ledger says ${cash}`];
}

async function paymentInput(
  { gatewayId }: Pick<GatewayWorld, 'gatewayId'>,
  db: TenantDb,
  { row, variant, part }: GatewayStep,
): Promise<(PaymentInput & { by: { method_id: string } }) | undefined> {
  const invoice = await pickInvoice(db, row);
  if (!invoice) return undefined;
  const account = await lockAccount(db, invoice.billing_account_id);
  const method: { id: string } | undefined = await db
    .from('payment_methods')
    .where('billing_account_id', account.id)
    .where('status', 'active')
    .orderBy('id', 'desc')
    .first('id');
  if (!method) return undefined;
  const open = BigInt(invoice.open);
  const isPart = variant % 3 === 0;
  return {
    account,
    gateway: { id: gatewayId, service: 'sandbox' },
    invoices: [
      {
        invoice_id: invoice.id,
        amount_cents: isPart ? partOf(account, open, part) : open,
        reason: isPart && variant % 2 === 0 ? 'Damaged goods' : null,
      },
    ],
    by: { method_id: method.id },
    request_key: null,
    started_by: 'customer',
  };
}

interface FoundInvoice {
  id: string;
  billing_account_id: string;
  open: string;
}

async function pickInvoice(db: TenantDb, row: number): Promise<FoundInvoice | undefined> {
  const invoices: FoundInvoice[] = await db
    .from('invoices')
    .where('kind', 'invoice')
    .whereRaw(`status in ('sent', 'failed')`)
    .orderBy('id', 'desc')
    .limit(20)
    .select('id', 'billing_account_id')
    .select(db.raw('(total_cents - paid_cents - credited_cents - written_off_cents)::text as open'));
  return invoices.length === 0 ? undefined : at(invoices, row);
}

type Found = { id: string; gateway_object_id?: string | null; gateway_session_id?: string | null };

async function pick(
  db: TenantDb,
  table: 'billing_accounts' | 'payment_methods' | 'payments',
  condition: string,
  row: number,
): Promise<Found | undefined> {
  const rows: Found[] = await db
    .from(`${table} as x` as TableRef)
    .whereRaw(condition)
    .orderBy('id')
    .select('*');
  return rows.length === 0 ? undefined : at(rows, row);
}

function onRow(
  table: 'payment_methods' | 'payments',
  condition: string,
  work: (db: TenantDb, billing: Billing, id: string, step: GatewayStep) => Promise<unknown>,
): Action {
  return (world, step) =>
    inDb(world, async (db, billing) => {
      const found = await pick(db, table, condition, step.row);
      return found && work(db, billing, found.id, step);
    });
}

function onAccount(
  work: (
    db: TenantDb,
    billing: Billing,
    account: Awaited<ReturnType<typeof lockAccount>>,
    step: GatewayStep,
  ) => Promise<unknown>,
): Action {
  return (world, step) =>
    inDb(world, async (db, billing) => {
      const found = await pick(db, 'billing_accounts', 'true', step.row);
      return found && work(db, billing, await lockAccount(db, found.id), step);
    });
}

function inDb<Result>(
  { deps, tenantId }: Pick<GatewayWorld, 'deps' | 'tenantId'>,
  work: (db: TenantDb, billing: Billing) => Promise<Result>,
): Promise<Result> {
  return inTenant(deps.database, tenantId, async (db) => work(db, await getBilling(db)));
}

function at<Item>(items: readonly Item[], n: number): Item {
  return items[n % items.length]!;
}
