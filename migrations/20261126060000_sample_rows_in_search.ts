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
  -- A generic plan would be that of an average tenant.
  set plan_cache_mode = force_custom_plan set enable_seqscan = off
  as $body$
  declare
    pattern text := '%' || ${escaped} || '%';
    -- Each trigram costs time in the index, so the domain of an address and the first digits of a phone number are left
    -- to the filter.
    indexed_pattern text := coalesce(
      substring(pattern from '^%.{4,}@') || '%', '%' || substring(pattern from '^%[+]?[0-9]*([0-9]{8}%)$'), pattern);
    has_trigrams boolean := term !~ '^[[:alnum:]]?[^[:alnum:]]+$';
    batch uuid[];
    batch_size int := 1000;
    matching uuid[];
    last_id uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    walked int := 0;
    max_walked int;
    oldest_id uuid;
    sampled_matches int;
    results uuid[] := '{}';
  begin
    if tenant <> current_setting('app.tenant_id')::uuid or length(term) < 3 or max_results > 200 then
      raise exception 'bad search' using errcode = '22023';
    end if;
    loop
      select array_agg(w.id), coalesce(array_agg(w.id) filter (where w.search_text like pattern), '{}')
      into batch, matching
      from (
        select s.id, s.search_text from app.${noun} s where s.tenant_id = tenant and s.id < last_id
        order by s.id desc limit batch_size) w;
      results := results || matching;
      walked := walked + batch_size;
      if cardinality(results) >= max_results or batch[batch_size] is null then
        return query select id from unnest(results) id order by id desc limit max_results;
        return;
      end if;
      if max_walked is null then
        select s.id into oldest_id from app.${noun} s where s.tenant_id = tenant order by s.id limit 1;
        -- The newest 1,000 rows and 250 rows after each eighth of the time between the oldest and the newest row.
        select cardinality(matching) + count(*) filter (where s.search_text like pattern),
          case when bool_or(s.search_text like indexed_pattern) then pattern else indexed_pattern end
        into sampled_matches, indexed_pattern
        from (select ${msOf('oldest_id')} as oldest_ms, ${msOf('batch[1]')} as newest_ms) period
        cross join generate_series(0, 7) eighth
        cross join lateral (
          select s.search_text from app.${noun} s where s.tenant_id = tenant
            and s.id >= rpad(lpad(to_hex(oldest_ms + (newest_ms - oldest_ms) * eighth / 8), 12, '0'), 32, '0')::uuid
          order by s.id limit 250) s;
        max_walked := case
          when sampled_matches >= 60 or not has_trigrams then 2147483647
          when sampled_matches >= 5 then 50000
          else 0 end;
      end if;
      exit when walked >= max_walked;
      last_id := batch[batch_size];
      batch_size := least(batch_size * 2, 16000);
    end loop;
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
