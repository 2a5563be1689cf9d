import { hash as digest } from 'node:crypto';
import type { RowContext } from '../import/import-engine.ts';
import type { ParsedRow } from '../import/row.ts';
import { companyColumns, roleColumns } from './user-row-context.ts';

const LENGTH = 8;

const partColumns = new Set<string>([...companyColumns, ...roleColumns, 'email', 'id']);

/** A hash for each column with details, empty for an empty cell. Null if a person can have one row only. */
export function hashDetails({ columns, secretKeys }: RowContext, { values }: ParsedRow): string | null {
  if (!companyColumns.some((name) => columns.includes(name))) return null;
  const details = columns.filter((column) => !partColumns.has(column));
  return details
    .map((column) => (values[column] == null ? '' : hash(secretKeys[0] ?? '', values[column])))
    .join(',');
}

/** Keyed, because the values may be secret. */
function hash(key: string, value: unknown): string {
  return digest('sha256', `${key} ${JSON.stringify(value)}`).slice(0, LENGTH);
}

export function isSameOrEmpty(earlier: string | null, later: string | null): boolean {
  const known = earlier?.split(',') ?? [];
  return (later?.split(',') ?? []).every((each, index) => each === '' || each === known[index]);
}
