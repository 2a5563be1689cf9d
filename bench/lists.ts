import type { TestTenant } from '../test/support/factories.ts';
import type { Bench } from './support/bench.ts';
import { logInStaff, type Client } from './support/client.ts';
import { listPages } from './support/list-pages.ts';
import { enableAutoExplain, listLargeScans, recordPlans } from './support/postgres-log.ts';
import { atMost, formatNumber, formatSamples, type JobResult } from './support/results.ts';
import { median, percentile } from './support/statistics.ts';

const SHOWN_PAGES = 10;

interface MeasuredPage {
  path: string;
  large: number[];
  small: number[];
}

/** The latency of every combination of filters of the lists, in a large and in a small tenant. */
export async function lists(bench: Bench): Promise<JobResult> {
  const tenants = { large: await bench.largeTenant(), small: await bench.smallTenant() };
  const portal = await bench.startPortal({}, { profile: 'lists' });
  try {
    const large = await logInStaff(bench, portal, tenants.large);
    const small = await logInStaff(bench, portal, tenants.small);
    const pages = await pairPages(bench, tenants, { large, small });
    for (let round = 0; round <= bench.rounds; round++) {
      for (const page of pages) {
        const latencies = {
          large: await latency(large, page.large.path),
          small: await latency(small, page.small.path),
        };
        // The first round reads the rows into the cache.
        if (round === 0) continue;
        page.large.samples.push(latencies.large);
        page.small.samples.push(latencies.small);
      }
    }
    const measured = pages
      .map((page) => ({ path: page.large.path, large: page.large.samples, small: page.small.samples }))
      .toSorted((a, b) => median(b.large) - median(a.large));
    await enableAutoExplain(bench);
    return await toResult(bench, large, measured);
  } finally {
    await portal.stop();
  }
}

type Sized<Value> = Record<'large' | 'small', Value>;

async function pairPages(bench: Bench, tenants: Sized<TestTenant>, clients: Sized<Client>) {
  const paths = {
    large: await listPages(clients.large, await anyCompany(bench, tenants.large)),
    small: await listPages(clients.small, await anyCompany(bench, tenants.small)),
  };
  return paths.large.map((path, n) => ({
    large: { path, samples: [] as number[] },
    small: { path: paths.small[n]!, samples: [] as number[] },
  }));
}

async function anyCompany({ owner }: Bench, tenant: TestTenant): Promise<string> {
  const { rows } = await owner.query<{ company_id: string }>(
    'select company_id from memberships where tenant_id = $1 limit 1',
    [tenant.id],
  );
  return rows[0]!.company_id;
}

async function latency(client: Client, path: string): Promise<number> {
  const { status, ms } = await client.get(path);
  // An error page counts as measured, because it came after a timeout.
  if (status !== 200 && status !== 503) throw new Error(`${path} returned status ${status}`);
  return ms;
}

async function toResult(bench: Bench, client: Client, pages: readonly MeasuredPage[]): Promise<JobResult> {
  const slowest = pages[0]!;
  const row = (name: string, size: 'large' | 'small') => {
    const medians = pages.map((page) => median(page[size]));
    return [name, ...[50, 95, 99, 100].map((percent) => formatNumber(percentile(medians, percent)))];
  };
  const notes = [];
  for (const { path, large, small } of pages.slice(0, SHOWN_PAGES)) {
    const scans = await findLargeScans(bench, client, path);
    notes.push(
      [
        `\`${path}\`: ${formatSamples(large)} ms, in the small tenant ${formatSamples(small)} ms`,
        ...scans,
      ].join('; '),
    );
  }
  return {
    title: `${pages.length} pages of lists (all combinations of filters and orders), medians of each page in milliseconds`,
    figures: [
      {
        name: 'slowest list page of the large tenant',
        unit: 'ms',
        samples: slowest.large,
        goal: atMost(150, 80),
      },
    ],
    columns: ['tenant', 'p50', 'p95', 'p99', 'max'],
    rows: [row('large', 'large'), row('1,000 users', 'small')],
    notes,
  };
}

async function findLargeScans(bench: Bench, client: Client, path: string): Promise<string[]> {
  await client.get(path);
  const plans = await recordPlans(bench, () => client.get(path));
  if (process.env['PLANS']) console.log(path, JSON.stringify(plans, null, 1));
  return plans.flatMap((statement) => listLargeScans(statement));
}
