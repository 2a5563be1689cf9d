import { expect } from 'chai';
import { createStaffRole, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

describe('GET /settings', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });
  after(() => portal.close());

  it('redirects a Manager to the business details', async () => {
    expect((await manager.visit('/settings')).path).to.equal('/settings/business');
  });

  it('redirects staff to the first settings page that their role allows', async () => {
    for (const [permission, path] of [
      ['brand.edit', '/settings/brand'],
      ['team.edit', '/settings/team'],
      ['terms.publish', '/settings/terms'],
    ] as const) {
      const staff = await signedInStaff(portal, tenant, await createStaffRole(portal, tenant, [permission]));
      expect((await staff.visit('/settings')).path).to.equal(path);
    }
  });

  for (const role of ['admin', 'operations', null]) {
    it(`returns 403 to ${role ? `the role ${role}` : 'staff without a role'}`, async () => {
      const staff = await signedInStaff(portal, tenant, role);
      expect((await staff.get('/settings')).status).to.equal(403);
    });
  }

  it('redirects anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.operations).visit('/settings')).path).to.equal('/login');
  });
});
