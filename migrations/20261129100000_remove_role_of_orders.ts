import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    delete from app.role_assignments a using app.roles r
    where r.tenant_id = a.tenant_id and r.id = a.role_id
      and r.audience = 'customer' and r.code = 'orders' and r.is_built_in
  `);
  await knex.raw(`
    delete from app.roles where audience = 'customer' and code = 'orders' and is_built_in
  `);
  await knex.raw(`
    delete from app.role_permissions where permission in ('orders.view', 'orders.create')
  `);
}

/** The assignments and the permissions of custom roles are not restored. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    insert into app.roles (tenant_id, id, audience, code, name, is_built_in, position)
    select id, gen_random_uuid(), 'customer', 'orders', 'Orders', true, 6 from app.tenants
    on conflict do nothing
    returning id
  `);
}
