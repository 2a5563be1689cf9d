import type { Knex } from 'knex';

const TABLES = ['users', 'companies'];

// Like app.search_users: LIKE cannot use an index under row level security. A part that many addresses contain is found
// among the newest rows, another one by the trigram index, or at the beginning of the address.
const createSearch = (table: string) => `
  create function app.search_${table}_by_area(tenant uuid, area text, max_results int) returns setof uuid
  language plpgsql stable security definer set search_path = pg_catalog, app, pg_temp
  set plan_cache_mode = force_custom_plan set enable_seqscan = off
  as $body$
  declare
    pattern text := '% ' || replace(replace(replace(area, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%';
    results uuid[];
  begin
    if tenant <> current_setting('app.tenant_id')::uuid or area = '' or max_results > 200 then
      raise exception 'bad search' using errcode = '22023';
    end if;
    results := array(
      select w.id from (
        select s.id, s.address_norm from app.${table} s where s.tenant_id = tenant order by s.id desc limit 20000) w
      where ' ' || w.address_norm like pattern limit max_results);
    if cardinality(results) < max_results then
      -- Materialized, so that the planner does not read all rows in the order of the primary key.
      results := array(
        with found as materialized (
          select s.id from app.${table} s where s.tenant_id = tenant and s.address_norm like pattern
          union
          select s.id from app.${table} s
          where s.tenant_id = tenant and s.address_norm >= area and s.address_norm < area || U&'\\+10FFFF')
        select id from found order by id desc limit max_results);
    end if;
    return query select unnest(results);
  end $body$
`;

export async function up(knex: Knex): Promise<void> {
  for (const table of TABLES) {
    await knex.raw(`
      create index ${table}_search_area on app.${table} using gin (tenant_id, address_norm app.gin_trgm_ops)
      where address_norm is not null
    `);
    await knex.raw(createSearch(table));
    const signature = `app.search_${table}_by_area(uuid, text, int)`;
    await knex.raw(`alter function ${signature} owner to app_search`);
    await knex.raw(`revoke all on function ${signature} from public`);
    await knex.raw(`grant execute on function ${signature} to app_rw`);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const table of TABLES) {
    await knex.raw(`drop function app.search_${table}_by_area(uuid, text, int)`);
    await knex.raw(`drop index app.${table}_search_area`);
  }
}
