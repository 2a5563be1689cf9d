import type { Knex } from 'knex';

// No question marks in regular expressions: knex takes them for placeholders.

/** The milliseconds of a UUID v7. */
const msOf = (id: string) => `('x' || left(replace(${id}::text, '-', ''), 12))::bit(48)::bigint`;

const escape = (text: string) => `replace(replace(replace(${text}, '\\', '\\\\'), '%', '\\%'), '_', '\\_')`;

const lacksTrigrams = (text: string) => `${text} ~ '^[[:alnum:]]{0,1}[^[:alnum:]]+$'`;

// Row level security hides the statistics of search_text from the planner, which then guesses the number of matches from
// the length of the term. Sampled rows tell whether matches are so frequent that reading from the newest row finds enough
// of them, or so rare that the trigram index, whose cost grows with their number, is faster.
interface Sampling {
  /** At each of the places. */
  rows: number;
  /** With fewer, the trigram index is used. */
  minMatches: number;
  /** How many times as many rows are read as have enough matches if these are spread evenly. */
  readFactor: number;
}

const NEWEST = 1000;

/** Eighths of the time before the newest rows, and near both ends of it for imports, which create many rows in a short time. */
const PLACES = [
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => n / 8),
  ...[5, 8, 11, 14, 17, 20].flatMap((n) => [0.5 ** n, 1 - 0.5 ** n]),
];

const createSearch = (noun: string, { rows, minMatches, readFactor }: Sampling) => `
  create or replace function app.search_${noun}(tenant uuid, term text, max_results int) returns setof uuid
  language plpgsql stable security definer set search_path = pg_catalog, app, pg_temp
  -- A generic plan would be that of an average tenant. Rows are read in the order of the primary key, not sorted.
  set plan_cache_mode = force_custom_plan set enable_seqscan = off set enable_sort = off
  as $body$
  declare
    max_indexed constant int := 20000;
    max_rows constant int := 2147483647;
    pattern text := '%' || ${escape('term')} || '%';
    -- Each trigram costs time in the index, so the other characters are left to the filter: those before the last eight, the
    -- domain of an address, and a first letter that is in no trigram.
    suffix text := regexp_replace(
      right(coalesce(substring(term from '^.{4,}@'), term), 8), '^[[:alnum:]]{0,1}[^[:alnum:]]+', '');
    indexed_pattern text := '%' || ${escape('suffix')} || '%';
    newest uuid[];
    results uuid[];
    read uuid[];
    indexed uuid[];
    sampled_matches int;
    max_read int := 50000;
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
    if ${lacksTrigrams('term')} then
      -- Reads all rows unless enough match, about 0.3 s for a million, because the index cannot find such terms.
      max_read := max_rows;
    elsif cardinality(results) < 20 then
      select cardinality(results) + count(*) filter (where s.search_text like pattern),
        case when bool_or(s.search_text like indexed_pattern) or length(suffix) < 3 or ${lacksTrigrams('suffix')}
          then pattern else indexed_pattern end
      into sampled_matches, indexed_pattern
      from (
        select ${msOf('s.id')} as oldest_ms, ${msOf('newest[1000]')} as newest_ms
        from app.${noun} s where s.tenant_id = tenant order by s.id limit 1) period
      cross join unnest('{${PLACES.join()}}'::float8[]) place
      cross join lateral (
        select s.search_text from app.${noun} s where s.tenant_id = tenant and s.id < newest[1000]
          and s.id >= rpad(lpad(to_hex(oldest_ms + ((newest_ms - oldest_ms) * place)::bigint), 12, '0'), 32, '0')::uuid
        order by s.id limit ${rows}) s;
      max_read := case when sampled_matches < ${minMatches} then 0
        else least(50000, ${readFactor * (NEWEST + PLACES.length * rows)} * max_results / sampled_matches) end;
    end if;
    loop
      if max_read > 0 then
        read := results || array(
          select w.id from (
            select s.id, s.search_text from app.${noun} s where s.tenant_id = tenant and s.id < newest[1000]
            order by s.id desc limit max_read) w
          where w.search_text like pattern limit max_results);
        if cardinality(read) >= max_results or max_read = max_rows then
          return query select id from unnest(read) id order by id desc limit max_results;
          return;
        end if;
      end if;
      -- Materialized, so that the planner does not choose to read all rows in the order of the primary key.
      indexed := array(
        with candidates as materialized (
          select s.id, s.search_text from app.${noun} s where s.tenant_id = tenant and s.search_text like indexed_pattern)
        select c.id from candidates c where c.search_text like pattern limit max_indexed);
      if cardinality(indexed) < max_indexed then
        return query select id from unnest(indexed) id order by id desc limit max_results;
        return;
      end if;
      -- So many matches take longer to read by the index than all rows by the primary key.
      max_read := max_rows;
    end loop;
  end $body$
`;

export async function up(knex: Knex): Promise<void> {
  for (const noun of ['users', 'companies'])
    await knex.raw(createSearch(noun, { rows: 50, minMatches: 5, readFactor: 2.5 }));
}

export async function down(knex: Knex): Promise<void> {
  for (const noun of ['users', 'companies'])
    await knex.raw(createSearch(noun, { rows: 100, minMatches: 8, readFactor: 3 }));
}
