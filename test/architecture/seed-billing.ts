import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import { openAccount } from '../../src/domain/billing-account/billing-account.ts';
import { addDays } from '../../src/domain/billing/civil-date.ts';
import { getBilling, type Billing } from '../../src/domain/billing/billing-settings.ts';
import { recordPayment } from '../../src/domain/payment/payment-actions.ts';
import { systemActor } from '../../src/domain/actor.ts';
import { calculateInvoices, issueInvoices } from '../../src/domain/invoice/issue-invoices.ts';
import { unitCode } from '../../src/domain/unit/unit.ts';
import type { TestPortal } from '../support/portal.ts';

interface Rows {
  name: string;
  company: { id: string; code: string };
  customer: { id: string };
  staff: { id: string };
}

/** Inserts at least one row into every table of units, rentals and money. */
export async function seedBilling(portal: TestPortal, tenantId: string, rows: Rows): Promise<void> {
  await inTenant(portal.database, tenantId, async (db) => {
    const billing = await getBilling(db);
    const tax_rate_id = newId();
    await db.insertInto('tax_rates', {
      id: tax_rate_id,
      code: 'VAT',
      code_norm: 'vat',
      name: 'VAT',
      rate_ppm: 1,
    });
    await db.insertInto('billing_runs', { id: newId(), kind: 'rent', local_date: billing.today });
    await db.insertInto('dashboard_summaries', { started_at: billing.now });
    await db.insertInto('late_fee_rules', { id: newId(), days_after_due: 9, fee_cents: 500n, tax_rate_id });
    const rentalId = await seedRental(db, billing, rows);
    await seedMoney(db, billing, rentalId, rows);
    await seedPerson(db, billing, rentalId, rows);
    await seedPayment(db, billing, rows);
  });
}

async function seedRental(db: TenantDb, billing: Billing, { name, company, customer, staff }: Rows) {
  const [site_id, unit_type_id, unit_id, rental_id, version] = [newId(), newId(), newId(), newId(), newId()];
  await db.insertInto('sites', { id: site_id, name: `${name} site`, name_norm: name.toLowerCase() });
  await db.insertInto('unit_types', {
    id: unit_type_id,
    name: `${name} type`,
    name_norm: name.toLowerCase(),
    price_cents: 10_000n,
  });
  await db.insertInto('units', {
    id: unit_id,
    site_id,
    unit_type_id,
    ...unitCode(`${name}-1`),
    status: 'occupied',
  });
  const account = await openAccount(db, { company_id: company.id }, billing.currency);
  await db.insertInto('rentals', {
    id: rental_id,
    unit_id,
    billing_account_id: account.id,
    occupant_user_id: customer.id,
    status: 'active',
    starts_on: billing.today,
    interval_unit: 'month',
    interval_count: 1,
    anchor_on: billing.today,
    anchor_day: 1,
    next_period_on: addDays(billing.today, 1),
    price_cents: 10_000n,
  });
  await db.insertInto('rental_prices', {
    id: newId(),
    rental_id,
    effective_on: billing.today,
    price_cents: 10_000n,
    created_by: staff.id,
  });
  await db.insertInto('rental_charges', {
    id: newId(),
    rental_id,
    kind: 'insurance',
    description: `${name} insurance`,
    amount_cents: 500n,
    starts_on: billing.today,
  });
  const body = `${name} agreement`;
  await db.insertInto('agreement_versions', { id: version, locale: 'en', number: 1, body });
  await db.insertInto('agreements', {
    id: newId(),
    rental_id,
    agreement_version_id: version,
    body,
    body_sha256: Buffer.alloc(32),
    signed_name: name,
    signed_by: customer.id,
  });
  const request = { id: newId(), kind: 'move_out', user_id: customer.id, rental_id } as const;
  await db.insertInto('requests', { ...request, wanted_on: billing.today });
  return rental_id;
}

async function seedMoney(db: TenantDb, billing: Billing, rental_id: string, { name, company, staff }: Rows) {
  const account = await openAccount(db, { company_id: company.id }, billing.currency);
  const [invoice] = await issueInvoices(
    db,
    billing,
    calculateInvoices(billing, [
      {
        id: newId(),
        account,
        buyer: { name: `${name} Works`, address: null, tax_number: null },
        lines: [{ kind: 'rent', description: `${name} rent`, unit_cents: 10_000n, rental_id }],
        due_on: billing.today,
        source: 'rental',
      },
    ]),
  );
  const invoice_id = invoice!.id;
  await db.insertInto('rental_periods', {
    rental_id,
    starts_on: billing.today,
    ends_on: billing.today,
    invoice_id,
    price_cents: 10_000n,
    days: 1,
    full_days: 1,
  });
  await db.insertInto('invoice_comments', {
    id: newId(),
    invoice_id,
    author_id: staff.id,
    body: `${name} comment`,
  });
  await db.insertInto('invoice_reminders', { invoice_id, number: 1 });
  await recordPayment(db, { ...systemActor(name), id: staff.id }, billing, {
    customer: company.code,
    currency: billing.currency,
    amount: 100n,
    received_on: billing.today,
    channel: 'cash',
    reference: null,
    chosen: [],
    is_deposit: false,
  });
}

/** A rental, an invoice and a request of the customer themselves, on another unit of the same type. */
async function seedPerson(db: TenantDb, billing: Billing, rentalId: string, { name, customer }: Rows) {
  const account = await openAccount(db, { user_id: customer.id }, billing.currency);
  const [unit_id, rental_id] = [newId(), newId()];
  await db.raw(
    `insert into units (tenant_id, id, site_id, unit_type_id, code, code_norm, code_sort, status)
     select u.tenant_id, ?, u.site_id, u.unit_type_id, ?, ?, ?, 'occupied'
     from units u join rentals r on r.tenant_id = u.tenant_id and r.unit_id = u.id
     where r.tenant_id = ? and r.id = ? returning id`,
    [unit_id, ...Object.values(unitCode(`${name}-2`)), db.tenantId, rentalId],
  );
  const today = billing.today;
  await db.insertInto('rentals', {
    id: rental_id,
    unit_id,
    billing_account_id: account.id,
    status: 'active',
    starts_on: today,
    interval_unit: 'month',
    interval_count: 1,
    anchor_on: today,
    anchor_day: 1,
    next_period_on: today,
    price_cents: 10_000n,
  });
  const request = { id: newId(), kind: 'move_out', user_id: customer.id, rental_id } as const;
  await db.insertInto('requests', { ...request, wanted_on: today });
  const lines = [{ kind: 'rent' as const, description: `${name} rent`, unit_cents: 10_000n, rental_id }];
  const buyer = { name, address: null, tax_number: null };
  const invoice = { id: newId(), account, buyer, lines, due_on: today, source: 'rental' as const };
  await issueInvoices(db, billing, calculateInvoices(billing, [invoice]));
}

/** A payment by a card, a dispute and what belongs to them, of the customer themselves. */
async function seedPayment(db: TenantDb, billing: Billing, { name, company, customer }: Rows) {
  const account = await openAccount(db, { user_id: customer.id }, billing.currency);
  const [gateway_id, method, payment_id] = [newId(), newId(), newId()];
  const own = { billing_account_id: account.id };
  await db.insertInto('gateways', { id: gateway_id, service: 'sandbox', mode: 'test' });
  await seedSandbox(db, gateway_id, name);
  await db.insertInto('gateway_customers', { ...own, gateway_id, external_id: `cus_${name}` });
  await db.insertInto('gateway_events', {
    id: newId(),
    gateway_id,
    event_id: `evt_${name}`,
    type: 'charge.succeeded',
    sent_at: billing.now,
    state: 'failed',
    reason: 'No response',
    due_at: null,
  });
  const card = { type: 'card', brand: 'Visa', last4: '4242', status: 'active' } as const;
  await db.insertInto('payment_methods', {
    id: method,
    ...own,
    gateway_id,
    external_id: `pm_${name}`,
    ...card,
  });
  const ofCompany = await openAccount(db, { company_id: company.id }, billing.currency);
  await db.insertInto('payment_methods', {
    id: newId(),
    billing_account_id: ofCompany.id,
    gateway_id,
    external_id: `pm_company_${name}`,
    ...card,
  });
  await db.insertInto('mandates', {
    id: newId(),
    ...own,
    payment_method_id: method,
    text: `${name} mandate`,
    locale: 'en',
    signed_by: customer.id,
    signed_name: name,
  });
  await db.insertInto('payments', {
    id: payment_id,
    ...own,
    channel: 'sandbox',
    status: 'failed',
    amount_cents: 100n,
    currency: billing.currency,
    received_on: billing.today,
    gateway_id,
    payment_method_id: method,
    failure_text: 'The card was declined.',
  });
  const [invoice] = await db
    .from('invoices')
    .where({ ...own, kind: 'invoice' })
    .limit(1);
  const invoice_id = (invoice as { id: string }).id;
  await db.insertInto('payment_invoices', { payment_id, invoice_id, amount_cents: 100n });
  const attempt = { attempt: 1, call: 'confirm', outcome: 'failed' } as const;
  await db.insertInto('payment_attempts', { id: newId(), payment_id, ...attempt });
  await db.insertInto('short_payments', {
    id: newId(),
    ...own,
    invoice_id,
    amount_cents: 50n,
    reason: `${name} reason`,
    status: 'open',
    opened_by: customer.id,
  });
}

/** An open page, and what the sandbox stores of a payment. */
async function seedSandbox(db: TenantDb, gateway_id: string, name: string) {
  const [customer_id, method_id, charge_id] = [newId(), newId(), newId()];
  const own = { gateway_id, reference: newId() };
  await db.insertInto('sandbox_customers', { id: customer_id, ...own, name });
  await db.insertInto('sandbox_methods', {
    id: method_id,
    gateway_id,
    customer_id,
    type: 'card',
    behaviour: 'succeeds',
    last4: '4242',
    is_confirmed: true,
  });
  const amount = { amount_cents: 100n, currency: 'USD' };
  const charge = { id: charge_id, ...own, customer_id, method_id, ...amount };
  await db.insertInto('sandbox_charges', { ...charge, status: 'succeeded' });
  await db.insertInto('sandbox_refunds', { id: newId(), ...own, charge_id, amount_cents: 50n });
  await db.insertInto('sandbox_sessions', {
    id: newId(),
    ...own,
    customer_id,
    mode: 'payment',
    method_types: ['card', 'us_bank_account'],
    ...amount,
    description: `${name} invoice`,
    saves_method: false,
    return_url: '/account',
    cancel_url: '/account',
    expires_at: db.raw<Date>("now() + interval '30 minutes'"),
  });
  await db.insertInto('sandbox_requests', { gateway_id, key: name, parameters: '[]', response: '{}' });
  const behaviour = { call: 'event', behaviour: 'twice' } as const;
  await db.insertInto('sandbox_switches', { id: newId(), gateway_id, ...behaviour, remaining: 0 });
  const subject = { subject_kind: 'charge', subject_id: charge_id } as const;
  await db.insertInto('sandbox_events', { id: newId(), ...own, type: 'charge.succeeded', ...subject });
}
