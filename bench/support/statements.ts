import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { BenchPortal } from './portal.ts';

const TIMES = 20;

/** How many statements a page sends, by the database's own log. */
export async function statementsOf(portal: BenchPortal, visit: () => Promise<unknown>): Promise<number> {
  await logStatements(portal, 'all');
  const counts: number[] = [];
  // The tenant's directory looks again every ten seconds; the fewest of three are the page's own.
  for (let round = 0; round < 3; round++) {
    await visit();
    const before = await logged(portal);
    for (let n = 0; n < TIMES; n++) await visit();
    counts.push(((await logged(portal)) - before) / TIMES);
  }
  await logStatements(portal, 'none');
  return Math.min(...counts);
}

async function logStatements({ owner }: BenchPortal, which: 'all' | 'none'): Promise<void> {
  await owner.query(`alter role app_rw set log_statement = '${which}'`);
  await owner.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app_rw'`);
  await pause(300);
}

async function logged({ postgresLog }: BenchPortal): Promise<number> {
  await pause(200);
  const log = existsSync(postgresLog) ? readFileSync(postgresLog, 'utf8') : '';
  return log.match(/LOG: {2}(statement|execute [^:]*):/g)?.length ?? 0;
}
