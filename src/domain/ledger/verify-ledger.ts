import { pick, selectRows } from '../../database/columns.ts';
import { convertRead, readTenant } from '../../database/in-tenant.ts';
import { NIL_ID } from '../../database/new-id.ts';
import type { Database } from '../../database/pools.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

/** A stored sum that differs from the rows that it is the sum of. */
export interface LedgerDifference {
  /** The table and the column, for example `invoices.paid_cents`. */
  sum: string;
  id: string;
  stored: string;
  computed: string;
}

export interface LedgerVerification {
  accounts: number;
  /** The first one; null if every sum is right. */
  difference: LedgerDifference | null;
}

const BATCH_SIZE = 500;

/**
 * Computes every sum of the tenant again. Each comparison is one statement, so that a payment meanwhile is no
 * difference.
 */
export async function verifyLedger(database: Database, tenantId: string): Promise<LedgerVerification> {
  const verified: LedgerVerification = { accounts: 0, difference: null };
  let ids: string[];
  let last = NIL_ID;
  do {
    const [rows] = await readTenant(database, tenantId, (db) => [listAccountsAfter(db, last)]);
    ids = rows.map(({ id }) => id);
    last = ids.at(-1) ?? last;
    const differences = await readTenant(database, tenantId, (db) =>
      checks.map((check) => findDifference(db, check, ids)),
    );
    verified.difference = differences.find((difference) => difference !== null) ?? null;
    verified.accounts += ids.length;
  } while (ids.length === BATCH_SIZE && !verified.difference);
  return verified;
}

function listAccountsAfter(db: TenantDb, id: string) {
  const accounts = db.from('billing_accounts').where('id', '>', id).orderBy('id').limit(BATCH_SIZE);
  return selectRows(accounts, pick('billing_accounts', 'id'));
}

/** SQL of the rows `id, stored, computed` of some accounts. Its parameters are twice the tenant, and the accounts. */
interface Check {
  sum: string;
  sql: string;
}

function findDifference(db: TenantDb, { sum, sql }: Check, ids: readonly string[]) {
  const statement = `with compared as (${sql})
    select c.id, c.stored::text, c.computed::text from compared c where c.stored <> c.computed order by c.id limit 1`;
  const read = db.raw<{ rows: Omit<LedgerDifference, 'sum'>[] }>(statement, [
    db.tenantId,
    db.tenantId,
    [...ids],
  ]);
  return convertRead(read, ({ rows: [difference] }) => (difference ? { sum, ...difference } : null));
}

/** Of the accounts, with the alias `b`. */
const ACCOUNTS = 'from billing_accounts b where b.tenant_id = ? and b.id = any(?::uuid[])';
const INVOICES = 'from invoices i where i.tenant_id = ? and i.billing_account_id = any(?::uuid[])';
const PAYMENTS = 'from payments p where p.tenant_id = ? and p.billing_account_id = any(?::uuid[])';

/** `increasing` is the side that increases the sum. */
function accountCheck(account: 'receivable' | 'credit' | 'deposit', increasing: 'debit' | 'credit'): Check {
  const decreasing = increasing === 'debit' ? 'credit' : 'debit';
  return {
    sum: `billing_accounts.${account}_cents`,
    sql: `select b.id, b.${account}_cents as stored, coalesce((
      select sum(case when e.${increasing} = '${account}' then e.amount_cents
        when e.${decreasing} = '${account}' then -e.amount_cents else 0 end)
      from ledger_entries e where e.tenant_id = ? and e.billing_account_id = b.id), 0) as computed
      ${ACCOUNTS}`,
  };
}

function allocationCheck(column: 'paid' | 'credited' | 'written_off', sources: readonly string[]): Check {
  return {
    sum: `invoices.${column}_cents`,
    sql: `select i.id, i.${column}_cents as stored, coalesce((
      select sum(case when a.reverses_id is null then a.amount_cents else -a.amount_cents end)
      from allocations a where a.tenant_id = ? and a.invoice_id = i.id
        and a.source = any('{${sources.join()}}'::text[])), 0) as computed
      ${INVOICES}`,
  };
}

function lineCheck(column: 'net' | 'tax'): Check {
  return {
    sum: `invoices.${column}_cents`,
    sql: `select i.id, i.${column}_cents as stored, coalesce((
      select sum(l.${column}_cents) from invoice_lines l
      where l.tenant_id = ? and l.invoice_id = i.id), 0) as computed
      ${INVOICES}`,
  };
}

const checks: readonly Check[] = [
  {
    sum: 'payments.refunded_cents',
    sql: `select p.id, p.refunded_cents as stored, coalesce((
      select sum(r.amount_cents) from payments r
      where r.tenant_id = ? and r.refunds_payment_id = p.id and r.status not in ('failed', 'cancelled')), 0) as computed
      ${PAYMENTS}`,
  },
  accountCheck('receivable', 'debit'),
  accountCheck('credit', 'credit'),
  accountCheck('deposit', 'credit'),
  lineCheck('net'),
  lineCheck('tax'),
  allocationCheck('paid', ['payment', 'credit']),
  allocationCheck('credited', ['credit_note']),
  allocationCheck('written_off', ['write_off']),
  {
    sum: 'invoices.credit_noted_cents',
    sql: `select i.id, i.credit_noted_cents as stored, coalesce((
      select sum(n.total_cents) from invoices n
      where n.tenant_id = ? and n.credits_invoice_id = i.id), 0) as computed
      ${INVOICES}`,
  },
  {
    sum: 'open invoices',
    sql: `select b.id, b.receivable_cents as stored, coalesce((
      select sum(i.total_cents - i.paid_cents - i.credited_cents - i.written_off_cents) from invoices i
      where i.tenant_id = ? and i.billing_account_id = b.id and i.kind = 'invoice'
        and i.status in ('sent', 'pending', 'failed', 'paid')), 0) as computed
      ${ACCOUNTS}`,
  },
  {
    sum: 'payments.amount_cents',
    // The money of a refund leaves when it is requested, and comes back when it fails.
    sql: `select p.id, case
        when p.direction = 'out' and p.status not in ('failed', 'cancelled') then p.amount_cents
        when p.direction = 'in' and p.status in ('succeeded', 'charged_back') then p.amount_cents - p.charged_back_cents
        else 0 end as stored, coalesce((
      select sum(case when e.debit = 'cash' then e.amount_cents when e.credit = 'cash' then -e.amount_cents else 0 end)
      from ledger_entries e where e.tenant_id = ? and e.source_id = p.id), 0)
      * case when p.direction = 'in' then 1 else -1 end as computed
      ${PAYMENTS}`,
  },
];
