import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import type { CellParser } from './cells.ts';
import type { ImportMode } from './import-kind.ts';
import type { ImportOptions } from './import.ts';
import type { EarlierRow, ParsedRow, RowPlan, UndoableRow, Verdict, WrittenRow } from './row.ts';

export interface RowContext {
  import_id: string;
  actor: Actor;
  mode: ImportMode;
  key: string;
  /** The names of the columns that are imported. */
  columns: readonly string[];
  options: ImportOptions;
  secretKeys: readonly string[];
}

/** How the rows of a kind are checked, written and undone. Each method takes a batch and runs in its transaction. */
export interface RowKind {
  /** Reads what every batch needs. */
  open(db: TenantDb, context: RowContext): Promise<OpenRows>;
}

export interface OpenRows<Plan extends RowPlan = RowPlan> {
  /** By the names of columns. */
  parsers: Readonly<Record<string, CellParser>>;
  /** What identifies the record of a row without errors. */
  keyOf(row: ParsedRow): string | null;
  /**
   * Compares the rows with the stored ones, which are locked if the plan will be written. `earlier` are rows of the file
   * before the batch with the keys of rows of the batch.
   */
  plan(
    db: TenantDb,
    rows: readonly ParsedRow[],
    options: { earlier: readonly EarlierRow[]; ids: ReadonlyMap<number, string>; lock: boolean },
  ): Promise<Plan[]>;
  /**
   * After all rows are checked: refuses those that refer to a row of the file that will not be written. Returns how many
   * there are of each verdict.
   */
  settle?(db: TenantDb): Promise<ReadonlyMap<Verdict, number>>;
  /** Writes plans without errors, with the audit events. */
  write(db: TenantDb, plans: readonly Plan[]): Promise<WrittenRow[]>;
  undo(db: TenantDb, rows: readonly UndoableRow[]): Promise<WrittenRow[]>;
}

/** Commands may do everything. */
export function isPermitted({ actor }: RowContext, permission: string): boolean {
  return actor.kind !== 'staff' || actor.permissions.has(permission);
}
