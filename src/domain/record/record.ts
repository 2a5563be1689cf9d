import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Owner } from '../billing-account/billing-account.ts';
import { displayName } from '../user/user.ts';

/** A user or a company, with what staff keep about it: notes, documents and history. */
export interface RecordRef {
  type: 'user' | 'company';
  id: string;
}

export type NamedRecord = RecordRef & { name: string };

/** The columns of a row that belongs to the record. */
export function ownedBy({ type, id }: RecordRef): Owner {
  return type === 'user' ? { user_id: id } : { company_id: id };
}

export function recordOf(owner: Owner): RecordRef {
  return 'user_id' in owner ? { type: 'user', id: owner.user_id } : { type: 'company', id: owner.company_id };
}

/** A customer or a company that the viewer may see. */
export function findRecord(db: TenantDb, { type, id }: RecordRef) {
  return type === 'user'
    ? selectRow(db.visible('users').where({ id, audience: 'customer' }), pick('users', 'id', 'name', 'email'))
    : selectRow(db.visible('companies').where({ id }), {
        ...pick('companies', 'id', 'name'),
        email: db.raw<string>(`''`),
      });
}

/** @throws {NotFound} */
export function namedRecord(
  { type }: RecordRef,
  row: { id: string; name: string; email: string | null } | undefined,
): NamedRecord {
  const { id, ...names } = found(row);
  return { type, id, name: displayName(names) };
}

/** @throws {NotFound} */
export async function getRecord(db: TenantDb, record: RecordRef): Promise<NamedRecord> {
  return namedRecord(record, await findRecord(db, record));
}

/** Locks the row, so that what it has is counted once. @throws {NotFound} */
export async function lockRecord(db: TenantDb, record: RecordRef): Promise<NamedRecord> {
  return namedRecord(record, await findRecord(db, record).forUpdate());
}
