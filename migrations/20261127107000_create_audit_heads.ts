import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The last seal of each chain. The nil id stands for the events of the platform console.
    create table app.audit_heads (
      tenant_id uuid primary key,
      seals bigint not null,
      events bigint not null,
      hash bytea not null
    )
  `);
  await knex.raw('grant select on app.audit_heads to app_platform');
  await knex.raw(`
    -- Only forwards: no role of the application can shorten a chain together with its head.
    create function app.advance_audit_head(tenant uuid) returns void
    language plpgsql security definer set search_path = pg_catalog, app, pg_temp as $body$
    declare
      head record;
      added record;
      last_hash bytea;
    begin
      select h.seals, h.hash into head from app.audit_heads h where h.tenant_id = tenant for update;
      if found and not exists (
        select from app.audit_seals s where s.tenant_id = tenant and s.number = head.seals and s.hash = head.hash
      ) then
        raise exception 'The audit log % does not contain the seal % of its head', tenant, head.seals;
      end if;
      select max(s.number) as last, sum(s.events) as events into added
      from app.audit_seals s where s.tenant_id = tenant and (head.seals is null or s.number > head.seals);
      if added.last is null then
        return;
      end if;
      select s.hash into last_hash from app.audit_seals s where s.tenant_id = tenant and s.number = added.last;
      insert into app.audit_heads as h (tenant_id, seals, events, hash)
      values (tenant, added.last, added.events, last_hash)
      on conflict (tenant_id) do update
        set seals = excluded.seals, events = h.events + excluded.events, hash = excluded.hash;
    end $body$
  `);
  await knex.raw('revoke all on function app.advance_audit_head(uuid) from public');
  await knex.raw('grant execute on function app.advance_audit_head(uuid) to app_platform');
  await knex.raw(`
    insert into app.audit_heads (tenant_id, seals, events, hash)
    select tenant_id, max(number), sum(events), (array_agg(hash order by number desc))[1]
    from app.audit_seals group by tenant_id returning tenant_id
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop function app.advance_audit_head(uuid)');
  await knex.raw('drop table app.audit_heads');
}
