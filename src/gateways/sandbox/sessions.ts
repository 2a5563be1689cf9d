import { pick, selectRow } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { NewRow, TenantDb } from '../../database/tenant-db.ts';
import type { NewPaymentPage, NewSetupPage, SessionState } from '../../domain/gateway/gateway.ts';
import { refuse, type ErrorDetails, type RefusedValues } from '../../domain/form/parse-values.ts';
import { insertCharge, outcomeOf, settle } from './charges.ts';
import {
  cancelExpiry,
  queueEvents,
  queueExpiry,
  sendExpiry,
  SESSION_MINUTES,
  type NewEvent,
} from './events.ts';
import { findMethod, insertMethod } from './methods.ts';
import { existing, objectId } from './sandbox-account.ts';
import type { Behaviour, NewMethod } from './test-numbers.ts';

export function insertSetupSession(db: TenantDb, gatewayId: string, page: NewSetupPage) {
  const { methodTypes, reference } = page;
  const method_types = [...methodTypes];
  return insertSession(db, gatewayId, page, { mode: 'setup', method_types, reference, saves_method: true });
}

export function insertPaymentSession(
  db: TenantDb,
  gatewayId: string,
  page: NewPaymentPage,
  methodTypes: readonly string[],
) {
  const { amount, currency, description, reference, savesMethod } = page;
  return insertSession(db, gatewayId, page, {
    mode: 'payment',
    method_types: [...methodTypes],
    amount_cents: amount,
    currency,
    description,
    reference,
    saves_method: savesMethod,
  });
}

async function insertSession(
  db: TenantDb,
  gatewayId: string,
  { customerId, returnUrl, cancelUrl }: Pick<NewSetupPage, 'customerId' | 'returnUrl' | 'cancelUrl'>,
  values: NewRow<'sandbox_sessions'>,
) {
  const id = newId();
  const customers = db.from('sandbox_customers').where({ id: objectId(customerId), gateway_id: gatewayId });
  existing(await selectRow(customers, pick('sandbox_customers', 'id')));
  await db.insertInto('sandbox_sessions', {
    id,
    gateway_id: gatewayId,
    customer_id: customerId,
    return_url: returnUrl,
    cancel_url: cancelUrl,
    expires_at: db.raw<Date>(`${db.now} + interval '${SESSION_MINUTES} minutes'`),
    ...values,
  });
  const { expires_at, reference } = existing(await findSession(db, id));
  queueExpiry(db, gatewayId, { sessionId: id, reference });
  return { sessionId: id, expiresAt: expires_at };
}

const columns = {
  ...pick('sandbox_sessions as s', 'id', 'gateway_id', 'customer_id', 'mode', 'method_types', 'amount_cents'),
  ...pick('sandbox_sessions as s', 'currency', 'description', 'saves_method', 'reference', 'return_url'),
  ...pick('sandbox_sessions as s', 'cancel_url', 'state', 'expires_at', 'method_id', 'charge_id'),
};

/** Of every gateway of the tenant. An open session whose time has passed is expired. */
export function findSession(db: TenantDb, id: string) {
  const sessions = db.from('sandbox_sessions as s').where('s.id', id);
  const is_past = db.raw<boolean>(`s.state = 'open' and s.expires_at <= ${db.now}`);
  const this_month = db.raw<string>(`to_char(${db.now} at time zone 'UTC', 'YYYYMM')`);
  return selectRow(sessions, { ...columns, is_past, this_month });
}

export type SandboxSession = NonNullable<Awaited<ReturnType<typeof findSession>>>;

export function stateOfSession({ state, is_past }: SandboxSession): SessionState['state'] {
  return is_past ? 'expired' : state;
}

async function getSession(db: TenantDb, gatewayId: string, id: string): Promise<SandboxSession> {
  return existing(await findSession(db, objectId(id)).where('s.gateway_id', gatewayId));
}

export async function readSession(db: TenantDb, gatewayId: string, id: string): Promise<SessionState> {
  const session = await getSession(db, gatewayId, id);
  const state = stateOfSession(session);
  const { method_id, charge_id } = session;
  return {
    state,
    ...(state === 'complete' && method_id !== null && { methodId: method_id }),
    ...(state === 'complete' && charge_id !== null && { chargeId: charge_id }),
  };
}

export async function closeSession(db: TenantDb, gatewayId: string, id: string) {
  await getSession(db, gatewayId, id);
  const session = existing(await findSession(db, id).forUpdate());
  if (session.state === 'complete') return 'already_complete';
  if (session.state === 'open') await sendExpiry(db, id);
  await db.from('sandbox_sessions').where({ id }).update({ state: 'expired' });
  return 'closed';
}

type Completed = { ok: true; state: 'complete' | 'to_confirm' | 'expired'; session: SandboxSession };

/** On a page that pays, the customer can use another card at once. */
const declines: Partial<Record<Behaviour, ErrorDetails>> = {
  declined: { code: 'card_declined' },
  stolen_card: { code: 'card_declined' },
  insufficient_funds: { code: 'insufficient_funds' },
  expired_card: { code: 'expired_card' },
};

/** What a person enters on the page. The second of two submits changes nothing. */
export async function enterMethod(
  db: TenantDb,
  sessionId: string,
  method: NewMethod,
): Promise<Completed | RefusedValues | undefined> {
  const session = await findSession(db, sessionId).forUpdate();
  if (!session) return undefined;
  const state = stateOfSession(session);
  if (state !== 'open') return { ok: true, state, session };
  const { exp_month, exp_year, behaviour } = method;
  if (exp_month !== null && monthOf(exp_year, exp_month) < session.this_month)
    return refuse({ field: 'expiry', code: 'expiry_in_past' });
  const decline = session.mode === 'payment' ? declines[behaviour] : undefined;
  if (decline) return refuse({ field: 'card_number', ...decline });
  const is_confirmed = outcomeOf(behaviour).status !== 'requires_action';
  const { gateway_id, customer_id } = session;
  const method_id = await insertMethod(db, gateway_id, customer_id, { ...method, is_confirmed });
  if (is_confirmed) return complete(db, { ...session, method_id });
  await db.from('sandbox_sessions').where({ id: sessionId }).update({ method_id });
  return { ok: true, state: 'to_confirm', session };
}

/** The customer confirms the method that they have entered. */
export async function confirmMethod(db: TenantDb, sessionId: string): Promise<Completed | undefined> {
  const session = await findSession(db, sessionId).forUpdate();
  if (!session) return undefined;
  const state = stateOfSession(session);
  if (state !== 'open') return { ok: true, state, session };
  const { method_id } = session;
  if (method_id === null) return { ok: true, state: 'to_confirm', session };
  await db.from('sandbox_methods').where({ id: method_id }).update({ is_confirmed: true });
  return complete(db, { ...session, method_id });
}

async function complete(db: TenantDb, session: SandboxSession & { method_id: string }): Promise<Completed> {
  const { id, gateway_id, mode, method_id, reference } = session;
  const done = { type: 'session.completed', subject_kind: 'session', subject_id: id, reference } as const;
  const charge = mode === 'payment' ? await chargeOnPage(db, session) : undefined;
  await db
    .from('sandbox_sessions')
    .where({ id })
    .update({ state: 'complete', method_id, charge_id: charge?.id ?? null });
  await cancelExpiry(db, id);
  await queueEvents(db, gateway_id, [done, ...(charge?.events ?? [])]);
  return { ok: true, state: 'complete', session };
}

async function chargeOnPage(
  db: TenantDb,
  session: SandboxSession & { method_id: string },
): Promise<{ id: string; events: NewEvent[] }> {
  const { gateway_id, customer_id, method_id, reference, amount_cents, currency, saves_method } = session;
  const { chargeId: id } = await insertCharge(db, gateway_id, {
    customerId: customer_id,
    methodId: method_id,
    amount: existing(amount_cents ?? undefined),
    currency: existing(currency ?? undefined),
    reference,
  });
  const { behaviour } = await findMethod(db, gateway_id, method_id);
  const events = await settle(db, { id, reference }, outcomeOf(behaviour, true));
  if (!saves_method)
    await db
      .from('sandbox_methods')
      .where({ id: method_id })
      .update({ detached_at: db.raw('now()') });
  return { id, events };
}

function monthOf(year: number | null, month: number): string {
  return `${year}${String(month).padStart(2, '0')}`;
}
