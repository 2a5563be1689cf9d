import { column, pick, selectRow, type Column } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Owner } from '../billing-account/billing-account.ts';
import { changeError } from '../company/check-status.ts';
import { statusRules } from '../company/company-status.ts';
import type { CompanyStatus } from '../company/company.ts';
import type { FieldError } from '../form/parse-values.ts';
import { displayName } from '../user/user.ts';

/** A user or a company, with what staff keep about it: notes, documents and history. */
export interface RecordRef {
  type: 'user' | 'company';
  id: string;
}

export type NamedRecord = RecordRef & {
  name: string;
  /** Null of a user. */
  status: CompanyStatus | null;
};

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
    ? selectRow(db.visible('users').where({ id, audience: 'customer' }), {
        ...pick('users', 'id', 'name', 'email'),
        status: db.raw<CompanyStatus | null>('null'),
      })
    : selectRow(db.visible('companies').where({ id }), {
        ...pick('companies', 'id', 'name'),
        status: column('companies', 'status') as Column<CompanyStatus | null>,
        email: db.raw<string>(`''`),
      });
}

/** @throws {NotFound} */
export function namedRecord(
  { type }: RecordRef,
  row: { id: string; name: string; email: string | null; status: CompanyStatus | null } | undefined,
): NamedRecord {
  const { id, status, ...names } = found(row);
  return { type, id, name: displayName(names), status };
}

export function mayChange({ status }: Pick<NamedRecord, 'status'>): boolean {
  return status === null || statusRules[status].may_change;
}

/** Why nothing of the record is changed. Call it after locking the record. */
export function recordError({ name, status }: NamedRecord): FieldError | undefined {
  return status === null ? undefined : changeError({ name, status }, 'record');
}

/** Locks the row, so that what it has is counted once and its status does not change. @throws {NotFound} */
export async function lockRecord(db: TenantDb, record: RecordRef): Promise<NamedRecord> {
  return namedRecord(record, await findRecord(db, record).forNoKeyUpdate());
}
