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

  it('lists every settings page to a Manager, with its description', async () => {
    const page = await manager.visit('/settings');
    expect(page.h1).to.equal('Settings');
    for (const name of ['Custom fields', 'Terms and Conditions', 'Team'])
      expect((await page.follow(name)).h1).to.equal(name);
    expect(page.text).to.include('who may log in here');
  });

  it('lists only the settings pages that a role allows', async () => {
    for (const [permission, path] of [
      ['brand.edit', '/settings/brand'],
      ['team.edit', '/settings/team'],
      ['terms.publish', '/settings/terms'],
    ] as const) {
      const staff = await signedInStaff(portal, tenant, await createStaffRole(portal, tenant, [permission]));
      const page = await staff.visit('/settings');
      expect(page.root.querySelectorAll('.links a').map((link) => link.getAttribute('href'))).to.eql([path]);
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
