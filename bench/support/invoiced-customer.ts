import { createCustomer, type TestTenant } from '../../test/support/factories.ts';
import type { Bench } from './bench.ts';
import { Client } from './client.ts';

interface Invoiced {
  tenant: TestTenant;
  months: number;
}

export async function logInInvoicedCustomer(
  bench: Bench,
  portal: { port: number },
  { tenant, months }: Invoiced,
): Promise<Client> {
  const customer = await createInvoicedCustomer(bench, { tenant, months });
  const client = new Client(portal, tenant.account);
  await client.logIn('/account/login', customer);
  return client;
}

/** Has an invoice for each of the last months, of which the latest is not paid. */
export async function createInvoicedCustomer(bench: Bench, { tenant, months }: Invoiced) {
  const customer = await createCustomer(bench, tenant);
  await bench.owner.query(INSERT_INVOICES, [tenant.id, customer.id, months]);
  return customer;
}

const INSERT_INVOICES = `
  with account as (
    insert into billing_accounts (tenant_id, id, user_id, currency, reference, receivable_cents)
    values ($1, gen_random_uuid(), $2::uuid, 'USD', $2::uuid::text, 10000) returning tenant_id, id),
  last_number as (
    select coalesce(max(number), 0) as number from invoices where tenant_id = $1 and series = 'invoice')
  insert into invoices (tenant_id, id, kind, series, billing_account_id, number, label, label_norm, status, issued_on, due_on,
    currency, net_cents, total_cents, paid_cents, paid_at, source, seller, buyer)
  select a.tenant_id, gen_random_uuid(), 'invoice', 'invoice', a.id, l.number + n, 'INV-' || l.number + n, 'inv-' || l.number + n,
    case when n = $3::int then 'sent' else 'paid' end, day, day + 14, 'USD', 10000, 10000,
    case when n = $3::int then 0 else 10000 end, case when n = $3::int then null else day end, 'manual',
    '{"name": "Seller"}', '{"name": "Buyer"}'
  from account a, last_number l, generate_series(1, $3::int) n,
    lateral (select (current_date - ($3::int - n) * interval '1 month')::date as day) d`;
