import { inTenant, readTenant } from '../src/database/in-tenant.ts';
import type { TenantDb } from '../src/database/tenant-db.ts';
import { createCompany, createTenant } from '../test/support/factories.ts';
import { startBenchPortal } from './support/portal.ts';
import { interleaved, median, ratio } from './support/rounds.ts';
import { rounded, times, type Answer } from './support/table.ts';

const ROUNDS = 7;
const READS = 300;

const firstPage = (db: TenantDb) => db.from('companies').orderBy('name_norm').limit(25).select('id', 'name');
const oneOf = (db: TenantDb, id: string) => db.from('companies').where({ id }).first('id', 'name');

/** Is a read in one round trip worth its own function? */
export async function ask(): Promise<Answer> {
  const portal = await startBenchPortal();
  try {
    const { database } = portal;
    const tenant = await createTenant(portal);
    const { id } = await createCompany(portal, tenant);
    for (let n = 0; n < 30; n++) await createCompany(portal, tenant);

    const ways = {
      transaction: () =>
        inTenant(database, tenant.id, async (db) => [await firstPage(db), await oneOf(db, id)]),
      pipeline: () => readTenant(database, tenant.id, (db) => [firstPage(db), oneOf(db, id)]),
    };
    const measured = await interleaved(ROUNDS, {
      'knex.transaction, one at a time': () => microseconds(ways.transaction, 1),
      'readTenant, one at a time': () => microseconds(ways.pipeline, 1),
      'knex.transaction, ten at once': () => microseconds(ways.transaction, 10),
      'readTenant, ten at once': () => microseconds(ways.pipeline, 10),
    });
    const rows = Object.entries(measured).map(([name, values]) => {
      const reference = measured[`knex.transaction, ${name.split(', ')[1]}` as keyof typeof measured];
      return [name, rounded(median(values)), times(ratio(values, reference))];
    });
    return { about: 'the same two selects of one tenant', columns: ['way', 'µs a read', 'ratio'], rows };
  } finally {
    await portal.close();
  }
}

async function microseconds(read: () => Promise<unknown>, atOnce: number): Promise<number> {
  const begun = performance.now();
  const lane = async () => {
    for (let n = 0; n < READS / atOnce; n++) await read();
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return ((performance.now() - begun) * 1000) / READS;
}
