import { expect } from 'chai';
import { signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { roleId, sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Settings', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });
  after(() => portal.close());

  it('redirects a Manager to the custom fields', async () => {
    expect((await manager.visit('/settings')).path).to.equal('/settings/custom-fields');
  });

  it('redirects staff to the first settings page that their role allows', async () => {
    const id = await roleId(portal, tenant, 'staff', 'driver');
    const text = 'insert into role_permissions (tenant_id, role_id, permission) values ($1, $2, $3)';
    await sql(portal, text, [tenant.id, id, 'team.edit']);
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.visit('/settings')).path).to.equal('/settings/team');
    await sql(portal, text, [tenant.id, id, 'terms.publish']);
    expect((await driver.visit('/settings')).path).to.equal('/settings/terms');
  });

  for (const role of ['admin', 'operations', null]) {
    it(`refuses ${role ?? 'staff without a role'}`, async () => {
      const staff = await signedInStaff(portal, tenant, role);
      expect((await staff.get('/settings')).status).to.equal(403);
    });
  }

  it('redirects anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.operations).visit('/settings')).path).to.equal('/login');
  });
});
