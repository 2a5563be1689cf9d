import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import type { TestTenant } from '../../test/support/factories.ts';
import type { Bench } from './bench.ts';

const TARGETS = 'select target_id from targets';

/** The rows that an import writes, in an order in which they can be inserted. */
const TABLES = [
  ['users', `t.id in (${TARGETS})`],
  ['memberships', `t.user_id in (${TARGETS})`],
  ['role_assignments', `t.user_id in (${TARGETS})`],
  ['custom_field_values_index', `t.entity_id in (${TARGETS})`],
  ['audit_events', `t.target_id in (${TARGETS})`],
  ['import_rows', 't.import_id = $import'],
] as const;

const ROUNDS = 3;

interface Copied {
  /** Of the median round. */
  seconds: number;
  tables: { table: string; seconds: number }[];
}

/** Deletes what an import wrote and copies it in again three times, as a superuser and with the same indexes and foreign keys. */
export async function copyImportedRows(
  bench: Bench,
  { id: tenant }: TestTenant,
  importId: string,
): Promise<Copied> {
  const folder = path.join(bench.dataDir, 'copied');
  mkdirSync(folder, { mode: 0o777 });
  const client = await bench.owner.connect();
  const sql = (text: string) =>
    client.query(text.replaceAll('$tenant', `'${tenant}'`).replaceAll('$import', `'${importId}'`));
  try {
    await sql(
      'create temp table targets as select target_id from import_rows where tenant_id = $tenant and import_id = $import',
    );
    await sql('analyze targets');
    for (const [table, condition] of TABLES)
      await sql(
        `copy (select * from ${table} t where t.tenant_id = $tenant and ${condition}) to '${path.join(folder, table)}'`,
      );
    const rounds: Copied[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await deleteRows(client, sql);
      rounds.push(await copyTables(sql, folder));
    }
    return rounds.toSorted((one, other) => one.seconds - other.seconds)[Math.floor(ROUNDS / 2)]!;
  } finally {
    client.release();
    rmSync(folder, { recursive: true });
  }
}

async function copyTables(sql: (text: string) => Promise<unknown>, folder: string): Promise<Copied> {
  const tables: Copied['tables'] = [];
  for (const [table] of TABLES) {
    const startedAt = performance.now();
    await sql(`copy ${table} from '${path.join(folder, table)}'`);
    tables.push({ table, seconds: (performance.now() - startedAt) / 1000 });
  }
  return { tables, seconds: tables.reduce((sum, { seconds }) => sum + seconds, 0) };
}

/** Without the checks of the foreign keys. */
async function deleteRows(client: pg.PoolClient, sql: (text: string) => Promise<unknown>): Promise<void> {
  await client.query('set session_replication_role = replica');
  for (const [table, condition] of TABLES.toReversed())
    await sql(`delete from ${table} t where t.tenant_id = $tenant and ${condition}`);
  await client.query('set session_replication_role = origin');
  await client.query(`vacuum (analyze) ${TABLES.map(([table]) => table).join(', ')}`);
  await client.query('checkpoint');
}
