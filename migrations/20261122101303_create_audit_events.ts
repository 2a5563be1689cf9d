import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table app.audit_events (
      tenant_id uuid not null,
      at timestamptz not null default now(),
      id uuid not null,
      event text collate "C" not null,
      actor_kind text not null check (actor_kind in ('staff', 'customer', 'operator', 'system', 'anonymous')),
      actor_id uuid,
      actor_name text,
      target_type text,
      target_id uuid,
      target_name text,
      outcome text not null default 'success' check (outcome in ('success', 'failure')),
      changes jsonb not null default '{}',
      ip text,
      user_agent text,
      request_id text,
      actor_salt bytea,
      actor_digest bytea not null,
      target_salt bytea,
      target_digest bytea not null,
      primary key (tenant_id, at, id)
    ) partition by range (at)
  `);
  await knex.raw('create index audit_events_target on app.audit_events (tenant_id, target_id, at)');
  await knex.raw('create index audit_events_actor on app.audit_events (tenant_id, actor_id, at)');
  await knex.raw('create index audit_events_event on app.audit_events (tenant_id, event, at)');
  await knex.raw(`select app.isolate_by_tenant('app.audit_events', 'select, insert', 'select, insert')`);
  await knex.raw(`
    -- Keeps the digests, with which the hash chain stays valid. An email to a person names their address; an
    -- anonymous request about a person has their IP address.
    create function app.erase_audit_personal_data(tenant uuid, person uuid, emails uuid[]) returns void
    language plpgsql security definer set search_path = pg_catalog, app, pg_temp as $body$
    declare
      targets uuid[] := emails || person;
      row record;
    begin
      -- In the order of the primary key, so that concurrent erasures do not deadlock.
      perform from app.audit_events
      where tenant_id = tenant and at <= now() and (actor_id = person or target_id = any (targets))
      order by at, id for update;
      update app.audit_events set actor_name = null, ip = null, user_agent = null, actor_salt = null
      where tenant_id = tenant and at <= now() and actor_salt is not null
        and (actor_id = person or (actor_kind = 'anonymous' and actor_id is null and target_id = any (targets)));
      -- One by one: Citus refuses jsonb_object_agg, which is STABLE, in the UPDATE itself.
      for row in
        select at, id,
          (select coalesce(jsonb_object_agg(field, null), '{}') from jsonb_object_keys(changes) field) as changes
        from app.audit_events
        where tenant_id = tenant and at <= now() and target_salt is not null and target_id = any (targets)
          and event <> 'user.personal_data_erased'
      loop
        update app.audit_events set target_name = null, target_salt = null, changes = row.changes
        where tenant_id = tenant and at = row.at and id = row.id;
      end loop;
    end $body$
  `);
  await knex.raw('revoke all on function app.erase_audit_personal_data(uuid, uuid, uuid[]) from public');
  await knex.raw(
    'grant execute on function app.erase_audit_personal_data(uuid, uuid, uuid[]) to app_platform',
  );
  await knex.raw(`
    -- Returns the number of partitions that were missing.
    create function app.create_audit_partitions(months_ahead int) returns int
    language plpgsql security definer set search_path = pg_catalog, app, pg_temp as $body$
    declare
      first_day date := date_trunc('month', now() at time zone 'UTC')::date;
      made int := 0;
      part text;
    begin
      for n in 0 .. least(months_ahead, 24) loop
        part := 'audit_events_' || to_char(first_day + make_interval(months => n), 'YYYYMM');
        if to_regclass('app.' || part) is null then
          execute format(
            'create table app.%I partition of app.audit_events for values from (%L) to (%L)', part,
            (first_day + make_interval(months => n))::timestamp at time zone 'UTC',
            (first_day + make_interval(months => n + 1))::timestamp at time zone 'UTC');
          made := made + 1;
        end if;
      end loop;
      return made;
    end $body$
  `);
  await knex.raw('revoke all on function app.create_audit_partitions(int) from public');
  await knex.raw('grant execute on function app.create_audit_partitions(int) to app_platform');
  await knex.raw('select app.create_audit_partitions(3)');
  await knex.raw(`
    -- The hash chain over each tenant's events. A schedule extends it.
    create table app.audit_seals (
      tenant_id uuid not null,
      number bigint not null,
      from_at timestamptz not null,
      to_at timestamptz not null,
      to_id uuid not null,
      events int not null,
      root bytea not null,
      previous_hash bytea not null,
      hash bytea not null,
      sealed_at timestamptz not null default now(),
      primary key (tenant_id, number)
    )
  `);
  await knex.raw(`select app.isolate_by_tenant('app.audit_seals', 'select', 'select, insert')`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table app.audit_seals');
  await knex.raw('drop table app.audit_events');
  await knex.raw('drop function app.create_audit_partitions(int)');
  await knex.raw('drop function app.erase_audit_personal_data(uuid, uuid, uuid[])');
}
