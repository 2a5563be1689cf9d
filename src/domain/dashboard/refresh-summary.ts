import { pick, selectRows } from '../../database/columns.ts';
import type { TenantAccess } from '../../database/in-tenant.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { Forbidden } from '../../errors.ts';
import { getBilling } from '../billing/billing-settings.ts';
import { dayInMonth, monthNumber, type CivilDate } from '../billing/civil-date.ts';
import { readAgeing } from '../report/ageing-report.ts';
import { readIncome, type MonthlyIncome } from '../report/income-report.ts';
import { lastTwelveMonths, type Period } from '../report/period.ts';
import { occupancy, type Occupancy } from '../site/site-queries.ts';
import { formatFigures, type DashboardFigures } from './dashboard-figures.ts';

const MAX_SITES = 20;

/**
 * Calculates the figures of every company and site. Returns false if the last refresh started less than `minSeconds`
 * ago. Reads outside of the transaction that stores, because a large tenant takes seconds.
 *
 * @throws {Forbidden} for a viewer who does not see every company
 */
export async function refreshSummary(tenant: TenantAccess, minSeconds: number): Promise<boolean> {
  const started = await tenant.inTenant((db) => startRefresh(db, minSeconds));
  if (!started) return false;
  const figures = await readFigures(tenant, started.today);
  await tenant.inTenant(async (db) => {
    const values = { figures: formatFigures(figures), refreshed_at: started.now };
    await db.from('dashboard_summaries').update(values);
  });
  return true;
}

async function startRefresh(db: TenantDb, minSeconds: number) {
  if (db.viewer.scope.kind !== 'all') throw new Forbidden();
  const { now, today } = await getBilling(db);
  const latest = new Date(now.getTime() - minSeconds * 1000);
  const { rows } = await db.raw<{ rows: unknown[] }>(
    `insert into dashboard_summaries (tenant_id, started_at) values (?, ?)
     on conflict (tenant_id) do update set started_at = excluded.started_at
       where dashboard_summaries.started_at <= ?
     returning tenant_id`,
    [db.tenantId, now, latest],
  );
  return rows.length > 0 ? { now, today } : undefined;
}

async function readFigures(tenant: TenantAccess, today: CivilDate): Promise<DashboardFigures> {
  const period = lastTwelveMonths(today);
  const [sites, ageing, income] = await tenant.readTenant((db) => [
    readSites(db),
    readAgeing(db, today, { offset: 0, limit: 0 }),
    readIncome(db, period),
  ]);
  return {
    occupancy: sumOf(sites.map((site) => site.occupancy)),
    site_count: sites.length,
    sites: sites.toSorted((one, other) => other.occupancy.units - one.occupancy.units).slice(0, MAX_SITES),
    receivables: ageing.totals,
    income: withEachMonth(period, income),
  };
}

function readSites(db: TenantDb) {
  const sites = db.from('sites as s').where('s.status', 'active').orderBy('s.name_norm');
  return selectRows(sites, { ...pick('sites as s', 'id', 'name'), occupancy: occupancy(db, 's') });
}

function sumOf(sites: readonly Occupancy[]): Occupancy {
  const sum = (name: keyof Occupancy) => sites.reduce((total, site) => total + site[name], 0);
  return {
    units: sum('units'),
    occupied: sum('occupied'),
    reserved: sum('reserved'),
    available: sum('available'),
    blocked: sum('blocked'),
  };
}

function withEachMonth({ from, to }: Period, income: readonly MonthlyIncome[]): DashboardFigures['income'] {
  const [first, last] = [monthNumber(from), monthNumber(to)];
  const months = Array.from({ length: last - first + 1 }, (_, n) => dayInMonth(first + n, 1));
  return [...new Set(income.map(({ currency }) => currency))].flatMap((currency) =>
    months.map((month) => {
      const found = income.find((each) => each.currency === currency && each.month === month);
      return { currency, month, income_cents: found?.income_cents ?? 0n };
    }),
  );
}
