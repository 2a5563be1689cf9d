import type { Knex } from 'knex';
import { up as matchWholeTerm } from './20261126060400_sample_fewer_rows_in_search.ts';

// No question marks in regular expressions: knex takes them for placeholders.

/** The milliseconds of a UUID v7. */
const msOf = (id: string) => `('x' || left(replace(${id}::text, '-', ''), 12))::bit(48)::bigint`;

const escape = (text: string) => `replace(replace(replace(${text}, '\\', '\\\\'), '%', '\\%'), '_', '\\_')`;

const lacksTrigrams = (text: string) => `${text} ~ '^[[:alnum:]]{0,1}[^[:alnum:]]+$'`;

/** One or two characters match the beginning of a word: in the column, each word is after a space. */
const patternOf = (word: string) =>
  `case when length(${word}) < 3 then '% ' else '%' end || ${escape(word)} || '%'`;

/** The planner removes the second condition for a term of one word. */
const matches = (row: string) =>
  `${row}.search_text like pattern and (other_patterns is null or ${row}.search_text like all (other_patterns))`;

// As before, but the term is words, each of which is looked for on its own: the two longest in the index.
const ROWS = 50;
const MIN_MATCHES = 5;
const READ_FACTOR = 2.5;

const NEWEST = 1000;

/** Eighths of the time before the newest rows, and near both ends of it for imports, which create many rows in a short time. */
const PLACES = [
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => n / 8),
  ...[5, 8, 11, 14, 17, 20].flatMap((n) => [0.5 ** n, 1 - 0.5 ** n]),
];

const createSearch = (noun: string) => `
  create or replace function app.search_${noun}(tenant uuid, term text, max_results int) returns setof uuid
  language plpgsql stable security definer set search_path = pg_catalog, app, pg_temp
  -- A generic plan would be that of an average tenant. Rows are read in the order of the primary key, not sorted.
  set plan_cache_mode = force_custom_plan set enable_seqscan = off set enable_sort = off
  as $body$
  declare
    max_indexed constant int := 20000;
    max_rows constant int := 2147483647;
    words text[] := array(select word from unnest(string_to_array(term, ' ')) word order by length(word) desc);
    patterns text[] := array(select ${patternOf('word')} from unnest(words) word);
    pattern text := patterns[1];
    other_patterns text[] := nullif(patterns[2:], '{}');
    -- Each trigram costs time in the index, so the other characters are left to the filter: those before the last eight, the
    -- domain of an address, and a first letter that is in no trigram.
    suffix text := regexp_replace(
      right(coalesce(substring(words[1] from '^.{4,}@'), words[1]), 8), '^[[:alnum:]]{0,1}[^[:alnum:]]+', '');
    indexed_pattern text := '%' || ${escape('suffix')} || '%';
    second_pattern text := case when length(words[2]) > 2 then '%' || ${escape('right(words[2], 8)')} || '%'
      when length(words[2]) = 2 then patterns[2] end;
    newest uuid[];
    results uuid[];
    read uuid[];
    indexed uuid[];
    sampled_matches int;
    max_read int := 50000;
  begin
    if tenant <> current_setting('app.tenant_id')::uuid or term = '' or max_results > 200 then
      raise exception 'bad search' using errcode = '22023';
    end if;
    select array_agg(w.id), coalesce(array_agg(w.id) filter (where ${matches('w')}), '{}')
    into newest, results
    from (
      select s.id, s.search_text from app.${noun} s where s.tenant_id = tenant order by s.id desc limit 1000) w;
    if cardinality(results) >= max_results or newest[1000] is null then
      return query select id from unnest(results) id order by id desc limit max_results;
      return;
    end if;
    if ${lacksTrigrams('words[1]')} then
      -- Reads all rows unless enough match, about 0.3 s for a million, because the index cannot find such terms.
      max_read := max_rows;
    elsif cardinality(results) < 20 then
      select cardinality(results) + count(*) filter (where ${matches('s')}),
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
        order by s.id limit ${ROWS}) s;
      max_read := case when sampled_matches < ${MIN_MATCHES} then 0
        else least(50000, ${READ_FACTOR * (NEWEST + PLACES.length * ROWS)} * max_results / sampled_matches) end;
    end if;
    loop
      if max_read > 0 then
        read := results || array(
          select w.id from (
            select s.id, s.search_text from app.${noun} s where s.tenant_id = tenant and s.id < newest[1000]
            order by s.id desc limit max_read) w
          where ${matches('w')} limit max_results);
        if cardinality(read) >= max_results or max_read = max_rows then
          return query select id from unnest(read) id order by id desc limit max_results;
          return;
        end if;
      end if;
      -- Materialized, so that the planner does not choose to read all rows in the order of the primary key.
      indexed := array(
        with candidates as materialized (
          select s.id, s.search_text from app.${noun} s where s.tenant_id = tenant
            and s.search_text like indexed_pattern and s.search_text like coalesce(second_pattern, indexed_pattern))
        select c.id from candidates c where ${matches('c')} limit max_indexed);
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
  for (const noun of ['users', 'companies']) await knex.raw(createSearch(noun));
}

export const down = matchWholeTerm;
