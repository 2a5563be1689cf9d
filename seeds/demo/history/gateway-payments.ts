import { pick, selectRow, selectRows } from '../../../src/database/columns.ts';
import { newId } from '../../../src/database/new-id.ts';
import type { TenantDb } from '../../../src/database/tenant-db.ts';
import { lockAccount, type BillingAccount } from '../../../src/domain/billing-account/billing-account.ts';
import { findBuyers } from '../../../src/domain/billing-account/buyer.ts';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import type { Billing } from '../../../src/domain/billing/billing-settings.ts';
import { findActiveGateway } from '../../../src/domain/gateway/gateway-queries.ts';
import { listOpenInvoices, type OpenInvoice } from '../../../src/domain/invoice/open-invoices.ts';
import {
  lockGatewayPayment,
  recordAttempt,
  updatePayment,
} from '../../../src/domain/payment/gateway-payment.ts';
import { schedulePayment } from '../../../src/domain/payment/schedule-payment.ts';
import { settleCharge } from '../../../src/domain/payment/settle-payment.ts';
import { disputeInvoice } from '../../../src/domain/payment/short-payments.ts';
import { startPayment, type PaymentInput } from '../../../src/domain/payment/start-payment.ts';
import { turnOnAutopay } from '../../../src/domain/payment-method/autopay.ts';
import { found } from '../../../src/errors.ts';
import { confirmCharge, insertCharge } from '../../../src/gateways/sandbox/charges.ts';
import { insertMethod } from '../../../src/gateways/sandbox/methods.ts';
import { cardMethod } from '../../../src/gateways/sandbox/test-numbers.ts';
import { listDemoCustomers } from './customers.ts';
import { accepted, demoActor, type DemoContext } from './demo-context.ts';

interface Habit {
  /** What a charge of it does: see test-numbers.ts. */
  card: string;
  has_autopay: boolean;
}

/** Of customers with a demo login: their open invoices are left for their first page. */
const plannedHabits = new Map<string, Habit>([
  ['ada.obi@example.com', { card: '4242424242424242', has_autopay: true }],
  ['Bright & Daughters Catering', { card: '5555555555554444', has_autopay: false }],
  ['Harbour Lane Books', { card: '4242424242424242', has_autopay: true }],
]);

/** Of the other customers, in turn; those with an open invoice and those without are counted apart. */
const habits: readonly Habit[] = [
  { card: '4242424242424242', has_autopay: true },
  { card: '4000000000009995', has_autopay: true },
  { card: '5555555555554444', has_autopay: false },
  { card: '4000000000000069', has_autopay: false },
  { card: '4000000000009995', has_autopay: true },
  { card: '4242424242424242', has_autopay: true },
  { card: '4242424242424242', has_autopay: true },
];

const MAX_CUSTOMERS = 42;
const DAYS_OF_SCHEDULES = 12;

interface Customer {
  account: BillingAccount;
  gatewayId: string;
  customerId: string;
  methodId: string;
  externalId: string;
}

/** Cards of a part of the customers, who pay by them what is due, and some disputes and schedules. */
export async function payByGateway({ db, billingOn }: DemoContext, today: string): Promise<void> {
  const billing = billingOn(today);
  const { id: gatewayId } = found(await findActiveGateway(db));
  const addMethod = async (id: string, { card, has_autopay }: Habit) => {
    const customer = await addCard(db, gatewayId, await lockAccount(db, id), card);
    if (has_autopay) accepted(await turnOnAutopay(db, demoActor, billing, customer.account));
    return customer;
  };
  const { planned, others } = await listAccounts(db);
  for (const { id, habit } of planned) await addMethod(id, habit);
  const counts = { open: 0, paid: 0 };
  for (const id of others) {
    const invoice = await findUnpaidInvoice(db, id);
    const n = invoice ? counts.open++ : counts.paid++;
    const customer = await addMethod(id, habits[n % habits.length]!);
    if (invoice) await useCard(db, billing, customer, invoice, n);
  }
  // The portal knows the results already.
  await db.from('sandbox_events').delete();
}

async function listAccounts(db: TenantDb) {
  const names = new Map((await listDemoCustomers(db)).map(({ id, name }) => [id, name]));
  const rows = await selectRows(
    db.from('billing_accounts').orderBy('id'),
    pick('billing_accounts', 'id', 'user_id', 'company_id'),
  );
  const accounts = rows.map(({ id, user_id, company_id }) => ({
    id,
    habit: plannedHabits.get(names.get((user_id ?? company_id)!) ?? ''),
  }));
  return {
    planned: accounts.flatMap(({ id, habit }) => (habit ? [{ id, habit }] : [])),
    others: accounts.flatMap(({ id, habit }) => (habit ? [] : [id])).slice(0, MAX_CUSTOMERS),
  };
}

async function findUnpaidInvoice(db: TenantDb, accountId: string): Promise<OpenInvoice | undefined> {
  const open = await listOpenInvoices(db, accountId);
  return open.find(({ open_cents, total_cents }) => open_cents === total_cents);
}

/** Five customers with an open invoice have payments of each kind: on some days a tenant has no more. */
async function useCard(
  db: TenantDb,
  billing: Billing,
  customer: Customer,
  invoice: OpenInvoice,
  n: number,
): Promise<void> {
  if (n % 9 === 2) return dispute(db, customer, invoice);
  if (n % 9 === 4) return schedule(db, billing, customer, invoice);
  await pay(db, billing, customer, invoice);
}

async function addCard(
  db: TenantDb,
  gatewayId: string,
  account: BillingAccount,
  number: string,
): Promise<Customer> {
  const [customerId, methodId] = [newId(), newId()];
  const { name } = (await findBuyers(db, [account.id])).get(account.id)!;
  await db.insertInto('sandbox_customers', {
    id: customerId,
    gateway_id: gatewayId,
    name,
    reference: account.id,
  });
  const own = { billing_account_id: account.id, gateway_id: gatewayId };
  await db.insertInto('gateway_customers', { ...own, external_id: customerId });
  const card = cardMethod({ card_number: number, expiry: { month: 11, year: 2031 }, security_code: '123' });
  const externalId = await insertMethod(db, gatewayId, customerId, { ...card, is_confirmed: true });
  const { type, brand, last4, exp_month, exp_year } = card;
  const shown = { type, brand, last4, exp_month, exp_year, status: 'active', is_default: true } as const;
  await db.insertInto('payment_methods', { id: methodId, ...own, external_id: externalId, ...shown });
  return { account, gatewayId, customerId, methodId, externalId };
}

function inputOf(
  { account, gatewayId, methodId }: Customer,
  invoice: OpenInvoice,
): PaymentInput & { by: { method_id: string } } {
  return {
    account,
    gateway: { id: gatewayId, service: 'sandbox' },
    invoices: [{ invoice_id: invoice.id, amount_cents: invoice.open_cents }],
    by: { method_id: methodId },
    request_key: null,
    started_by: 'customer',
  };
}

/** The calls of the worker, within the transaction of the history. */
async function pay(db: TenantDb, billing: Billing, customer: Customer, invoice: OpenInvoice): Promise<void> {
  const { gatewayId, customerId, externalId } = customer;
  const { payment_id } = accepted(await startPayment(db, demoActor, billing, inputOf(customer, invoice)));
  const { amount_cents: amount, currency } = await lockPayment(db, payment_id);
  const charge = { customerId, methodId: externalId, amount, currency, reference: payment_id };
  const { chargeId } = await insertCharge(db, gatewayId, charge);
  updatePayment(db, payment_id, { status: 'submitting', gateway_object_id: chargeId });
  await db.flush();
  const state = await confirmCharge(db, gatewayId, { chargeId, methodId: externalId });
  const locked = await lockGatewayPayment(db, payment_id);
  recordAttempt(db, locked.payment, { call: 'create', outcome: 'ready' });
  const { code = null, text = null } = state.failure ?? {};
  recordAttempt(db, locked.payment, { call: 'confirm', outcome: state.status, code, text });
  await settleCharge(db, billing, locked, state);
  await db.flush();
}

async function lockPayment(db: TenantDb, id: string) {
  return found(
    await selectRow(db.from('payments').where({ id }), pick('payments', 'amount_cents', 'currency')),
  );
}

async function dispute(db: TenantDb, { account }: Customer, invoice: OpenInvoice): Promise<void> {
  const values = { reason: 'Damaged goods', comment: 'Two of the boxes were wet.' };
  accepted(await disputeInvoice(db, demoActor, { account, invoice_id: invoice.id, ...values }));
  await db.flush();
}

async function schedule(
  db: TenantDb,
  billing: Billing,
  customer: Customer,
  invoice: OpenInvoice,
): Promise<void> {
  const on = addDays(billing.today, DAYS_OF_SCHEDULES);
  accepted(await schedulePayment(db, demoActor, billing, inputOf(customer, invoice), on));
}
