import { Router, type Request } from 'express';
import { MAX_COUNT } from '../database/paginate.ts';
import type { DashboardFigures } from '../domain/dashboard/dashboard-figures.ts';
import { countWaiting, findSummary, type DashboardSummary } from '../domain/dashboard/dashboard-queries.ts';
import { refreshSummary } from '../domain/dashboard/refresh-summary.ts';
import { groupBy } from '../group-by.ts';
import { flash } from '../http/flash.ts';
import { may } from '../http/guards.ts';
import { localeOf } from '../http/render-page.ts';
import { seeOther } from '../http/see-other.ts';
import { formatters } from '../locales/locales.ts';
import { chartOf } from './chart.ts';
import { dashboardPermissions } from './start-path.ts';

/** So that many clicks do not load the database. */
const MIN_SECONDS = 60;

export const dashboard = Router();

dashboard.get('/', may(...dashboardPermissions), async (req, res) => {
  const [summary, waiting] = await req.readTenant((db) => [findSummary(db), countWaiting(db)]);
  res.page('operations/dashboard', {
    title: 'Dashboard',
    waiting,
    max_count: MAX_COUNT,
    /** The figures are those of all companies. */
    sees_figures: req.actor.scope.kind === 'all',
    ...(summary ? summaryLocals(req, summary) : { summary: null }),
  });
});

dashboard.post('/summary', may(...dashboardPermissions), async (req, res) => {
  if (await refreshSummary(req, MIN_SECONDS)) flash(req, res, 'The figures are up to date.');
  else flash(req, res, 'The figures are less than a minute old.', { kind: 'info' });
  await seeOther(req, res, '/dashboard');
});

function summaryLocals(req: Request, { figures, refreshed_at }: DashboardSummary) {
  const { currency, time_zone } = req.tenant;
  const ownFirst = <Row extends { currency: string }>(rows: readonly Row[]) =>
    [...groupBy(rows, (row) => row.currency)].toSorted(
      ([one], [other]) => Number(other === currency) - Number(one === currency),
    );
  return {
    summary: {
      as_of: formatters(localeOf(req), time_zone).formatDateTime(refreshed_at),
      time_zone,
      occupancy: figures.occupancy,
      sites: figures.sites,
      other_sites: figures.site_count - figures.sites.length,
      receivables: ownFirst(figures.receivables).map(([, rows]) => receivablesView(rows[0]!)),
      income: ownFirst(figures.income).map(([, rows]) => incomeView(req, rows)),
    },
  };
}

/** The heading of each column. */
const ages = {
  current_cents: 'Current',
  days_30_cents: '1–30 days',
  days_60_cents: '31–60 days',
  days_90_cents: '61–90 days',
  older_cents: 'Over 90 days',
} as const;

function receivablesView(row: DashboardFigures['receivables'][number]) {
  const names = Object.keys(ages) as (keyof typeof ages)[];
  return {
    currency: row.currency,
    rows: names.map((name) => ({
      label: ages[name],
      short: ages[name].replace(' days', ''),
      cents: row[name],
    })),
    total_cents: row.open_cents,
    overdue_cents: row.open_cents - row.current_cents,
    chart: chartOf(names.map((name) => row[name])),
  };
}

function incomeView(req: Request, months: DashboardFigures['income']) {
  const locale = localeOf(req);
  const long = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const short = new Intl.DateTimeFormat(locale, { month: 'short', timeZone: 'UTC' });
  return {
    currency: months[0]!.currency,
    rows: months.map(({ month, income_cents }) => ({
      label: long.format(new Date(month)),
      short: short.format(new Date(month)),
      cents: income_cents,
    })),
    total_cents: months.reduce((sum, { income_cents }) => sum + income_cents, 0n),
    chart: chartOf(months.map(({ income_cents }) => income_cents)),
  };
}
