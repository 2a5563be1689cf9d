import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import { signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('GET /settings', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });
  after(() => portal.close());

  /** @returns the code of the role */
  const createRole = async (permission: string) => {
    const [id, code] = [newId(), permission.replace('.', '_')];
    await sql(
      portal,
      `insert into roles (tenant_id, id, audience, code, name, description) values ($1, $2, 'staff', $3, $3, '')`,
      [tenant.id, id, code],
    );
    await sql(portal, 'insert into role_permissions (tenant_id, role_id, permission) values ($1, $2, $3)', [
      tenant.id,
      id,
      permission,
    ]);
    return code;
  };

  it('redirects a Manager to the custom fields', async () => {
    expect((await manager.visit('/settings')).path).to.equal('/settings/custom-fields');
  });

  it('redirects staff to the first settings page that their role allows', async () => {
    for (const [permission, path] of [
      ['team.edit', '/settings/team'],
      ['terms.publish', '/settings/terms'],
    ] as const) {
      const staff = await signedInStaff(portal, tenant, await createRole(permission));
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
