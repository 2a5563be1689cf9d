import type { ErrorCode } from '../../locales/error-texts.ts';
import type { Changes } from '../audit/audit.ts';
import type { Row } from '../../database/tables.ts';

/** What the check has found that the import would do. */
export type Verdict = Row<'import_rows'>['verdict'];

export const verdicts: readonly Verdict[] = ['create', 'update', 'unchanged', 'error'];

/** What the import or its undo did. Undo skips rows that were changed since. */
export type RowResult = 'created' | 'updated' | 'failed' | 'equal' | 'undone' | 'skipped';

export interface RowError {
  /** The name of the column of the kind. Empty for the whole row. */
  column: string;
  /** As in the file, shortened. Empty for a secret. */
  value: string;
  code: ErrorCode;
  params?: Record<string, string | number>;
}

/** Of a whole row. */
export type RowReason = Pick<RowError, 'code'>;

/** A row of the file whose cells are parsed. */
export interface ParsedRow {
  line: number;
  /** By the names of columns, without empty cells: null for one that clears the stored value. */
  values: Readonly<Record<string, unknown>>;
  errors: readonly RowError[];
  /** The cells of the file, for errors. */
  cells: Readonly<Record<string, string>>;
}

/** What one row would do, or does. */
export interface RowPlan {
  line: number;
  errors: readonly RowError[];
  verdict: Verdict;
  key_norm: string | null;
  part_norm: string | null;
  detail_hashes: string | null;
  target_id: string | null;
  target_name: string;
  target_version: number | null;
  changes: Changes;
  /** Of a stored record: what the row changes beside the versioned record. Company and roles must not differ after the check. */
  part_changes?: Readonly<Record<string, unknown>>;
  /** Of a new record: values that the file does not have. */
  derived?: Changes;
}

/** An earlier row of the file. */
export type EarlierRow = Pick<
  Row<'import_rows'>,
  'line' | 'key_norm' | 'part_norm' | 'detail_hashes' | 'target_id' | 'target_name'
>;

export interface WrittenRow {
  line: number;
  result: RowResult;
  errors: readonly RowError[];
  target_version: number | null;
  undo: unknown;
}

/** A row that the import wrote, to be undone. */
export type UndoableRow = Pick<
  Row<'import_rows'>,
  'line' | 'target_id' | 'target_name' | 'target_version' | 'undo'
> & { result: 'created' | 'updated' };
