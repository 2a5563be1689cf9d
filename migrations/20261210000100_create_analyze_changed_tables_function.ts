import type { Knex } from 'knex';

const SIGNATURE = 'app.analyze_changed_tables()';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Only the owner may analyze a table. Autovacuum does it once a minute, too late for a task that fills a table: the
    -- plans of other statements, and of the checks of foreign keys, are still those for an almost empty one.
    create function app.analyze_changed_tables() returns void
    language plpgsql security definer set search_path = pg_catalog, app, pg_temp as $body$
    declare
      changed record;
    begin
      for changed in
        select c.oid::regclass::text as name, string_agg(quote_ident(a.attname), ', ') as ids
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.atttypid = 'uuid'::regtype and not a.attisdropped
        where c.relnamespace = 'app'::regnamespace and c.relkind = 'r'
          and pg_stat_get_mod_since_analyze(c.oid) > greatest(1000, 4 * c.reltuples)
        group by c.oid
      loop
        -- Statistics of texts and JSON take most of the time.
        execute format('analyze (skip_locked) %s (%s)', changed.name, changed.ids);
      end loop;
    end $body$
  `);
  await knex.raw(`revoke all on function ${SIGNATURE} from public`);
  await knex.raw(`grant execute on function ${SIGNATURE} to app_rw`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`drop function ${SIGNATURE}`);
}
