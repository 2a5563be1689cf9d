import { Router, type Request } from 'express';
import type { CsvRows } from '../../csv.ts';
import { sendCsv } from '../../documents/send-document.ts';
import { findBilling } from '../../domain/billing/billing-settings.ts';
import { readAgeing, type AgedAccount, type AgedAmounts } from '../../domain/report/ageing-report.ts';
import { flash } from '../../http/flash.ts';
import { may } from '../../http/guards.ts';
import { isCsv } from '../../http/read-list.ts';
import { seeOther } from '../../http/see-other.ts';
import { toDecimal } from '../../locales/currencies.ts';
import { customerLink } from '../money-views.ts';
import { readDay, redirectToToday } from '../report-days.ts';

const PAGE_SIZE = 100;
const MAX_PAGE = 1_000_000;

/** The heading of each column. */
const columns = {
  current_cents: 'Current',
  days_30_cents: '1–30 days',
  days_60_cents: '31–60 days',
  days_90_cents: '61–90 days',
  older_cents: 'Over 90 days',
  credit_cents: 'Credit',
  balance_cents: 'Balance',
} as const satisfies Record<keyof Omit<AgedAmounts, 'open_cents'>, string>;

const names = Object.keys(columns) as (keyof typeof columns)[];

export const ageing = Router();

ageing.get('/', may('reports.view'), async (req, res) => {
  const day = await readDay(req, res, 'as_of');
  if (!day) return;
  const number = pageNumber(req);
  const page = isCsv(req)
    ? { offset: 0, limit: null }
    : { offset: (number - 1) * PAGE_SIZE, limit: PAGE_SIZE };
  const [{ totals, accounts }, { today }] = await req.readTenant((db) => [
    readAgeing(db, day, page),
    findBilling(db),
  ]);
  if (day > today) {
    flash(req, res, 'The day is in the future and was ignored.', { kind: 'warn' });
    return redirectToToday(req, res, 'as_of');
  }
  if (isCsv(req))
    return sendCsv(
      res,
      `Ageing ${day}`,
      ['Customer', 'Currency', ...Object.values(columns)],
      csvRows(accounts),
    );
  const address = `/reports/ageing?as_of=${day}`;
  const count = totals.reduce((sum, total) => sum + total.accounts, 0);
  if (accounts.length === 0 && count > 0) return seeOther(req, res, address);
  res.page('operations/reports/ageing', {
    title: 'Ageing',
    day,
    today,
    columns: names.map((name) => ({ name, heading: columns[name] })),
    totals,
    accounts: accounts.map((account) => ({ ...account, customer: customerLink(account) })),
    count,
    csv_href: `${address}&format=csv`,
    previous: number > 1 ? `${address}&page=${number - 1}` : null,
    next: page.offset + accounts.length < count ? `${address}&page=${number + 1}` : null,
  });
});

function pageNumber(req: Request): number {
  const number = Number(req.query['page']);
  return Number.isInteger(number) && number > 0 && number <= MAX_PAGE ? number : 1;
}

function* csvRows(accounts: readonly AgedAccount[]): Generator<CsvRows> {
  for (const account of accounts) {
    const { currency } = account;
    const amounts = names.map((name) => ({ decimal: toDecimal(account[name], currency) }));
    yield [[customerLink(account).name, currency, ...amounts]];
  }
}
