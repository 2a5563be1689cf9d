import { csvLines } from '../csv.ts';
import { withoutIsolates } from '../isolate.ts';
import type { StatementDocument } from './statement-document.ts';

/** Days as `YYYY-MM-DD` and amounts as `-1234.50`, for spreadsheets of any language. */
export function statementCsv({ headings, rows, currency }: StatementDocument): string {
  const { day, text, amount, balance } = headings;
  return csvLines([
    [day, text, amount, balance, headings.currency],
    ...rows.map(({ text, values }) => [
      values.day,
      withoutIsolates(text),
      { decimal: values.amount },
      { decimal: values.balance },
      currency,
    ]),
  ]);
}
