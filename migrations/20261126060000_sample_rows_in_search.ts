import type { Knex } from 'knex';

/** The milliseconds of a UUID v7. */
const msOf = (id: string) => `('x' || left(replace(${id}::text, '-', ''), 12))::bit(48)::bigint`;

const escaped = `replace(replace(replace(term, '\\', '\\\\'), '%', '\\%'), '_', '\\_')`;

// Row level security hides the statistics of search_text from the planner, which then guesses the number of matches from
// the length of the term. Sampled rows tell whether matches are so frequent that walking from the newest row finds
// enough of them, or so rare that the trigram index, whose cost grows with their number, is faster.
const createSearch = (noun: string) => `
  create or replace function app.search_${noun}(tenant uuid, term text, max_results int) returns setof uuid
  language plpgsql stable security definer set search_path = pg_catalog, app, pg_temp
  -- A generic plan would be that of an average tenant. Rows are walked by the primary key, not sorted.
  set plan_cache_mode = force_custom_plan set enable_seqscan = off set enable_sort = off
  as $body$
  declare
    pattern text := '%' || ${escaped} || '%';
    -- Each trigram costs time in the index, so the domain of an address and the first digits of a phone number are left
    -- to the filter.
    indexed_pattern text := coalesce(
      substring(pattern from '^%.{4,}@') || '%', '%' || substring(pattern from '^%[+]?[0-9]*([0-9]{8}%)$'), pattern);
    has_trigrams boolean := term !~ '^[[:alnum:]]?[^[:alnum:]]+$';
    newest uuid[];
    results uuid[];
    oldest_id uuid;
    sampled_matches int;
    max_walked int;
  begin
    if tenant <> current_setting('app.tenant_id')::uuid or length(term) < 3 or max_results > 200 then
      raise exception 'bad search' using errcode = '22023';
    end if;
    select array_agg(w.id), coalesce(array_agg(w.id) filter (where w.search_text like pattern), '{}')
    into newest, results
    from (
      select s.id, s.search_text from app.${noun} s where s.tenant_id = tenant order by s.id desc limit 1000) w;
    if cardinality(results) >= max_results or newest[1000] is null then
      return query select id from unnest(results) id order by id desc limit max_results;
      return;
    end if;
    select s.id into oldest_id from app.${noun} s where s.tenant_id = tenant order by s.id limit 1;
    -- Besides the newest rows, 250 rows after each eighth of the time between the oldest and the newest row.
    select cardinality(results) + count(*) filter (where s.search_text like pattern),
      case when bool_or(s.search_text like indexed_pattern) then pattern else indexed_pattern end
    into sampled_matches, indexed_pattern
    from (select ${msOf('oldest_id')} as oldest_ms, ${msOf('newest[1]')} as newest_ms) period
    cross join generate_series(0, 7) eighth
    cross join lateral (
      select s.search_text from app.${noun} s where s.tenant_id = tenant
        and s.id >= rpad(lpad(to_hex(oldest_ms + (newest_ms - oldest_ms) * eighth / 8), 12, '0'), 32, '0')::uuid
      order by s.id limit 250) s;
    max_walked := case
      when sampled_matches >= 60 or not has_trigrams then 2147483647
      when sampled_matches >= 5 then 50000
      else 0 end;
    if max_walked > 0 then
      results := results || array(
        select w.id from (
          select s.id, s.search_text from app.${noun} s where s.tenant_id = tenant and s.id < newest[1000]
          order by s.id desc limit max_walked) w
        where w.search_text like pattern limit max_results);
      if cardinality(results) >= max_results or max_walked = 2147483647 then
        return query select id from unnest(results) id order by id desc limit max_results;
        return;
      end if;
    end if;
    -- "offset 0" keeps the planner from walking all rows in the order of the results.
    return query select f.id from (
        select s.id, s.search_text from app.${noun} s
        where s.tenant_id = tenant and s.search_text like indexed_pattern offset 0) f
      where f.search_text like pattern order by f.id desc limit max_results;
  end $body$
`;

const createSearchWithoutSamples = (noun: string) => `
  create or replace function app.search_${noun}(tenant uuid, term text, max_results int) returns setof uuid
  language plpgsql stable security definer set search_path = pg_catalog, app, pg_temp
  as $body$
  begin
    if tenant <> current_setting('app.tenant_id')::uuid or length(term) < 3 or max_results > 200 then
      raise exception 'bad search' using errcode = '22023';
    end if;
    return query execute
      'select s.id from app.${noun} s where s.tenant_id = $1 and s.search_text like $2 order by s.id desc limit $3'
      using tenant, '%' || ${escaped} || '%', max_results;
  end $body$
`;

export async function up(knex: Knex): Promise<void> {
  for (const noun of ['users', 'companies']) await knex.raw(createSearch(noun));
}

export async function down(knex: Knex): Promise<void> {
  for (const noun of ['users', 'companies']) await knex.raw(createSearchWithoutSamples(noun));
}
