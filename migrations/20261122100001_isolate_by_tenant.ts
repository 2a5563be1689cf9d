import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw('create extension if not exists pg_trgm with schema app');
  await knex.raw('create extension if not exists btree_gin with schema app');
  await knex.raw('grant usage on schema app to app_rw, app_platform, app_search');
  await knex.raw('grant create on schema app to app_search');
  await knex.raw(`
    create function app.isolate_by_tenant(
      target regclass,
      app_may text default 'select, insert, update, delete',
      platform_may text default 'select, insert, update, delete'
    ) returns void language plpgsql as $body$
    declare
      name text := target::text;
    begin
      -- On Citus the table is distributed before it gets policies and grants. The first distributed table is placed
      -- freely, the others beside it. Distribution changes the oid.
      if exists (select from pg_extension where extname = 'citus') then
        perform create_distributed_table(target, 'tenant_id', colocate_with => coalesce(
          (select logicalrelid::text from pg_dist_partition where partmethod = 'h' limit 1), 'none'));
        target := name::regclass;
      end if;
      execute format('alter table %s enable row level security', target);
      execute format('alter table %s force row level security', target);
      execute format(
        'create policy tenant on %s to app_rw
           using (tenant_id = current_setting(''app.tenant_id'')::uuid)
           with check (tenant_id = current_setting(''app.tenant_id'')::uuid)', target);
      execute format('create policy platform on %s to app_platform using (true) with check (true)', target);
      execute format('grant %s on %s to app_rw', app_may, target);
      execute format('grant %s on %s to app_platform', platform_may, target);
    end $body$
  `);
  await knex.raw('revoke all on function app.isolate_by_tenant(regclass, text, text) from public');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop function app.isolate_by_tenant(regclass, text, text)');
  await knex.raw('revoke all on schema app from app_rw, app_platform, app_search');
  await knex.raw('drop extension btree_gin');
  await knex.raw('drop extension pg_trgm');
}
