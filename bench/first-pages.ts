import { inTenant } from '../src/database/in-tenant.ts';
import { addDays } from '../src/domain/billing/civil-date.ts';
import { getBilling } from '../src/domain/billing/billing-settings.ts';
import { createTenant, type TestTenant } from '../test/support/factories.ts';
import { insertRentals } from '../test/support/many-rentals.ts';
import type { Bench } from './support/bench.ts';
import { logInStaff, type Client } from './support/client.ts';
import { logInInvoicedCustomer } from './support/invoiced-customer.ts';
import { atMost, formatNumber, type Goal, type JobResult } from './support/results.ts';
import { percentile } from './support/statistics.ts';

const MONTHS = 12;

/** The first pages of staff and of a customer in a tenant with many rentals, the refresh of the figures, and the reports. */
export async function firstPages(bench: Bench): Promise<JobResult> {
  const count = bench.isQuick ? 10_000 : 100_000;
  const tenant = await createTenant(bench);
  const { today } = await inTenant(bench.database, tenant.id, getBilling);
  await insertRentals((text, values) => bench.owner.query(text, values), tenant.id, { count, next: today });
  await insertHistory(bench, tenant);
  await bench.owner.query('vacuum analyze');
  const portal = await bench.startPortal({ RUN: 'web' });
  try {
    const staff = await logInStaff(bench, portal, tenant);
    const customer = await logInInvoicedCustomer(bench, portal, { tenant, months: 24 });
    const fields = await staff.openForm('/dashboard');
    const { ms: refresh } = await staff.post('/dashboard/summary', fields);
    const times = {
      '/dashboard': await readFor(staff, '/dashboard', bench.seconds * 1000),
      '/account': await readFor(customer, '/account', bench.seconds * 1000),
    };
    const reports: Record<string, number[]> = {};
    const year = `from=${addDays(today, -364)}&to=${today}`;
    const queries = { ageing: `as_of=${today}`, tax: year, income: year };
    for (const [name, query] of Object.entries(queries))
      reports[`/reports/${name}`] = await readFor(staff, `/reports/${name}?${query}`, bench.seconds * 1000);
    return toResult(count, refresh, times, reports);
  } finally {
    await portal.stop();
  }
}

/** An invoice of each month for each account, of which the last ones of some are open, with their entries in the ledger. */
async function insertHistory({ owner }: Bench, { id }: TestTenant): Promise<void> {
  const months = Array.from({ length: MONTHS }, (_, n) => n);
  for (const month of months) {
    await owner.query(INSERT_INVOICES, [id, month]);
    await owner.query(INSERT_ENTRIES, [id, month]);
  }
}

const INSERT_INVOICES = `
  insert into invoices (tenant_id, id, kind, series, billing_account_id, number, label, label_norm, status, issued_on,
    due_on, currency, net_cents, total_cents, paid_cents, paid_at, source, seller, buyer)
  select b.tenant_id, gen_random_uuid(), 'invoice', 'invoice', b.id, b.n, 'INV-' || b.n, 'inv-' || b.n,
    case when b.is_open then 'sent' else 'paid' end, d.day, d.day + 14, 'USD', 10000, 10000,
    case when b.is_open then 0 else 10000 end, case when b.is_open then null else d.day end, 'manual',
    '{"name": "Seller"}', '{"name": "Buyer"}'
  from (
    select a.tenant_id, a.id, $2::bigint * 1000000 + row_number() over (order by a.id) as n,
      $2::int < 4 and random() < 0.1 as is_open
    from billing_accounts a where a.tenant_id = $1) b
  cross join (select cast(current_date - $2::int * interval '1 month' as date) as day) d`;

const INSERT_ENTRIES = `
  insert into ledger_entries (tenant_id, id, billing_account_id, debit, credit, amount_cents, currency, posting,
    source_type, source_id, effective_on)
  select i.tenant_id, gen_random_uuid(), i.billing_account_id, 'receivable', 'income', 10000, 'USD', 'issue', 'invoice',
    i.id, i.issued_on
  from invoices i where i.tenant_id = $1 and i.number between $2::bigint * 1000000 and $2::bigint * 1000000 + 999999`;

function toResult(
  count: number,
  refresh: number,
  firstPages: Record<string, number[]>,
  reports: Record<string, number[]>,
): JobResult {
  const pages = [...summarize(firstPages, atMost(80, 40)), ...summarize(reports, atMost(1000, 300))];
  return {
    title: `The first pages of staff and customers in a tenant with ${count} rentals and ${MONTHS} months of invoices`,
    figures: pages.map(({ path, p95, goal }) => ({
      name: `\`${path}\` of a tenant with ${count} rentals, p95`,
      unit: 'ms',
      samples: [p95],
      goal,
    })),
    columns: ['page', 'p50 ms', 'p95 ms'],
    rows: pages.map(({ path, p50, p95 }) => [`\`${path}\``, formatNumber(p50), formatNumber(p95)]),
    notes: [`A refresh of the figures takes ${formatNumber(refresh / 1000)} s.`],
  };
}

function summarize(times: Record<string, number[]>, goal: Goal) {
  return Object.entries(times).map(([path, samples]) => ({
    path,
    p50: percentile(samples, 50),
    p95: percentile(samples, 95),
    goal,
  }));
}

async function readFor(client: Client, path: string, ms: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + ms;
  while (performance.now() < end) {
    const response = await client.get(path);
    if (response.status !== 200) throw new Error(`${path} returned status ${response.status}`);
    times.push(response.ms);
  }
  return times;
}
