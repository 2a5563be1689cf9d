import type pg from 'pg';
import type { Sent } from '../support/count-statements.ts';
import { readCatalog } from './catalog.ts';
import { WITHOUT_TENANT } from './schema-rules.ts';

const PARTS = 8;

/**
 * The tenant tables once more, each cut into parts by a hash of its tenant, as a distributed engine would place them.
 * Empty: it is the plans that are looked at. PostgreSQL itself refuses what could not be unique in a part.
 */
export async function buildTwin(client: pg.ClientBase): Promise<void> {
  const { tables } = await readCatalog(client);
  const names = tables
    .filter(({ name, is_partition }) => !(name in WITHOUT_TENANT) && !is_partition)
    .map(({ name }) => name);
  await client.query('create schema twin');
  for (const name of names) {
    const parts = Array.from(
      { length: PARTS },
      (_, n) =>
        `create table twin.${name}__${n} partition of twin.${name} for values with (modulus ${PARTS}, remainder ${n});`,
    );
    await client.query(
      `create table twin.${name} (like app.${name} including all) partition by hash (tenant_id); ${parts.join(' ')}`,
    );
  }
  // Row level security would name the tenant by itself, and hide a statement that does not.
  await client.query('set search_path = twin, app');
}

/** The parts of each table that a statement would have to ask; a statement that names its tenant asks one. */
export async function partsAsked(
  client: pg.ClientBase,
  { text, values }: Sent,
): Promise<Map<string, Set<string>>> {
  const { rows } = await client.query<{ 'QUERY PLAN': unknown }>({
    text: `explain (format json, costs off) ${text}`,
    values,
  });
  const asked = new Map<string, Set<string>>();
  for (const [, table, part] of JSON.stringify(rows).matchAll(/"Relation Name":"(\w+?)__(\d+)"/g))
    asked.set(table!, (asked.get(table!) ?? new Set()).add(part!));
  return asked;
}
