import { tables, type Row } from '../../database/tables.ts';

export const importStates = tables.imports.state;
export type ImportState = Row<'imports'>['state'];

/** For each heading of the file, in order: the name of the column of the kind, or null for one that is not imported. */
export type ImportMapping = readonly (string | null)[];

export const dateOrders = ['ymd', 'dmy', 'mdy'] as const;
export type DateOrder = (typeof dateOrders)[number];

/** How the values of a file are written. A date of year, month and day is understood in each order. */
export interface ImportOptions {
  date_order: DateOrder;
  has_decimal_comma: boolean;
  /** Empty cells clear the values of optional columns. */
  clears_empty?: boolean;
}

export const MAX_IMPORT_BYTES = 500_000_000;
