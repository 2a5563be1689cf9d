import { Router } from 'express';
import type { CsvCell } from '../../csv.ts';
import { sendCsv } from '../../documents/send-document.ts';
import { lastMonth } from '../../domain/report/period.ts';
import { readTaxReport, type TaxedSums, type TaxRow } from '../../domain/report/tax-report.ts';
import { toPercent } from '../../domain/tax-rate/tax-rate.ts';
import { may } from '../../http/guards.ts';
import { isCsv } from '../../http/read-list.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { readPeriod } from '../report-days.ts';

/** The heading of each column. */
const columns = {
  charged_cents: 'Charged',
  credited_cents: 'Credit notes',
  deleted_cents: 'Deleted',
  net_cents: 'Net',
  tax_cents: 'Tax',
  gross_cents: 'Gross',
} as const satisfies Record<keyof TaxedSums, string>;

const names = Object.keys(columns) as (keyof TaxedSums)[];

export const tax = Router();

tax.get('/', may('reports.view'), async (req, res) => {
  const period = await readPeriod(req, res, lastMonth);
  if (!period) return;
  const [{ rows, totals }] = await req.readTenant((db) => [readTaxReport(db, period)]);
  const { from, to } = period;
  if (isCsv(req)) {
    const headings = ['Code', 'Name', 'Rate', 'Currency', ...Object.values(columns)];
    return sendCsv(res, `Tax ${from} ${to}`, headings, [rows.map(csvRow)]);
  }
  res.page('operations/reports/tax', {
    title: 'Tax',
    from,
    to,
    columns: names.map((name) => ({ name, heading: columns[name] })),
    rows: rows.map((row) => ({ ...row, title: titleOf(row) })),
    totals,
    csv_href: `/reports/tax?from=${from}&to=${to}&format=csv`,
  });
});

function titleOf({ rate, is_kept_deposits }: TaxRow): string {
  if (rate) return `${rate.name} (${toPercent(rate.rate_ppm)} %)`;
  return is_kept_deposits ? 'Kept deposits' : 'No tax';
}

function csvRow(row: TaxRow): CsvCell[] {
  const { rate, currency } = row;
  const amounts = names.map((name) => ({ decimal: toDecimal(row[name], currency) }));
  const texts = rate ? [rate.code, rate.name, toPercent(rate.rate_ppm)] : ['', titleOf(row), ''];
  return [...texts, currency, ...amounts];
}
