import { createStaff, createTenant } from '../test/support/factories.ts';
import { Client } from './support/client.ts';
import { fillTenant, vacuumTables, type TenantSize } from './support/fill-tenant.ts';
import { listPages } from './support/list-pages.ts';
import { medianLatency } from './support/page-load.ts';
import { startBenchPortal, type BenchPortal } from './support/portal.ts';
import { enableAutoExplain, listLargeScans, recordPlans } from './support/postgres-log.ts';
import {
  formatNumber,
  formatRatio,
  interleavedSamples,
  median,
  medianRatio,
  type BenchmarkResult,
} from './support/results.ts';

const SMALL: TenantSize = { users: 1_000, companies: 100, emails: 1_000, events: 1_000 };
const LARGE: TenantSize = { users: 250_000, companies: 25_000, emails: 250_000, events: 250_000 };

const SAMPLES = 3;
const REQUESTS = 15;

/** Compares the latency of the lists of a small and a large tenant, and lists the scans of many rows. */
export async function run(): Promise<BenchmarkResult> {
  const portal = await startBenchPortal();
  try {
    const small = await signInToFilledTenant(portal, SMALL);
    const large = await signInToFilledTenant(portal, LARGE);
    await vacuumTables(portal.owner);
    const paths = { small: await listPages(small), large: await listPages(large) };

    const samples = new Map<string, { small: number[]; large: number[] }>();
    for (const [name, path] of Object.entries(paths.large)) {
      const measurements = {
        small: () => medianLatency(small, paths.small[name]!, REQUESTS),
        large: () => medianLatency(large, path, REQUESTS),
      };
      samples.set(name, await interleavedSamples(SAMPLES, measurements));
    }
    await enableAutoExplain(portal);
    const rows: string[][] = [];
    const notes: string[] = [];
    for (const [name, path] of Object.entries(paths.large)) {
      const scans = await findLargeScans(portal, large, path);
      rows.push([name, ...latencyCells(samples.get(name)!), `${scans.length}`]);
      notes.push(...scans.map((scan) => `${name}: ${scan}`));
    }
    return {
      title: `the same pages of a tenant of ${LARGE.users} users and of one of ${SMALL.users}`,
      columns: ['page', 'small, p50 ms', 'large, p50 ms', 'ratio', 'large scans'],
      rows,
      notes,
    };
  } finally {
    await portal.close();
  }
}

async function signInToFilledTenant(portal: BenchPortal, size: TenantSize): Promise<Client> {
  const tenant = await createTenant(portal);
  await fillTenant(portal.owner, tenant.id, size);
  const client = new Client(portal, tenant.operations);
  await client.logIn('/login', await createStaff(portal, tenant));
  return client;
}

function latencyCells({ small, large }: { small: number[]; large: number[] }): string[] {
  return [formatNumber(median(small)), formatNumber(median(large)), formatRatio(medianRatio(large, small))];
}

async function findLargeScans(portal: BenchPortal, client: Client, path: string): Promise<string[]> {
  await client.get(path);
  const plans = await recordPlans(portal, () => client.get(path));
  if (process.env['PLANS']) console.log(path, JSON.stringify(plans, null, 1));
  return plans.flatMap((statement) => {
    const scans = listLargeScans(statement);
    return scans.length > 0 ? [`${scans.join('; ')}\n  ${toOneLine(statement['Query Text'])}`] : [];
  });
}

function toOneLine(sql: string): string {
  return sql.replace(/\s+/g, ' ').slice(0, 600);
}
