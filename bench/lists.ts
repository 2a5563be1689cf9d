import type { TestTenant } from '../test/support/factories.ts';
import type { Bench } from './support/bench.ts';
import { logInStaff, type Client } from './support/client.ts';
import { listPages } from './support/list-pages.ts';
import { enableAutoExplain, listLargeScans, logSlowStatements, recordPlans } from './support/postgres-log.ts';
import { atMost, formatNumber, formatSamples, type JobResult } from './support/results.ts';
import { median, percentile } from './support/statistics.ts';

const SHOWN_PAGES = 10;
const MAX_STATEMENT_MS = 150;

interface MeasuredPage {
  path: string;
  large: number[];
  small: number[];
}

/** The latency of the pages of every list, in a large and in a small tenant beside 1,000 others. */
export async function lists(bench: Bench): Promise<JobResult> {
  await bench.addOtherTenants();
  const tenants = { large: await bench.largeTenant(), small: await bench.smallTenant() };
  const portal = await bench.startPortal({}, { profile: 'lists' });
  try {
    const large = await logInStaff(bench, portal, tenants.large);
    const small = await logInStaff(bench, portal, tenants.small);
    await addTasks(bench, tenants);
    const pages = await pairPages(bench, tenants, { large, small });
    const slowStatements = await logSlowStatements(bench, MAX_STATEMENT_MS);
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
    const slow = slowStatements();
    await enableAutoExplain(bench);
    return await toResult(bench, large, measured, slow);
  } finally {
    await portal.stop();
  }
}

type Sized<Value> = Record<'large' | 'small', Value>;

async function pairPages(bench: Bench, tenants: Sized<TestTenant>, clients: Sized<Client>) {
  const paths = {
    large: await listPages(bench, clients.large, tenants.large),
    small: await listPages(bench, clients.small, tenants.small),
  };
  return paths.large.map((path, n) => ({
    large: { path, samples: [] as number[] },
    small: { path: paths.small[n]!, samples: [] as number[] },
  }));
}

async function latency(client: Client, path: string): Promise<number> {
  const { status, ms } = await client.get(path);
  // An error page counts as measured, because it came after a timeout.
  if (status !== 200 && status !== 503) throw new Error(`${path} returned status ${status}`);
  return ms;
}

/** Of the members of staff that are logged in. */
async function addTasks({ owner }: Bench, tenants: Sized<TestTenant>): Promise<void> {
  await owner.query(
    `insert into tasks (tenant_id, id, kind, input, state, requested_by, finished_at)
     select u.tenant_id, gen_random_uuid(), 'export', '{}', 'done', u.id, now()
     from users u cross join generate_series(1, 1000)
     where u.tenant_id = any($1) and u.audience = 'staff' and u.last_login_at is not null`,
    [[tenants.large.id, tenants.small.id]],
  );
}

async function toResult(
  bench: Bench,
  client: Client,
  pages: readonly MeasuredPage[],
  slow: readonly string[],
): Promise<JobResult> {
  const ratios = pages
    .map((page) => ({ path: page.path, ratio: median(page.large) / median(page.small) }))
    .toSorted((a, b) => b.ratio - a.ratio);
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
  const highest = ratios.slice(0, SHOWN_PAGES).map(({ path, ratio }) => `\`${path}\` ${formatNumber(ratio)}`);
  notes.push(`The highest ratios to the small tenant: ${highest.join(', ')}.`);
  for (const statement of slow.slice(0, SHOWN_PAGES))
    notes.push(`Above ${MAX_STATEMENT_MS} ms: ${statement}`);
  return {
    title: `${pages.length} pages of lists, medians of each page in milliseconds`,
    figures: [
      {
        name: 'list pages of the large tenant, p50 relative to the small tenant',
        unit: '',
        samples: [
          percentile(
            ratios.map(({ ratio }) => ratio),
            50,
          ),
        ],
        goal: atMost(2.5, 1.5),
      },
      {
        name: 'list pages of the large tenant, p95',
        unit: 'ms',
        samples: [
          percentile(
            pages.flatMap((page) => page.large),
            95,
          ),
        ],
        goal: atMost(80, 40),
      },
      {
        name: `statements of list pages above ${MAX_STATEMENT_MS} ms`,
        unit: '',
        samples: [slow.length],
        goal: atMost(0, 0),
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
