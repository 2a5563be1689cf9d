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

/** SQL: the codes of the reasons for the row of the alias. */
export function reasonsSql(references: References, alias: string): string {
  const cases = Object.entries(references).flatMap(([reference, reason]) => {
    const [table, column] = reference.split('.');
    if (reason === null) return [];
    return `case when exists (select from ${table} x where x.tenant_id = ${alias}.tenant_id and x.${column} = ${alias}.id)
      then '${reason.code}' end`;
  });
  return `array_remove(array[${cases.join(', ')}]::text[], null)`;
}
