import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table app.tenants add column vocabulary text collate "C" not null default 'storage'
      check (vocabulary in ('storage', 'b2b'))
  `);
  await knex.raw(`
    create or replace function app.update_tenant(changes jsonb, expected_version int) returns int
    language plpgsql security definer set search_path = pg_catalog, app, pg_temp as $body$
    declare
      stored app.tenants;
      changed app.tenants;
    begin
      select t.* into stored from app.tenants t
        where t.id = current_setting('app.tenant_id')::uuid and t.version = expected_version
        for no key update;
      if not found then
        return null;
      end if;
      changed := jsonb_populate_record(stored, changes);
      update app.tenants t set
        name = changed.name, contact_email = changed.contact_email, contact_phone = changed.contact_phone,
        reply_to = changed.reply_to, address = changed.address, tax_number = changed.tax_number,
        locale = changed.locale, time_zone = changed.time_zone, currency = changed.currency,
        password_min_length = changed.password_min_length, brand = changed.brand,
        is_setup_hidden = changed.is_setup_hidden, vocabulary = changed.vocabulary, version = stored.version + 1, updated_at = now()
      where t.id = stored.id;
      return stored.version + 1;
    end $body$
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    create or replace function app.update_tenant(changes jsonb, expected_version int) returns int
    language plpgsql security definer set search_path = pg_catalog, app, pg_temp as $body$
    declare
      stored app.tenants;
      changed app.tenants;
    begin
      select t.* into stored from app.tenants t
        where t.id = current_setting('app.tenant_id')::uuid and t.version = expected_version
        for no key update;
      if not found then
        return null;
      end if;
      changed := jsonb_populate_record(stored, changes);
      update app.tenants t set
        name = changed.name, contact_email = changed.contact_email, contact_phone = changed.contact_phone,
        reply_to = changed.reply_to, address = changed.address, tax_number = changed.tax_number,
        locale = changed.locale, time_zone = changed.time_zone, currency = changed.currency,
        password_min_length = changed.password_min_length, brand = changed.brand,
        is_setup_hidden = changed.is_setup_hidden, version = stored.version + 1, updated_at = now()
      where t.id = stored.id;
      return stored.version + 1;
    end $body$
  `);
  await knex.raw('alter table app.tenants drop column vocabulary');
}
