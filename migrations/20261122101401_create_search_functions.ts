import type { Knex } from 'knex';

// LIKE cannot use an index under row level security. These functions run as app_search, which may only SELECT, and
// refuse another tenant than that of the transaction.
const createSearch = (noun: string) => `
  create function app.search_${noun}(tenant uuid, term text, max_results int) returns setof uuid
  language plpgsql stable security definer set search_path = pg_catalog, app, pg_temp
  as $body$
  begin
    if tenant <> current_setting('app.tenant_id')::uuid or length(term) < 3 or max_results > 200 then
      raise exception 'bad search' using errcode = '22023';
    end if;
    return query execute
      'select s.id from app.${noun} s where s.tenant_id = $1 and s.search_text like $2 order by s.id desc limit $3'
      using tenant,
        '%' || replace(replace(replace(term, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%',
        max_results;
  end $body$
`;

export async function up(knex: Knex): Promise<void> {
  for (const noun of ['users', 'companies']) {
    const signature = `app.search_${noun}(uuid, text, int)`;
    await knex.raw(`create policy search on app.${noun} for select to app_search using (true)`);
    await knex.raw(`grant select on app.${noun} to app_search`);
    await knex.raw(createSearch(noun));
    await knex.raw(`alter function ${signature} owner to app_search`);
    await knex.raw(`revoke all on function ${signature} from public`);
    await knex.raw(`grant execute on function ${signature} to app_rw`);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const noun of ['users', 'companies']) {
    await knex.raw(`drop function app.search_${noun}(uuid, text, int)`);
    await knex.raw(`revoke select on app.${noun} from app_search`);
    await knex.raw(`drop policy search on app.${noun}`);
  }
}
