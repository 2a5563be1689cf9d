import type { Knex } from 'knex';
import { convertRead } from '../../database/in-tenant.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { aboutUser } from '../audit/audit-list.ts';
import { accountsOf } from '../billing-account/billing-account.ts';
import { methodsOf } from '../payment-method/payment-method-queries.ts';
import { ownedBy, type RecordRef } from './record.ts';

/** No more rows of each kind are read. */
export const MOST_COUNTED = 1_000;

const kinds = [
  'customers',
  'units',
  'invoices',
  'methods',
  'documents',
  'locations',
  'emails',
  'notes',
  'events',
  'comments',
] as const;

export type RecordCounts = Record<(typeof kinds)[number], number>;

/** Each number is at most MOST_COUNTED. Units are those that are rented or reserved now; comments are events, too. */
export function countRecord(db: TenantDb, record: RecordRef) {
  const owner = ownedBy(record);
  const rentals = accountsOf(db.visible('rentals as r'), 'r.billing_account_id', owner);
  const invoices = accountsOf(db.visible('invoices as i'), 'i.billing_account_id', owner);
  const emails = db
    .visible('emails as e')
    .where(record.type === 'user' ? 'e.user_id' : 'e.company_id', record.id);
  const ofCompany = (table: 'memberships as m' | 'company_locations as l', column: string) =>
    db.visible(table).whereRaw(`${column} = ?::uuid`, [record.type === 'company' ? record.id : null]);
  const counts: Record<(typeof kinds)[number], Knex.QueryBuilder> = {
    customers: ofCompany('memberships as m', 'm.company_id'),
    locations: ofCompany('company_locations as l', 'l.company_id'),
    methods: methodsOf(db, owner),
    events: eventsOf(db, record),
    comments: eventsOf(db, record).where('a.event', `${record.type}.commented`),
    units: rentals.whereRaw(`r.status in ('active', 'reserved')`),
    invoices,
    documents: db.visible('documents as d').where(owner),
    emails,
    notes: db.visible('notes as n').where(owner),
  };
  const entries = Object.entries(counts);
  const sql = entries.map(([name]) => `(select count(*)::int from ? ${name}) as ${name}`).join(', ');
  const read = db.raw<{ rows: RecordCounts[] }>(
    `select ${sql}`,
    entries.map(([, rows]) => capped(db, rows)),
  );
  return convertRead(read, ({ rows }) => rows[0]!);
}

function eventsOf(db: TenantDb, { type, id }: RecordRef): Knex.QueryBuilder {
  const events = db.visible('audit_events as a');
  return type === 'user'
    ? events.modify((about) => aboutUser(db, about, id))
    : events.where('a.target_id', id);
}

function capped(db: TenantDb, rows: Knex.QueryBuilder): Knex.QueryBuilder {
  return rows.select(db.raw('1')).limit(MOST_COUNTED);
}
