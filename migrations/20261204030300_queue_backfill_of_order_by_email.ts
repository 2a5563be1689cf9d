import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';

// Processes of the version before do not know the name and leave the tasks to those of this version.
const NAME = 'order-users-by-email';

const BATCH_SIZE = 1_000;

export async function up(knex: Knex): Promise<void> {
  const { rows: tenants } = await knex.raw<{ rows: { id: string }[] }>(
    'select id from app.tenants order by id',
  );
  for (let start = 0; start < tenants.length; start += BATCH_SIZE) {
    const batch = tenants.slice(start, start + BATCH_SIZE);
    await knex.raw(
      `insert into app.tasks (tenant_id, id, kind, input)
       select t.tenant_id, t.id, 'backfill', jsonb_build_object('name', ?::text)
       from unnest(?::uuid[], ?::uuid[]) t (tenant_id, id)
       returning id`,
      [NAME, batch.map(({ id }) => id), batch.map(newId)],
    );
  }
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`delete from app.tasks where kind = 'backfill' and input->>'name' = ?`, [NAME]);
}

/** A UUID v7. */
function newId(): string {
  const hex = Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex');
  const bits = `${hex.slice(0, 12)}7${hex.slice(13, 16)}8${hex.slice(17)}`;
  return bits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
