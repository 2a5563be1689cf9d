import type { Knex } from 'knex';

const SIGNATURE = 'app.move_appended_rows(uuid, uuid)';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- app_rw may not change these rows. When users of the current tenant are merged, it changes with this function
    -- to whom they refer, and nothing else.
    create function app.move_appended_rows(old_user uuid, new_user uuid) returns void
    language plpgsql security definer set search_path = pg_catalog, app, pg_temp as $body$
    declare
      tenant uuid := current_setting('app.tenant_id')::uuid;
    begin
      update app.agreements set signed_by = new_user where tenant_id = tenant and signed_by = old_user;
      update app.agreement_versions set published_by = new_user where tenant_id = tenant and published_by = old_user;
      update app.invoice_comments set author_id = new_user where tenant_id = tenant and author_id = old_user;
      update app.rental_prices set created_by = new_user where tenant_id = tenant and created_by = old_user;
      update app.terms_acceptances a set user_id = new_user
        where a.tenant_id = tenant and a.user_id = old_user and not exists (
          select from app.terms_acceptances o
          where o.tenant_id = tenant and o.user_id = new_user and o.terms_version_id = a.terms_version_id);
      delete from app.terms_acceptances where tenant_id = tenant and user_id = old_user;
    end $body$
  `);
  await knex.raw(`revoke all on function ${SIGNATURE} from public`);
  await knex.raw(`grant execute on function ${SIGNATURE} to app_rw`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`drop function ${SIGNATURE}`);
}
