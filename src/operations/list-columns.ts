import type { CsvCell } from '../csv.ts';
import type { ChangeLine } from '../domain/audit/audit.ts';
import type { ExportContext } from '../domain/export/export.ts';
import type { StaffPermission } from '../domain/role/permissions.ts';
import type { Badge } from './badges.ts';

export type ColumnKind = 'text' | 'names' | 'number' | 'money' | 'date' | 'time';

type CellValue = string | number | bigint | Date | readonly string[] | null;

export type ListContext = ExportContext;

export interface Cell {
  /** Formatted by the kind of the column. Null is shown as a dash, and not on a phone. */
  value?: CellValue | undefined;
  /** English, in place of the value. */
  label?: string;
  params?: Readonly<Record<string, string | number>>;
  /** For money. */
  currency?: string;
  /** For a number: the number of all. */
  of?: number | null;
  /** Shows the value as a badge. */
  tone?: Badge['tone'];
  href?: string | null;
  is_button?: boolean;
  badges?: readonly Badge[];
  /** The value of `names` as badges, whose tone is a class name. */
  labels?: readonly { name: string; tone: string }[];
  /** A second line. */
  sub?: string | null;
  /** English, a second line. */
  sub_label?: string | null;
  sub_params?: Readonly<Record<string, string>>;
  lines?: readonly ChangeLine[];
  are_lines_erased?: boolean;
  /** The normal state, which is not shown on a phone. */
  is_usual?: boolean;
  /** For a link whose text does not name the row: a hidden text that does, or the id of the element that does. */
  about?: string;
  id?: string;
  described_by?: string;
}

export interface CsvColumn<Row> {
  heading: string;
  value(this: void, row: Row, context: ListContext): CsvCell;
}

/** A column of the page and of the file. */
export interface Column<Row> {
  name: string;
  heading: string;
  is_heading_hidden?: boolean;
  /** The heading is data, not an English text. */
  is_title?: boolean;
  /** English, read with the heading by screen readers. */
  heading_note?: string;
  kind?: ColumnKind;
  /** The name of an order. */
  sort?: string;
  permission?: StaffPermission;
  /** The page masks the values, and the file has them. */
  is_secret?: boolean;
  /** Shown only when it is chosen. */
  is_extra?: boolean;
  /** On a page where no row has a value, unless it is chosen. */
  is_left_out_when_empty?: boolean;
  /** Class names in place of those of the kind. */
  look?: string;
  /** English, for null. */
  none?: string;
  /** Of `names`: how many are shown, and whether they are translated. */
  most?: number;
  are_labels?: boolean;
  /** Of a time: only the day, or how long ago. */
  is_day?: boolean;
  is_relative?: boolean;
  cell(this: void, row: Row, context: ListContext): Cell;
  /** Of the file, if they are not one column with the value of the cell. */
  csv?(this: void, shown: CsvColumn<Row>): readonly CsvColumn<Row>[];
}

const classes: Record<ColumnKind, string> = {
  text: '',
  names: 'clip',
  number: 'num',
  money: 'num',
  date: 'nowrap',
  time: 'num',
};

export function permittedColumns<Row>(
  columns: readonly Column<Row>[],
  { can }: ListContext,
): readonly Column<Row>[] {
  return columns.filter(({ permission }) => permission === undefined || can(permission));
}

/** The locals of the component `listTable`. */
export function tableOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[], context: ListContext) {
  return {
    columns: columns.map(({ cell: _cell, csv: _csv, look, kind = 'text', ...column }) => ({
      ...column,
      kind,
      look: look ?? classes[kind],
    })),
    rows: rows.map((row) => columns.map(({ cell }) => cell(row, context))),
  };
}

interface CustomerLink {
  name: string;
  href: string;
  permission: string;
}

/** Who owes: a company or a person, with a link if the viewer may open it. */
export function customerColumn<Row>(customerOf: (row: Row) => CustomerLink): Column<Row> {
  return {
    name: 'customer',
    heading: 'Customer',
    look: 'clip',
    cell: (row, { can }) => {
      const { name, href, permission } = customerOf(row);
      return { value: name, href: can(permission) ? href : null };
    },
  };
}
