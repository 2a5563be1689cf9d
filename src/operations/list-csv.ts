import type { CsvCell } from '../csv.ts';
import { toDecimal } from '../locales/currencies.ts';
import type { Cell, Column, CsvColumn } from './list-columns.ts';

/** The headings of times name the time zone, because spreadsheets recognise no time with an offset. */
export function csvColumns<Row>(columns: readonly Column<Row>[], time_zone: string): CsvColumn<Row>[] {
  const time = csvTimeFormat(time_zone);
  return columns.flatMap(({ heading, kind, csv, cell }) => {
    const shown: CsvColumn<Row> = {
      heading: kind === 'time' ? `${heading} (${time_zone})` : heading,
      value: (row, context) => csvValue(cell(row, context), time),
    };
    return csv ? csv(shown) : [shown];
  });
}

/** `YYYY-MM-DD HH:MM:SS`, as Swedish writes it. */
function csvTimeFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeStyle: 'medium', timeZone });
}

/** Money is a decimal, a day `YYYY-MM-DD`. */
function csvValue({ value, label, currency, badges }: Cell, time: Intl.DateTimeFormat): CsvCell {
  if (label !== undefined) return label;
  if (value === undefined) return badges?.map(({ text }) => text).join(', ') ?? null;
  if (typeof value === 'bigint' && currency !== undefined) return { decimal: toDecimal(value, currency) };
  if (value instanceof Date) return time.format(value);
  return typeof value === 'object' && value !== null ? value.join(', ') : value;
}
