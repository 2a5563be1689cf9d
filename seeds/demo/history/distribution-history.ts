import { pick, selectRow, selectRows } from '../../../src/database/columns.ts';
import { newId } from '../../../src/database/new-id.ts';
import type { TenantDb } from '../../../src/database/tenant-db.ts';
import { lockAccounts, openAccount } from '../../../src/domain/billing-account/billing-account.ts';
import { findBuyers } from '../../../src/domain/billing-account/buyer.ts';
import type { Billing } from '../../../src/domain/billing/billing-settings.ts';
import type { CivilDate } from '../../../src/domain/billing/civil-date.ts';
import type { TaxRate } from '../../../src/domain/billing/tax.ts';
import { issueCreditNote } from '../../../src/domain/invoice/credit-note.ts';
import { createInvoice, dueOn } from '../../../src/domain/invoice/draft-actions.ts';
import type { NewLine } from '../../../src/domain/invoice/invoice-lines.ts';
import { calculateInvoices, issueInvoices } from '../../../src/domain/invoice/issue-invoices.ts';
import { recordPayment } from '../../../src/domain/payment/payment-actions.ts';
import { found } from '../../../src/errors.ts';
import { deliveryFee, products, type DemoProduct } from '../distribution.ts';
import type { Random } from '../random.ts';
import { listDemoCustomers, type DemoCustomer } from './customers.ts';
import { accepted, demoActor, type DemoContext, type DemoDay } from './demo-context.ts';
import { payInvoices } from './pay-invoices.ts';

/** In which some companies stop to pay. */
const FIRST_UNPAID_MONTH = 20;
const MONTH_OF_DEPOSIT = 21;

/** Deliveries to some of the companies three times a month; most pay what is due, twice a month. */
export async function distributionDays(context: DemoContext): Promise<DemoDay[]> {
  const { db, month } = context;
  const companies = await listCompanies(db);
  const deliver = (billing: Billing) => issueDeliveries(context, billing, companies);
  const pay = (paysLate: boolean) => (billing: Billing) =>
    payInvoices(db, billing, context.random, listPayers(companies, month, paysLate));
  return [
    ...(month === 0 ? [[1, (billing) => openAccounts(db, billing, companies)] as DemoDay] : []),
    [3, deliver],
    [9, pay(false)],
    [13, deliver],
    [17, (billing) => creditOne(context, billing)],
    [21, pay(true)],
    [23, deliver],
    ...(month === MONTH_OF_DEPOSIT
      ? [[24, (billing) => deposit(db, billing, companies[1]!)] as DemoDay]
      : []),
  ];
}

async function listCompanies(db: TenantDb): Promise<DemoCustomer[]> {
  return (await listDemoCustomers(db)).filter(({ owner }) => 'company_id' in owner);
}

function listPayers(companies: readonly DemoCustomer[], month: number, paysLate: boolean) {
  return companies
    .map(({ id }, index) => ({ id, index }))
    .filter(({ index }) => month < FIRST_UNPAID_MONTH || index % 10 !== 6)
    .filter(({ index }) => paysLate || index % 4 !== 2)
    .map(({ id, index }) => ({ id, thousandths: paysLate && index % 9 === 4 ? 600n : 1000n }));
}

async function openAccounts(
  db: TenantDb,
  { currency }: Billing,
  companies: readonly DemoCustomer[],
): Promise<void> {
  for (const { owner } of companies) await openAccount(db, owner, currency);
}

async function issueDeliveries(
  { db, random }: DemoContext,
  billing: Billing,
  companies: readonly DemoCustomer[],
): Promise<void> {
  // The first companies have demo logins.
  const ordering = companies.filter((_, index) => index < 2 || random.chance(0.4));
  const stored = db
    .from('billing_accounts as b')
    .whereRaw('b.company_id = any(?::uuid[])', [ordering.map(({ id }) => id)]);
  const ids = (await selectRows(stored, pick('billing_accounts as b', 'id'))).map(({ id }) => id);
  const accounts = await lockAccounts(db, ids);
  const [buyers, rate] = [await findBuyers(db, ids), await findDefaultRate(db)];
  const byCompany = new Map([...accounts.values()].map((account) => [account.company_id, account]));
  const invoices = ordering.map(({ id }) => {
    const account = byCompany.get(id)!;
    const buyer = buyers.get(account.id)!;
    const lines = deliveryLines(random, rate);
    return { id: newId(), account, buyer, lines, due_on: dueOn(billing, account), source: 'manual' as const };
  });
  await issueInvoices(db, billing, calculateInvoices(billing, invoices));
}

async function findDefaultRate(db: TenantDb): Promise<TaxRate> {
  const rates = db.from('tax_rates').where({ is_default: true });
  return found(await selectRow(rates, pick('tax_rates', 'id', 'rate_ppm', 'is_inclusive')));
}

function deliveryLines(random: Random, rate: TaxRate): NewLine[] {
  const chosen = random.shuffled(products).slice(0, random.integer(1, 4));
  const lines = chosen.map((product) => lineOf(product, random.integer(1, 20), rate));
  return random.chance(0.6) ? [...lines, lineOf(deliveryFee, 1, rate)] : lines;
}

function lineOf({ description, price }: DemoProduct, count: number, tax_rate: TaxRate): NewLine {
  return { kind: 'item', description, unit_cents: price, quantity_milli: BigInt(count) * 1000n, tax_rate };
}

/** One of the goods of a delivery came damaged. */
async function creditOne({ db, random, month }: DemoContext, billing: Billing): Promise<void> {
  if (month % 2 === 0) return;
  const sent = db
    .from('invoices')
    .where({ kind: 'invoice', status: 'sent', credit_noted_cents: 0n })
    .orderBy('number', 'desc')
    .limit(20);
  const invoices = await selectRows(sent, pick('invoices', 'id'));
  const { id: invoice_id } = random.pick(invoices);
  const lines = db.from('invoice_lines').where({ invoice_id, position: 1 });
  const { unit_cents } = found(await selectRow(lines, pick('invoice_lines', 'unit_cents')));
  const parts = [{ position: 1, net_cents: unit_cents }];
  accepted(await issueCreditNote(db, demoActor, billing, { invoice_id, parts, reason: 'بضاعة تالفة' }));
}

/** Money on account. */
async function deposit(db: TenantDb, billing: Billing, { key }: DemoCustomer): Promise<void> {
  accepted(
    await recordPayment(db, demoActor, billing, {
      customer: key,
      currency: billing.currency,
      amount: 20_000_00n,
      received_on: billing.today,
      channel: 'bank_transfer',
      reference: null,
      chosen: [],
      is_deposit: true,
    }),
  );
}

/** A draft that staff can issue. */
export async function endDistribution({ db, billingOn }: DemoContext, today: CivilDate): Promise<void> {
  const billing = billingOn(today);
  const [company] = await listCompanies(db);
  const rate = await findDefaultRate(db);
  accepted(
    await createInvoice(db, demoActor, billing, {
      customer: company!.key,
      currency: billing.currency,
      lines: [lineOf(products[0]!, 12, rate), lineOf(deliveryFee, 1, rate)],
      due_on: null,
      po_number: 'PO-4471',
      is_issued: false,
    }),
  );
}
