import { inTenant, readTenant } from '../src/database/in-tenant.ts';
import type { TenantDb } from '../src/database/tenant-db.ts';
import { createCompany, createTenant } from '../test/support/factories.ts';
import { startBenchPortal } from './support/portal.ts';
import {
  formatNumber,
  formatRatio,
  interleavedSamples,
  median,
  medianRatio,
  type BenchmarkResult,
} from './support/results.ts';

const SAMPLES = 7;
const READS = 300;

const firstPage = (db: TenantDb) => db.from('companies').orderBy('name_norm').limit(25).select('id', 'name');
const oneCompany = (db: TenantDb, id: string) => db.from('companies').where({ id }).first('id', 'name');

/** Compares two selects in one round trip with the same selects in a transaction that waits for each. */
export async function run(): Promise<BenchmarkResult> {
  const portal = await startBenchPortal();
  try {
    const { database } = portal;
    const tenant = await createTenant(portal);
    const { id } = await createCompany(portal, tenant);
    for (let n = 0; n < 30; n++) await createCompany(portal, tenant);

    const transaction = () =>
      inTenant(database, tenant.id, async (db) => [await firstPage(db), await oneCompany(db, id)]);
    const pipeline = () => readTenant(database, tenant.id, (db) => [firstPage(db), oneCompany(db, id)]);
    const samples = await interleavedSamples(SAMPLES, {
      'inTenant, concurrency 1': () => microseconds(transaction, 1),
      'readTenant, concurrency 1': () => microseconds(pipeline, 1),
      'inTenant, concurrency 10': () => microseconds(transaction, 10),
      'readTenant, concurrency 10': () => microseconds(pipeline, 10),
    });
    const rows = Object.entries(samples).map(([name, values]) => {
      const reference = samples[`inTenant, ${name.split(', ')[1]}` as keyof typeof samples];
      return [name, formatNumber(median(values)), formatRatio(medianRatio(values, reference))];
    });
    return {
      title: 'the same two selects of one tenant',
      columns: ['method', 'µs per read', 'ratio'],
      rows,
    };
  } finally {
    await portal.close();
  }
}

async function microseconds(read: () => Promise<unknown>, concurrency: number): Promise<number> {
  const startedAt = performance.now();
  const readSequentially = async () => {
    for (let n = 0; n < READS / concurrency; n++) await read();
  };
  await Promise.all(Array.from({ length: concurrency }, readSequentially));
  return ((performance.now() - startedAt) * 1000) / READS;
}
