import type { Knex } from 'knex';

const SIGNATURE = 'app.erase_invoice_comments(uuid)';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- app_rw may not change these rows. When personal data of the author is erased, it empties their text with this
    -- function, and nothing else: that and when they commented on the invoice stays.
    create function ${SIGNATURE.replace('uuid', 'author uuid')} returns void
    language sql security definer set search_path = pg_catalog, app, pg_temp as $body$
      update app.invoice_comments set body = ''
        where tenant_id = current_setting('app.tenant_id')::uuid and author_id = author
    $body$
  `);
  await knex.raw(`revoke all on function ${SIGNATURE} from public`);
  await knex.raw(`grant execute on function ${SIGNATURE} to app_rw`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`drop function ${SIGNATURE}`);
}
