import type { Knex } from 'knex';
import { convertRead } from '../../database/in-tenant.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { accountsOf } from '../billing-account/billing-account.ts';
import { ownedBy, type RecordRef } from './record.ts';

/** No more rows of each kind are read. */
export const MOST_COUNTED = 1_000;

export interface RecordCounts {
  units: number;
  invoices: number;
  documents: number;
  emails: number;
  notes: number;
}

/** Each number is at most MOST_COUNTED. Units are those that are rented or reserved now. */
export function countRecord(db: TenantDb, record: RecordRef) {
  const owner = ownedBy(record);
  const rentals = accountsOf(db.visible('rentals as r'), 'r.billing_account_id', owner);
  const invoices = accountsOf(db.visible('invoices as i'), 'i.billing_account_id', owner);
  const emails = db
    .visible('emails as e')
    .where(record.type === 'user' ? 'e.user_id' : 'e.company_id', record.id);
  const counts = {
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

function capped(db: TenantDb, rows: Knex.QueryBuilder): Knex.QueryBuilder {
  return rows.select(db.raw('1')).limit(MOST_COUNTED);
}
