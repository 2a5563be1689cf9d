import type { Knex } from 'knex';
import { column, pick, selectRows } from '../../database/columns.ts';
import { convertRead, type ConvertedRead } from '../../database/in-tenant.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';
import { openSql, openStatuses } from '../invoice/invoice.ts';

/** What was open on a day, by the days since it was due, and the credit that no invoice had used. */
export interface AgedAmounts {
  current_cents: bigint;
  days_30_cents: bigint;
  days_60_cents: bigint;
  days_90_cents: bigint;
  older_cents: bigint;
  /** The sum of these five. */
  open_cents: bigint;
  credit_cents: bigint;
  /** Minus the credit. */
  balance_cents: bigint;
}

export interface AgedAccount extends AgedAmounts {
  id: string;
  currency: string;
  user_id: string | null;
  company_id: string | null;
  company_name: string | null;
  user_name: string | null;
  user_email: string | null;
}

export interface AgedTotal extends AgedAmounts {
  currency: string;
  accounts: number;
}

export interface AgeingReport {
  /** Of all accounts, one for each currency. */
  totals: AgedTotal[];
  /** Those of the page, in each currency the largest open amount first. */
  accounts: AgedAccount[];
}

interface AgeingPage {
  offset: number;
  /** Null for all accounts. */
  limit: number | null;
}

/** Accounts without an open amount and credit on the day are left out. */
export function readAgeing(
  db: TenantDb,
  day: CivilDate,
  { offset, limit }: AgeingPage,
): ConvertedRead<AgeingReport> {
  const read = db.raw<{ rows: (AgedAccount & AgedTotal)[] }>(
    `with aged as materialized ?,
       totals as (select currency, count(*)::int as accounts, ${SUMS} from aged group by currency),
       page as (select * from aged order by currency, open_cents desc, credit_cents desc, id
         limit cast(? as int) offset ?)
     select null as id, t.currency, t.accounts, ${amountsOf('t')}, null as user_id, null as company_id,
       null as company_name, null as user_name, null as user_email
     from totals t
     union all
     select p.id, p.currency, 1, ${amountsOf('p')}, p.user_id, p.company_id, c.name, u.name, u.email
     from page p
     left join companies c on c.tenant_id = ? and c.id = p.company_id
     left join users u on u.tenant_id = ? and u.id = p.user_id
     order by currency, open_cents desc, credit_cents desc, id`,
    [agedAccounts(db, day), limit, offset, db.tenantId, db.tenantId],
  );
  return convertRead(read, ({ rows }) => ({
    totals: rows.filter(({ id }) => id === null),
    accounts: rows.filter(({ id }) => id !== null),
  }));
}

const amounts = [
  'current_cents',
  'days_30_cents',
  'days_60_cents',
  'days_90_cents',
  'older_cents',
  'open_cents',
  'credit_cents',
  'balance_cents',
] as const satisfies readonly (keyof AgedAmounts)[];

const SUMS = amounts.map((amount) => `cast(sum(${amount}) as bigint) as ${amount}`).join(', ');

function amountsOf(alias: string): string {
  return amounts.map((amount) => `${alias}.${amount}`).join(', ');
}

function agedAccounts(db: TenantDb, day: CivilDate): Knex.QueryBuilder {
  const [days30, days60, days90] = [30, 60, 90].map((days) => addDays(day, -days));
  const due = (condition: string, days: CivilDate[]) =>
    db.raw<bigint>(`cast(coalesce(sum(p.open) filter (where ${condition}), 0) as bigint)`, days);
  const accounts = db
    .visible('billing_accounts as b')
    .join(parts(db, day), 'p.billing_account_id', 'b.id')
    .groupBy('b.id', 'b.currency', 'b.user_id', 'b.company_id')
    .havingRaw('sum(p.open) <> 0 or sum(p.credit) <> 0');
  return selectRows(accounts, {
    ...pick('billing_accounts as b', 'id', 'currency', 'user_id', 'company_id'),
    current_cents: due('p.due_on >= ?', [day]),
    days_30_cents: due('p.due_on < ? and p.due_on >= ?', [day, days30!]),
    days_60_cents: due('p.due_on < ? and p.due_on >= ?', [days30!, days60!]),
    days_90_cents: due('p.due_on < ? and p.due_on >= ?', [days60!, days90!]),
    older_cents: due('p.due_on < ?', [days90!]),
    open_cents: db.raw<bigint>('cast(sum(p.open) as bigint)'),
    credit_cents: db.raw<bigint>('cast(sum(p.credit) as bigint)'),
    balance_cents: db.raw<bigint>('cast(sum(p.open) - sum(p.credit) as bigint)'),
  });
}

/** What is open and unused now, without what has moved after the day: much less than all that moved before it. */
function parts(db: TenantDb, day: CivilDate): Knex.QueryBuilder {
  return openInvoices(db, day)
    .unionAll([unusedCredit(db), allocatedAfter(db, day), deletedAfter(db, day), creditMovedAfter(db, day)])
    .as('p');
}

const NOTHING = '0::bigint';

function openInvoices(db: TenantDb, day: CivilDate): Knex.QueryBuilder {
  const invoices = db
    .from('invoices as i')
    .where('i.kind', 'invoice')
    .whereIn('i.status', openStatuses)
    .where('i.issued_on', '<=', day);
  return selectRows(invoices, {
    ...pick('invoices as i', 'billing_account_id', 'due_on'),
    open: db.raw<bigint>(openSql('i')),
    credit: db.raw<bigint>(NOTHING),
  });
}

function unusedCredit(db: TenantDb): Knex.QueryBuilder {
  return selectRows(db.from('billing_accounts as a').where('a.credit_cents', '>', 0), {
    billing_account_id: column('billing_accounts as a', 'id'),
    due_on: db.raw<null>('null::date'),
    open: db.raw<bigint>(NOTHING),
    credit: column('billing_accounts as a', 'credit_cents'),
  });
}

function allocatedAfter(db: TenantDb, day: CivilDate): Knex.QueryBuilder {
  const allocations = db
    .from('allocations as s')
    .join('invoices as i', { 'i.tenant_id': 's.tenant_id', 'i.id': 's.invoice_id' })
    .where('s.effective_on', '>', day)
    .where('i.issued_on', '<=', day);
  return selectRows(allocations, {
    ...pick('invoices as i', 'billing_account_id', 'due_on'),
    open: db.raw<bigint>('case when s.reverses_id is null then s.amount_cents else -s.amount_cents end'),
    credit: db.raw<bigint>(NOTHING),
  });
}

function deletedAfter(db: TenantDb, day: CivilDate): Knex.QueryBuilder {
  const reversals = db
    .from('ledger_entries as e')
    .join('invoices as i', { 'i.tenant_id': 'e.tenant_id', 'i.id': 'e.source_id' })
    .where({ 'e.source_type': 'invoice', 'e.posting': 'reversal' })
    .where('e.effective_on', '>', day)
    .where('i.issued_on', '<=', day)
    .whereRaw(`'receivable' in (e.debit, e.credit)`);
  return selectRows(reversals, {
    ...pick('invoices as i', 'billing_account_id', 'due_on'),
    open: db.raw<bigint>(`case when e.credit = 'receivable' then e.amount_cents else -e.amount_cents end`),
    credit: db.raw<bigint>(NOTHING),
  });
}

function creditMovedAfter(db: TenantDb, day: CivilDate): Knex.QueryBuilder {
  const entries = db
    .from('ledger_entries as e')
    .where('e.effective_on', '>', day)
    .whereRaw(`'credit' in (e.debit, e.credit)`);
  return selectRows(entries, {
    billing_account_id: column('ledger_entries as e', 'billing_account_id'),
    due_on: db.raw<null>('null::date'),
    open: db.raw<bigint>(NOTHING),
    credit: db.raw<bigint>(`case when e.debit = 'credit' then e.amount_cents else -e.amount_cents end`),
  });
}
