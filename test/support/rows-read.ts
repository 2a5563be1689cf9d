import type pg from 'pg';
import type { TestPortal } from './portal.ts';

/** Runs `work` as the web process does, in a transaction of the tenant. */
export async function readAsTenant<Result>(
  { database }: Pick<TestPortal, 'database'>,
  tenantId: string,
  work: (client: pg.ClientBase) => Promise<Result>,
): Promise<Result> {
  const client = await database.app.connect();
  try {
    await client.query('begin');
    await client.query(`set local app.tenant_id = '${tenantId}'`);
    return await work(client);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

/** The rows of a table and its partitions that `work` reads, also in functions, before they are filtered. */
export async function countRowsRead(
  client: pg.ClientBase,
  table: string,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = await rowsRead(client, table);
  await work();
  return (await rowsRead(client, table)) - before;
}

async function rowsRead(client: pg.ClientBase, table: string): Promise<number> {
  const { rows } = await client.query<{ read: number }>(
    `select coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::int as read from pg_stat_xact_all_tables
     where schemaname = 'app' and (relname = $1 or relname ~ ('^' || $1 || '_[0-9]+$'))`,
    [table],
  );
  return rows[0]!.read;
}
