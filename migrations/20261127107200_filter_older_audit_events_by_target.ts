import type { Knex } from 'knex';

const SIGNATURE = 'app.older_audit_events(uuid, timestamptz, text, uuid[], uuid, int)';

/** The function with five parameters stays for the version that calls it. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create function app.older_audit_events(
      tenant uuid, before timestamptz, only_event text, only_actors uuid[], only_target uuid, max_results int
    ) returns setof app.audit_events
    language plpgsql stable set search_path = pg_catalog, app, pg_temp
    -- A generic plan would be that of an average event.
    set plan_cache_mode = force_custom_plan
    as $body$
    begin
      if only_actors is null then
        return query select a.* from app.audit_events a
          where a.tenant_id = tenant and a.at < before and (only_event is null or a.event = only_event)
            and (only_target is null or a.target_id = only_target)
          order by a.at desc, a.id desc limit max_results;
      else
        return query select o.* from unnest(only_actors) actor cross join lateral (
            select a.* from app.audit_events a
            where a.tenant_id = tenant and a.at < before and (only_event is null or a.event = only_event)
              and (only_target is null or a.target_id = only_target)
              and a.actor_id between actor and actor
            order by a.actor_id desc, a.at desc, a.id desc limit max_results) o
          order by o.at desc, o.id desc limit max_results;
      end if;
    end $body$
  `);
  await knex.raw(`revoke all on function ${SIGNATURE} from public`);
  await knex.raw(`grant execute on function ${SIGNATURE} to app_rw`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`drop function ${SIGNATURE}`);
}
