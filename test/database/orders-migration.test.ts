import { expect } from 'chai';
import type { Knex } from 'knex';
import * as removal from '../../migrations/20261129100000_remove_role_of_orders.ts';
import { newId } from '../../src/database/new-id.ts';
import { createCompany, createCustomer, createStaffRole, createTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { roleId, sql } from '../support/rows.ts';

describe('Migration that removes the role of orders', () => {
  let portal: OwnPortal;
  let knex: Knex;

  before(async () => {
    portal = await startPortal();
    knex = { raw: (text: string) => portal.owner.query(text) } as unknown as Knex;
  });
  after(() => portal.close());

  it('removes the role, its assignments and the stored permissions, and keeps the others', async () => {
    const tenant = await createTenant(portal);
    const company = await createCompany(portal, tenant);
    const customer = await createCustomer(portal, tenant, { company, roles: ['view_only'] });
    await removal.down(knex);
    const orders = await roleId(portal, tenant, 'customer', 'orders');
    await sql(
      portal,
      'insert into role_assignments (tenant_id, id, user_id, role_id, company_id) values ($1, $2, $3, $4, $5)',
      [tenant.id, newId(), customer.id, orders, company.id],
    );
    const custom = await createStaffRole(portal, tenant, ['users.view']);
    await sql(
      portal,
      "insert into role_permissions (tenant_id, role_id, permission) values ($1, $2, 'orders.view')",
      [tenant.id, await roleId(portal, tenant, 'staff', custom)],
    );

    await removal.up(knex);
    const read = (text: string) => sql(portal, text, [tenant.id]);
    const roles = await read("select code from roles where tenant_id = $1 and audience = 'customer'");
    expect(roles.map(({ code }) => code))
      .to.include('view_only')
      .and.not.include('orders');
    const assigned = await read(
      `select r.code from role_assignments a join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id
       where a.tenant_id = $1 and a.company_id is not null`,
    );
    expect(assigned).to.eql([{ code: 'view_only' }]);
    const stored = await read('select permission from role_permissions where tenant_id = $1');
    expect(stored).to.eql([{ permission: 'users.view' }]);
  });

  it('adds the role to every tenant when it is reverted', async () => {
    const tenant = await createTenant(portal);
    await removal.down(knex);
    expect(await roleId(portal, tenant, 'customer', 'orders')).to.be.a('string');
    await removal.up(knex);
  });
});
