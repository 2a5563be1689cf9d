import type pg from 'pg';
import type { SentStatement } from '../support/count-statements.ts';
import { readCatalog } from './postgres-catalog.ts';
import { WITHOUT_TENANT } from './schema-rules.ts';

const SHARDS = 8;

/** The shards that a statement scans, by their table. */
export type ScannedShards = Map<string, Set<string>>;

/**
 * Creates a second schema in which every tenant table is partitioned by a hash of its tenant_id, as a distributed
 * database would place it. The tables stay empty: only query plans are read. PostgreSQL itself rejects a unique index
 * without tenant_id.
 */
export async function createShardedCopy(client: pg.ClientBase): Promise<void> {
  const { tables } = await readCatalog(client);
  const names = tables
    .filter(({ name, is_partition }) => !(name in WITHOUT_TENANT) && !is_partition)
    .map(({ name }) => name);
  await client.query('create schema sharded');
  for (const name of names) {
    const shards = Array.from(
      { length: SHARDS },
      (_, n) =>
        `create table sharded.${name}__${n} partition of sharded.${name} for values with (modulus ${SHARDS}, remainder ${n});`,
    );
    await client.query(
      `create table sharded.${name} (like app.${name} including all) partition by hash (tenant_id); ${shards.join(' ')}`,
    );
  }
  // The copy has no row level security, which would add the tenant to a statement that does not name one.
  await client.query('set search_path = sharded, app');
}

/** The tables of which a statement scans several shards; empty when the statement names its tenant. */
export async function listCrossShardTables(
  client: pg.ClientBase,
  statement: SentStatement,
): Promise<string[]> {
  return crossShardTables(await readScannedShards(client, statement));
}

export function crossShardTables(scanned: ScannedShards): string[] {
  return [...scanned]
    .filter(([, shards]) => shards.size > 1)
    .map(([table, shards]) => `${table} (${shards.size} shards)`);
}

export function isPlannable({ text }: SentStatement): boolean {
  return /^\(*(with|select|insert|update|delete|merge)\b/i.test(text);
}

/** Plans the statement. */
export async function readScannedShards(
  client: pg.ClientBase,
  { text, values }: SentStatement,
): Promise<ScannedShards> {
  const { rows } = await client
    .query<{ 'QUERY PLAN': unknown }>({ text: `explain (format json, costs off) ${text}`, values })
    .catch((error: Error) => {
      throw new Error(`${error.message}: ${text}`);
    });
  const scanned = new Map<string, Set<string>>();
  for (const [, table, shard] of JSON.stringify(rows).matchAll(/"Relation Name":"(\w+?)__(\d+)"/g))
    scanned.set(table!, (scanned.get(table!) ?? new Set()).add(shard!));
  return scanned;
}
