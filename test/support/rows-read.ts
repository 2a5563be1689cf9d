import type pg from 'pg';
import { settingsOf, type AnyRead } from '../../src/database/in-tenant.ts';
import { nativeStatement } from '../../src/database/statement.ts';
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

/** Of a plan that `explain (analyze, format json)` returns. */
export interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/** The rows and the entries of indexes that the plan of a read scans in all tables, but not those in functions. */
export async function countRowsScanned(client: pg.ClientBase, read: AnyRead): Promise<number> {
  const statement = nativeStatement(read.toSQL());
  for (const setting of settingsOf([statement])) await client.query(setting);
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>({
    text: `explain (analyze, timing off, format json) ${statement.text}`,
    values: statement.values,
  });
  return planNodes(rows[0]!['QUERY PLAN'][0].Plan).reduce((sum, node) => sum + rowsScanned(node), 0);
}

/** The node and all below it. */
export function planNodes(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(planNodes)];
}

function rowsScanned(node: PlanNode): number {
  if (node['Relation Name'] === undefined && node['Index Name'] === undefined) return 0;
  return Math.round((node['Actual Rows'] + rowsRemoved(node)) * node['Actual Loops']);
}

/** By filters, in each loop. */
export function rowsRemoved(node: PlanNode): number {
  return (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
}
