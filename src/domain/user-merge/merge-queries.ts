import type { Knex } from 'knex';
import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import { convertRead } from '../../database/in-tenant.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { unfinishedStatuses } from '../payment/payment.ts';

/** What the page of a merge counts, in its order. */
export const movedKinds = [
  'companies',
  'rentals',
  'invoices',
  'payments',
  'payment_methods',
  'disputes',
  'requests',
  'agreements',
  'documents',
  'notes',
  'emails',
  'labels',
  'comments',
  'terms',
] as const;

export type MovedKind = (typeof movedKinds)[number];

/** A row that moves. `text` is null where the page knows the kind alone. */
export interface MovedRow {
  id: string;
  text: string | null;
  /** Of payments. */
  received_on?: string;
  amount_cents?: string;
  currency?: string;
}

export interface MovedRows {
  count: number;
  /** The first ones. */
  rows: readonly MovedRow[];
}

/** No more rows of a kind are listed. */
export const MOST_LISTED = 5;

/** The rows of each kind with their id and a text. */
function rowsOf(db: TenantDb, userId: string): Record<MovedKind, Knex.QueryBuilder> {
  const ofAccounts = (rows: Knex.QueryBuilder, table: string) =>
    rows
      .join('billing_accounts as b', {
        'b.tenant_id': `${table}.tenant_id`,
        'b.id': `${table}.billing_account_id`,
      })
      .where('b.user_id', userId);
  const texts = (rows: Knex.QueryBuilder, id: string, text: string) =>
    rows.select(db.raw(`?? as id, ${text} as text`, [id]));
  return {
    companies: texts(
      db
        .visible('memberships as m')
        .join('companies as c', { 'c.tenant_id': 'm.tenant_id', 'c.id': 'm.company_id' })
        .where('m.user_id', userId),
      'c.id',
      'c.name',
    ),
    rentals: texts(
      db
        .visible('rentals as r')
        .join('units as u', { 'u.tenant_id': 'r.tenant_id', 'u.id': 'r.unit_id' })
        .join('billing_accounts as b', { 'b.tenant_id': 'r.tenant_id', 'b.id': 'r.billing_account_id' })
        .where((owned) => void owned.where('b.user_id', userId).orWhere('r.occupant_user_id', userId)),
      'r.id',
      'u.code',
    ),
    invoices: texts(ofAccounts(db.visible('invoices as i'), 'i'), 'i.id', 'i.label'),
    payments: texts(ofAccounts(db.visible('payments as p'), 'p'), 'p.id', 'p.reference').select(
      db.raw('p.received_on, p.amount_cents::text as amount_cents, p.currency'),
    ),
    payment_methods: texts(
      ofAccounts(db.visible('payment_methods as t'), 't').whereRaw(
        `t.status in ('active', 'verifying', 'needs_attention')`,
      ),
      't.id',
      't.last4',
    ),
    disputes: texts(ofAccounts(db.visible('short_payments as s'), 's'), 's.id', 's.reason'),
    requests: texts(db.visible('requests as q').where('q.user_id', userId), 'q.id', 'q.kind'),
    agreements: texts(db.from('agreements as a').where('a.signed_by', userId), 'a.id', 'a.signed_name'),
    documents: texts(
      db
        .visible('documents as d')
        .where((own) => void own.where('d.user_id', userId).orWhere('d.uploaded_by', userId)),
      'd.id',
      'coalesce(d.title, d.name)',
    ),
    notes: texts(db.visible('notes as n').where('n.user_id', userId), 'n.id', 'null::text'),
    emails: texts(db.visible('emails as e').where('e.user_id', userId), 'e.id', 'e.template'),
    labels: texts(
      db
        .visible('user_labels as l')
        .join('labels as k', { 'k.tenant_id': 'l.tenant_id', 'k.id': 'l.label_id' })
        .where('l.user_id', userId),
      'k.id',
      'k.name',
    ),
    comments: texts(
      db.from('invoice_comments as o').where('o.author_id', userId),
      'o.invoice_id',
      'null::text',
    ),
    terms: texts(
      db.from('terms_acceptances as v').where('v.user_id', userId),
      'v.terms_version_id',
      'null::text',
    ),
  };
}

/** What moves with the user. */
export function findMoved(db: TenantDb, userId: string) {
  const kinds = Object.entries(rowsOf(db, userId));
  const sql = kinds.map(
    ([kind]) => `select '${kind}' as kind, (select count(*)::int from ? counted) as count,
      (select coalesce(jsonb_agg(listed), '[]') from ? listed) as rows`,
  );
  const read = db.raw<{ rows: ({ kind: MovedKind } & MovedRows)[] }>(
    sql.join(' union all '),
    kinds.flatMap(([, rows]) => [rows, rows.clone().orderBy('id', 'desc').limit(MOST_LISTED)]),
  );
  return convertRead(
    read,
    ({ rows }) =>
      Object.fromEntries(rows.map(({ kind, ...moved }) => [kind, moved])) as Record<MovedKind, MovedRows>,
  );
}

export async function countMoved(db: TenantDb, userId: string): Promise<Record<MovedKind, number>> {
  const kinds = Object.entries(rowsOf(db, userId));
  const { rows } = await db.raw<{ rows: Record<MovedKind, number>[] }>(
    `select ${kinds.map(([kind]) => `(select count(*)::int from ? counted) as ${kind}`).join(', ')}`,
    kinds.map(([, each]) => each),
  );
  return rows[0]!;
}

const accountColumns = (db: TenantDb) => ({
  ...pick('billing_accounts as b', 'id', 'user_id', 'currency', 'reference', 'receivable_cents'),
  ...pick('billing_accounts as b', 'credit_cents', 'deposit_cents'),
  is_paying: db.raw<boolean>(
    `exists (select from payments p where p.tenant_id = ? and p.billing_account_id = b.id
       and p.status = any('{${unfinishedStatuses.join()}}'::text[]) and p.gateway_id is not null)`,
    [db.tenantId],
  ),
});

/** The open accounts of both users. `is_paying`: a payment is on its way. */
export function listAccountsOfBoth(db: TenantDb, userIds: readonly string[]) {
  const accounts = db
    .visible('billing_accounts as b')
    .whereRaw('b.user_id = any(?::uuid[])', [[...userIds]])
    .whereNull('b.closed_at')
    .orderBy('b.currency');
  return selectRows(accounts, accountColumns(db));
}

export type AccountOfBoth = RowOf<ReturnType<typeof accountColumns>>;
