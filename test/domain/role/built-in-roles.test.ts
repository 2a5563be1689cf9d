import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import { builtInRoles, rolePermissions } from '../../../src/domain/role/built-in-roles.ts';
import type { Permission } from '../../../src/domain/role/permissions.ts';
import {
  createCompany,
  createStaffRole,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { roleId, sql } from '../../support/rows.ts';
import type { Visitor } from '../../support/visitor.ts';

const CHECK_VIOLATION = '23514';
const FOREIGN_KEY_VIOLATION = '23503';

describe('permissions of roles', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
  });

  const storedPermissions = () =>
    sql(portal, 'select role_id, permission from role_permissions where tenant_id = $1', [tenant.id]);
  const deleteStoredPermissions = () =>
    sql(portal, 'delete from role_permissions where tenant_id = $1', [tenant.id]);
  const statusOf = async (visitor: Visitor, path: string) => (await visitor.get(path)).status;

  it('are not stored for the built-in roles of a new tenant', async () => {
    expect(await storedPermissions()).to.deep.equal([]);
  });

  it('of built-in staff roles do not depend on stored rows', async () => {
    const manager = await signedInStaff(portal, tenant, 'manager');
    const driver = await signedInStaff(portal, tenant, 'driver');
    await deleteStoredPermissions();
    expect(await statusOf(manager, '/settings/team')).to.equal(200);
    expect(await statusOf(driver, '/users')).to.equal(200);
    expect(await statusOf(driver, '/settings/team')).to.equal(403);
  });

  it('of built-in customer roles do not depend on stored rows', async () => {
    const company = await createCompany(portal, tenant);
    const customer = await signedInCustomer(portal, tenant, { company, roles: ['unit_manager'] });
    await deleteStoredPermissions();
    expect(await statusOf(customer, `/account/companies/${company.id}/units`)).to.equal(200);
    expect(await statusOf(customer, `/account/companies/${company.id}/billing`)).to.equal(403);
  });

  it('of a built-in role reach an existing tenant when a release adds them', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect(await statusOf(driver, '/audit-log')).to.equal(403);
    await withAddedPermission('driver', 'audit_log.view', async () => {
      expect(await statusOf(driver, '/audit-log')).to.equal(200);
    });
    expect(await statusOf(driver, '/audit-log')).to.equal(403);
  });

  it('of a custom role are its stored rows', async () => {
    const staff = await signedInStaff(
      portal,
      tenant,
      await createStaffRole(portal, tenant, ['users.view', 'audit_log.view']),
    );
    expect(await statusOf(staff, '/users')).to.equal(200);
    expect(await statusOf(staff, '/audit-log')).to.equal(200);
    expect(await statusOf(staff, '/emails')).to.equal(403);
    await sql(portal, "delete from role_permissions where tenant_id = $1 and permission = 'users.view'", [
      tenant.id,
    ]);
    expect(await statusOf(staff, '/users')).to.equal(403);
    expect(await statusOf(staff, '/audit-log')).to.equal(200);
  });

  it('of a custom role and a built-in role of one user add up', async () => {
    const staff = await signedInStaff(portal, tenant, 'driver');
    const code = await createStaffRole(portal, tenant, ['emails.view']);
    await sql(
      portal,
      'insert into role_assignments (tenant_id, id, user_id, role_id) values ($1, $2, $3, $4)',
      [tenant.id, newId(), staff.person.id, await roleId(portal, tenant, 'staff', code)],
    );
    expect(await statusOf(staff, '/customers/companies')).to.equal(200);
    expect(await statusOf(staff, '/emails')).to.equal(200);
    expect(await statusOf(staff, '/audit-log')).to.equal(403);
  });

  it('are none for a built-in role that the code does not know', async () => {
    await sql(
      portal,
      `insert into roles (tenant_id, id, audience, code, name, is_built_in)
       values ($1, $2, 'staff', 'from_another_release', 'From another release', true)`,
      [tenant.id, newId()],
    );
    const staff = await signedInStaff(portal, tenant, 'from_another_release');
    for (const path of ['/users', '/customers/companies', '/emails', '/audit-log', '/settings'])
      expect(await statusOf(staff, path), path).to.equal(403);
  });

  it('cannot be stored for a built-in role', async () => {
    const id = await roleId(portal, tenant, 'staff', 'driver');
    const insert = (isBuiltIn: boolean) =>
      sql(
        portal,
        'insert into role_permissions (tenant_id, role_id, permission, is_built_in) values ($1, $2, $3, $4)',
        [tenant.id, id, 'users.edit', isBuiltIn],
      ).then(
        () => 'stored',
        (error: { code: string }) => error.code,
      );
    expect(await insert(false)).to.equal(FOREIGN_KEY_VIOLATION);
    expect(await insert(true)).to.equal(CHECK_VIOLATION);
  });

  it('of a built-in role are described by the code, those of a custom role by its row', async () => {
    const manager = await signedInStaff(portal, tenant, 'manager');
    const code = await createStaffRole(portal, tenant, ['users.view']);
    await sql(portal, "update roles set description = 'Outdated' where tenant_id = $1 and is_built_in", [
      tenant.id,
    ]);
    await sql(portal, "update roles set description = 'Sees users only' where tenant_id = $1 and code = $2", [
      tenant.id,
      code,
    ]);
    const page = await manager.visit('/settings/team/new');
    expect(page.text).to.include('Sees users, companies and rentals.').and.include('Sees users only');
    expect(page.text).not.to.include('Outdated');
  });
});

describe('rolePermissions', () => {
  const manager = { audience: 'staff', code: 'manager', is_built_in: true } as const;

  it('returns the permissions in the code for a built-in role and ignores stored ones', () => {
    expect(rolePermissions(manager, [])).to.include('team.edit');
    expect(rolePermissions({ ...manager, code: 'driver' }, ['team.edit'])).to.deep.equal([
      'users.view',
      'companies.view',
      'rentals.view',
    ]);
  });

  it('returns the stored permissions for a custom role with the code of a built-in role', () => {
    expect(rolePermissions({ ...manager, is_built_in: false }, ['emails.view'])).to.deep.equal([
      'emails.view',
    ]);
    expect(rolePermissions({ ...manager, is_built_in: false }, [])).to.deep.equal([]);
  });

  it('returns nothing for a built-in role with an unknown code or the code of the other audience', () => {
    expect(rolePermissions({ ...manager, code: 'unknown' }, ['emails.view'])).to.deep.equal([]);
    expect(rolePermissions({ ...manager, audience: 'customer' }, ['emails.view'])).to.deep.equal([]);
  });
});

/** Changes the catalogue while `work` runs, as a new release would. */
async function withAddedPermission(
  code: string,
  permission: Permission,
  work: () => Promise<void>,
): Promise<void> {
  const role = builtInRoles.find((each) => each.code === code)!;
  const before = role.permissions;
  role.permissions = [...before, permission];
  try {
    await work();
  } finally {
    role.permissions = before;
  }
}
