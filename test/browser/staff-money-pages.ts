import type { ServedPortal } from '../support/serve-portal.ts';
import type { TestedPage } from './pages.ts';

/** The pages of staff about units, rentals, invoices and payments that need no row. */
const PAGES = [
  '/sites',
  '/sites/new',
  '/unit-types',
  '/unit-types/new',
  '/units',
  '/units?q=zzzzzz',
  '/units/new',
  '/rentals',
  '/rentals?status=active&locked=out',
  '/rentals?q=zzzzzz',
  '/rentals/new',
  '/requests',
  '/requests?kind=name_change&status=declined',
  '/invoices',
  '/invoices?status=overdue',
  '/invoices?q=zzzzzz',
  '/invoices/new',
  '/invoices/charges/new',
  '/invoices/credits/new',
  '/payments',
  '/payments?channel=other',
  '/payments?status=failed_unpaid',
  '/payments?status=refunds',
  '/payments/new',
  '/payments/deposits/new',
  '/disputes',
  '/disputes/closed',
  '/balances',
  '/billing-runs',
  '/billing-runs/new',
  '/settings/billing',
  '/settings/billing/late-fees/new',
  '/settings/payments',
  '/settings/payments/events',
  '/settings/taxes',
  '/settings/taxes/new',
  '/settings/agreement',
  '/settings/agreement/new?language=en',
  '/emails',
  '/audit-log',
] as const;

interface PagesOfRow {
  table: string;
  where?: string;
  /** `:id` is the id of one row. */
  paths: readonly string[];
}

const OF_INVOICES: readonly PagesOfRow[] = [
  {
    table: 'invoices',
    where: "kind = 'invoice' and status = 'paid'",
    paths: ['/invoices/:id', '/invoices/:id/credit-notes/new'],
  },
  {
    table: 'invoices',
    where:
      "kind = 'invoice' and status = 'sent' and paid_cents = 0 and credited_cents = 0 and written_off_cents = 0",
    paths: ['/invoices/:id', '/invoices/:id/write-off', '/invoices/:id/deletion'],
  },
  { table: 'invoices', where: "kind = 'credit_note'", paths: ['/invoices/:id'] },
  {
    table: 'invoices',
    where: "status = 'draft'",
    paths: ['/invoices/:id', '/invoices/:id/edit', '/invoices/:id/deletion'],
  },
  {
    table: 'payments',
    where: "status = 'succeeded'",
    paths: ['/payments/:id', '/payments/:id/reversal'],
  },
  { table: 'payments', where: "status = 'failed' and next_retry_on is not null", paths: ['/payments/:id'] },
  { table: 'payments', where: "status = 'failed' and needs = 'new_method'", paths: ['/payments/:id'] },
  { table: 'payments', where: "status = 'scheduled'", paths: ['/payments/:id'] },
  {
    table: 'payments',
    where: "status = 'succeeded' and gateway_object_id is not null",
    paths: ['/payments/:id', '/payments/:id/refunds/new'],
  },
  { table: 'payment_methods', where: 'is_default', paths: ['/payment-methods/:id/removal'] },
  { table: 'short_payments', where: "status = 'open'", paths: ['/disputes/:id'] },
  { table: 'billing_runs', paths: ['/billing-runs/:id'] },
  { table: 'tax_rates', paths: ['/settings/taxes/:id/retirement'] },
  {
    table: 'companies',
    where: 'exists (select from billing_accounts a where a.company_id = companies.id)',
    paths: ['/customers/companies/:id/units', '/customers/companies/:id/invoices'],
  },
];

const OF_RENTALS: readonly PagesOfRow[] = [
  { table: 'billing_accounts', where: 'credit_cents > 0', paths: ['/balances/:id/refunds/new'] },
  { table: 'sites', paths: ['/sites/:id', '/sites/:id/edit'] },
  { table: 'unit_types', paths: ['/unit-types/:id/edit'] },
  { table: 'units', where: "status = 'occupied'", paths: ['/units/:id', '/units/:id/edit'] },
  { table: 'units', where: "status = 'blocked'", paths: ['/units/:id'] },
  { table: 'units', where: "status = 'reserved'", paths: ['/units/:id', '/units/:id/block'] },
  {
    table: 'rentals',
    where: "status = 'active' and ends_on is null",
    paths: ['', '/notice', '/transfer', '/rent', '/charges/new', '/agreement', '/lock-out'].map(
      (path) => `/rentals/:id${path}`,
    ),
  },
  {
    table: 'rentals',
    where:
      "status = 'active' and ends_on is not null and not exists (select from rentals n where n.transferred_from_id = rentals.id)",
    paths: ['/rentals/:id', '/rentals/:id/notice/withdrawal', '/rentals/:id/move-out'],
  },
  {
    table: 'rentals',
    where:
      "exists (select from rentals n where n.transferred_from_id = rentals.id and n.status = 'reserved') and status = 'active'",
    paths: ['/rentals/:id', '/rentals/:id/transfer/cancellation'],
  },
  { table: 'rentals', where: 'locked_out_at is not null', paths: ['/rentals/:id', '/rentals/:id/lock-out'] },
  {
    table: 'rentals',
    where: "status = 'reserved' and transferred_from_id is null",
    paths: ['/rentals/:id', '/rentals/:id/cancellation'],
  },
  { table: 'rentals', where: "status = 'ended'", paths: ['/rentals/:id'] },
  { table: 'requests', where: "status = 'requested' and kind = 'move_out'", paths: ['/requests/:id'] },
  { table: 'requests', where: "status = 'requested' and kind = 'transfer'", paths: ['/requests/:id'] },
  { table: 'agreement_versions', paths: ['/settings/agreement/:id'] },
  { table: 'late_fee_rules', paths: ['/settings/billing/late-fees/:id/removal'] },
  {
    table: 'users',
    where: 'exists (select from billing_accounts a where a.user_id = users.id)',
    paths: ['/users/:id', '/users/:id/units', '/users/:id/invoices'],
  },
];

/** Every such page of a tenant of the demo with its history. */
export async function staffMoneyPages(portal: ServedPortal, slug: string): Promise<TestedPage[]> {
  const rows = slug === 'acme' ? [...OF_INVOICES, ...OF_RENTALS] : OF_INVOICES;
  const ofRows = await Promise.all(rows.map((each) => pathsOf(portal, slug, each)));
  const { rows: days } = await portal.owner.query<{ day: string }>(
    "select (now() + '60 days')::date::text as day",
  );
  const dryRun = `/billing-runs/new?as_of=${days[0]!.day}`;
  return [...PAGES, dryRun, ...ofRows.flat()].map(pageOf);
}

/** The pages that a tenant without rows has. */
export function emptyMoneyPages(): TestedPage[] {
  return PAGES.filter((path) => !path.includes('?')).map(pageOf);
}

function pageOf(path: string): TestedPage {
  return { name: path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id'), portal: 'operations', path };
}

async function pathsOf(portal: ServedPortal, slug: string, { table, where = 'true', paths }: PagesOfRow) {
  const { rows } = await portal.owner.query<{ id: string }>(
    `select id from ${table} where tenant_id = (select id from tenants where slug = $1) and ${where} order by id limit 1`,
    [slug],
  );
  if (!rows[0]) throw new Error(`The demo has no row of ${table} where ${where}`);
  return paths.map((path) => path.replace(':id', rows[0]!.id));
}
