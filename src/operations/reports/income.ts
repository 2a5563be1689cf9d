import { Router } from 'express';
import type { CsvCell } from '../../csv.ts';
import { sendCsv } from '../../documents/send-document.ts';
import { readIncome, type MonthlyIncome } from '../../domain/report/income-report.ts';
import { lastTwelveMonths } from '../../domain/report/period.ts';
import { groupBy } from '../../group-by.ts';
import { may } from '../../http/guards.ts';
import { isCsv } from '../../http/read-list.ts';
import { localeOf } from '../../http/render-page.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { chartOf } from '../chart.ts';
import { readPeriod } from '../report-days.ts';

export const income = Router();

income.get('/', may('reports.view'), async (req, res) => {
  const period = await readPeriod(req, res, lastTwelveMonths);
  if (!period) return;
  const [months] = await req.readTenant((db) => [readIncome(db, period)]);
  const { from, to } = period;
  if (isCsv(req)) {
    const headings = ['Month', 'Currency', 'Charged', 'Taken back', 'Income'];
    return sendCsv(res, `Income ${from} ${to}`, headings, [months.map(csvRow)]);
  }
  const long = new Intl.DateTimeFormat(localeOf(req), { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const short = new Intl.DateTimeFormat(localeOf(req), { month: 'short', timeZone: 'UTC' });
  res.page('operations/reports/income', {
    title: 'Income',
    from,
    to,
    currencies: [...groupBy(months, ({ currency }) => currency)].map(([currency, own]) => ({
      currency,
      months: own.map((month) => ({
        ...month,
        name: long.format(new Date(month.month)),
        short: short.format(new Date(month.month)),
      })),
      total: totalOf(own),
      chart: chartOf(own.map(({ income_cents }) => income_cents)),
    })),
    csv_href: `/reports/income?from=${from}&to=${to}&format=csv`,
  });
});

function csvRow({
  month,
  currency,
  charged_cents,
  taken_back_cents,
  income_cents,
}: MonthlyIncome): CsvCell[] {
  const amounts = [charged_cents, taken_back_cents, income_cents];
  return [
    month.slice(0, 7),
    currency,
    ...amounts.map((amount) => ({ decimal: toDecimal(amount, currency) })),
  ];
}

function totalOf(months: readonly MonthlyIncome[]) {
  const sumOf = (name: 'charged_cents' | 'taken_back_cents' | 'income_cents') =>
    months.reduce((sum, month) => sum + month[name], 0n);
  return {
    charged_cents: sumOf('charged_cents'),
    taken_back_cents: sumOf('taken_back_cents'),
    income_cents: sumOf('income_cents'),
  };
}
