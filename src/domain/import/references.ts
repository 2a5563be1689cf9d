import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { RowReason } from './row.ts';

export const hasMoney = { code: 'undo_has_money' } as const satisfies RowReason;
export const hasLogin = { code: 'undo_has_login' } as const satisfies RowReason;
export const hasRecords = { code: 'undo_has_records' } as const satisfies RowReason;

/**
 * Every column with a foreign key to a table, and why a row to which it refers is not deleted by the undo of an import.
 * Null for what is deleted or undone before.
 */
export type References = Readonly<
  Record<string, typeof hasMoney | typeof hasLogin | typeof hasRecords | null>
>;

/** The codes of the reasons for the row of the alias. */
export function reasonsToKeep(
  db: TenantDb,
  references: References,
  alias: string,
): Knex.Raw<RowReason['code'][]> {
  const reasons = Object.values(references).filter((reason) => reason !== null);
  return db.raw(
    reasonsSql(references, alias, '?'),
    reasons.map(() => db.tenantId),
  );
}

/** SQL, with an expression for the id of the tenant. */
export function reasonsSql(references: References, alias: string, tenant: string): string {
  const cases = Object.entries(references).flatMap(([reference, reason]) => {
    const [table, column] = reference.split('.');
    if (reason === null) return [];
    return `case when exists (select from ${table} x where x.tenant_id = ${tenant} and x.${column} = ${alias}.id)
      then '${reason.code}' end`;
  });
  return `array_remove(array[${cases.join(', ')}]::text[], null)`;
}
