import { expect } from 'chai';
import { inTenant } from '../../../../src/database/in-tenant.ts';
import { systemActor } from '../../../../src/domain/actor.ts';
import { changeStaffRoles, disableStaff } from '../../../../src/domain/staff/staff-actions.ts';
import {
  createCustomer,
  createStaff,
  createStaffRole,
  createTenant,
  signedInStaff,
  signIn,
  type TestTenant,
} from '../../../support/factories.ts';
import type { StaffVisitor } from '../../../support/operations.ts';
import { sharedPortal, type TestPortal } from '../../../support/portal.ts';
import { roleId, userRow } from '../../../support/rows.ts';
import { findEventNamesOf, findEventsOf } from '../../../support/audit.ts';
import { Visitor } from '../../../support/visitor.ts';

const TEAM = '/settings/team';

describe('A staff user', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
  });

  const pageOf = ({ id }: { id: string }) => manager.visit(`${TEAM}/${id}`);

  describe('GET /settings/team/:id', () => {
    it('shows details, roles and access', async () => {
      const dan = await createStaff(portal, tenant, { role: 'driver' });
      const page = await pageOf(dan);
      expect(page.h1).to.equal(dan.name);
      expect(page.badges).to.deep.equal(['Enabled', 'Active']);
      expect(page.text).to.include(dan.email).and.include('Roles Driver').and.include('Last login Never');
    });
  });

  describe('staff who may manage the team without all permissions', () => {
    let lead: StaffVisitor;

    beforeEach(async () => {
      lead = await signedInStaff(
        portal,
        tenant,
        await createStaffRole(portal, tenant, ['team.edit', 'users.view']),
      );
    });

    it('can neither change, disable nor enable users with more permissions', async () => {
      const page = await lead.visit(`${TEAM}/${manager.person.id}`);
      expect(page.text).to.include('They have permissions that you do not have.');
      expect(page.links).to.not.include('Edit');
      expect(page.buttons).to.not.include('Save roles');
      expect((await lead.visit(`${TEAM}/${manager.person.id}/edit`)).path).to.equal(page.path);
      const { version, ...details } = { version: '0', first_name: 'Eve', last_name: 'M', phone: '' };
      const forged = { ...details, version, email: 'eve@example.com' };
      for (const [path, fields] of [
        ['', forged],
        ['/deactivation', {}],
        ['/roles', { 'roles[]': await roleId(portal, tenant, 'staff', 'driver') }],
      ] as const) {
        const response = await lead.postFrom(page, `${page.path}${path}`, fields);
        expect(response.status, path).to.equal(422);
        expect(response.text, path).to.include('has permissions that you do not have');
      }
      const disabled = await createStaff(portal, tenant, { status: 'disabled' });
      expect((await lead.postFrom(page, `${TEAM}/${disabled.id}/activation`)).status).to.equal(422);
      expect(await userRow(portal, disabled.id)).to.include({ status: 'disabled' });
      expect((await userRow(portal, manager.person.id))['email']).to.equal(manager.person.email);
    });

    it('can assign only roles whose permissions they have', async () => {
      const code = await createStaffRole(portal, tenant, ['users.view']);
      const dan = await createStaff(portal, tenant, { role: code });
      const page = await lead.visit(`${TEAM}/${dan.id}`);
      const refused = await page.submit('Save roles', { Roles: ['Manager'] });
      expect(refused.errors).to.deep.equal(['Select only roles with permissions that you have']);
      const added = await (
        await lead.visit(`${TEAM}/new`)
      ).submit('Add', {
        'First name': 'Eve',
        'Last name': 'Mallory',
        Email: 'eve@example.com',
        Roles: ['Admin'],
      });
      expect(added.errors).to.deep.equal(['Select only roles with permissions that you have']);
      const named = await (
        await lead.visit(`${TEAM}/${dan.id}/edit`)
      ).submit('Save changes', { 'First name': 'Dan' });
      expect(named.h1).to.match(/^Dan /);
    });
  });

  describe('POST /settings/team/:id/roles', () => {
    it('changes the roles in the open login session of the user and records the change', async () => {
      const dan = await signedInStaff(portal, tenant, 'driver');
      expect((await dan.visit('/audit-log')).status).to.equal(403);
      const page = await (await pageOf(dan.person)).submit('Save roles', { Roles: ['Operations', 'Admin'] });
      expect(page.flashes).to.deep.equal([`The roles of ${dan.person.name} were changed.`]);
      expect(page.text).to.include('Roles Admin, Operations');
      const allowed = await dan.visit('/audit-log');
      expect([allowed.status, allowed.path]).to.deep.equal([200, '/audit-log']);
      const [changed] = (await findEventsOf(portal, dan.person.id)).filter(
        ({ event }) => event === 'user.roles_changed',
      );
      expect(changed!.changes['roles']).to.deep.equal([['Driver'], ['Admin', 'Operations']]);
    });

    it('keeps the roles when the form is submitted unchanged', async () => {
      const dan = await signedInStaff(portal, tenant, 'driver');
      const page = await (await pageOf(dan.person)).submit('Save roles');
      expect(page.flashes).to.deep.equal([`${dan.person.name} already has these roles.`]);
      expect(await findEventNamesOf(portal, dan.person.id)).to.not.include('user.roles_changed');
    });

    it('requires a role and refuses roles of customers and of another tenant', async () => {
      const dan = await createStaff(portal, tenant, { role: 'driver' });
      const none = await (await pageOf(dan)).submit('Save roles', { Roles: [] });
      expect(none.errors).to.deep.equal(['Select at least one role']);
      const other = await createTenant(portal);
      for (const role of [
        await roleId(portal, tenant, 'customer', 'accounts_payable'),
        await roleId(portal, other, 'staff', 'manager'),
      ]) {
        const response = await manager.postFrom(none, `${TEAM}/${dan.id}/roles`, { 'roles[]': role });
        expect(response.status).to.equal(422);
      }
      expect((await pageOf(dan)).text).to.include('Roles Driver');
    });

    it("refuses a change of the current user's own roles", async () => {
      const page = await pageOf(manager.person);
      expect(page.flashes[0]).to.include('This is you.');
      expect(page.buttons).to.not.include('Save roles');
      const response = await manager.postFrom(page, `${page.path}/roles`, {
        'roles[]': await roleId(portal, tenant, 'staff', 'driver'),
      });
      expect(response.status).to.equal(422);
      expect((await manager.arrive(page.path, response)).errors).to.deep.equal([
        'You cannot change your own roles',
      ]);
      expect((await manager.get(TEAM)).status).to.equal(200);
    });
  });

  describe('POST /settings/team/:id/emails', () => {
    it('sends one set-password link to a user without a password when the form is submitted twice', async () => {
      const page = await pageOf(tenant.manager);
      const sent = await page.submit('Send set-password email');
      expect(sent.flashes).to.deep.equal([
        `An email to set a password has been sent to ${tenant.manager.email}.`,
      ]);
      const again = await page.submit('Send set-password email');
      expect(again.text).to.match(
        /This email was sent a moment ago\. You can send another in \d+ seconds?\./,
      );
      await portal.runMail();
      const mail = await portal.mailbox.next(tenant.manager.email);
      expect(mail.link).to.include(`${tenant.operations}/set-password?token=`);
      expect(await findEventsOf(portal, tenant.manager.id)).to.have.length(2);
    });

    it('sends a reset link to a user with a password', async () => {
      const dan = await createStaff(portal, tenant, { role: 'driver' });
      const sent = await (await pageOf(dan)).submit('Send password reset email');
      expect(sent.flashes).to.deep.equal([`A password reset email has been sent to ${dan.email}.`]);
      await portal.runMail();
      expect((await portal.mailbox.next(dan.email)).link).to.include(`${tenant.operations}/reset-password?`);
    });

    it('sends no email to a disabled user', async () => {
      const dan = await createStaff(portal, tenant, { role: 'driver', status: 'disabled' });
      const page = await pageOf(dan);
      expect(page.buttons).to.have.members(['Enable login', 'Save roles', 'Log out']);
      const response = await manager.postFrom(page, `${page.path}/emails`);
      expect(response.status).to.equal(422);
      expect(response.text).to.include('Enable the login first.');
    });
  });

  describe('POST /settings/team/:id/deactivation', () => {
    it('revokes login sessions and links, and can be reversed', async () => {
      const dan = await signedInStaff(portal, tenant, 'driver');
      await (await pageOf(dan.person)).submit('Send password reset email');
      await portal.runMail();
      const { link } = await portal.mailbox.next(dan.person.email);
      const confirm = await (await pageOf(dan.person)).follow('Disable login');
      expect(confirm.h1).to.equal(`Disable the login of ${dan.person.name}?`);
      const page = await confirm.submit('Disable login');
      expect(page.flashes).to.deep.equal([`${dan.person.name} can no longer log in.`]);
      expect(page.badges).to.deep.equal(['Disabled', 'Active']);
      expect((await dan.visit('/users')).path).to.equal('/login');
      expect((await new Visitor(portal, tenant.operations).visit(link)).status).to.equal(410);

      expect((await page.submit('Enable login')).badges).to.deep.equal(['Enabled', 'Active']);
      expect((await dan.visit('/users')).path).to.equal('/login');
      await signIn(portal, tenant.operations, dan.person);
      const events = (await findEventsOf(portal, dan.person.id)).map(({ event }) => event);
      expect(events).to.include.members(['user.disabled', 'user.enabled']);
    });

    it('refuses to disable the login of the current user', async () => {
      const page = await pageOf(manager.person);
      expect(page.links).to.not.include('Disable login');
      expect((await manager.visit(`${page.path}/deactivation`)).path).to.equal(page.path);
      const response = await manager.postFrom(page, `${page.path}/deactivation`);
      expect(response.status).to.equal(422);
      expect(response.text).to.include('You cannot disable your own login');
      expect((await manager.get(TEAM)).status).to.equal(200);
    });
  });

  describe('the last Manager', () => {
    const system = systemActor('Tests');
    /** Disables the first Manager, so that only the Managers of the test remain. */
    const disableFirstManager = () =>
      portal.owner.query("update users set status = 'disabled' where tenant_id = $1 and id = $2", [
        tenant.id,
        tenant.manager.id,
      ]);
    const disable = (id: string) =>
      inTenant(portal.database, tenant.id, (db) => disableStaff(db, system, id));
    const demote = async (id: string) => {
      const roles = [await roleId(portal, tenant, 'staff', 'driver')];
      return inTenant(portal.database, tenant.id, (db) => changeStaffRoles(db, system, id, { roles }));
    };

    it('can be neither disabled nor given other roles', async () => {
      await disableFirstManager();
      for (const result of [await disable(manager.person.id), await demote(manager.person.id)]) {
        const [error] = result.ok ? [] : result.errors;
        expect(error?.code).to.equal('last_manager');
      }
      const page = await manager.visit(TEAM);
      expect(page.rows('(you)')[0]).to.include('Manager Enabled');
    });

    it('remains when other Managers are disabled or demoted', async () => {
      const second = await createStaff(portal, tenant);
      await disableFirstManager();
      expect((await demote(tenant.manager.id)).ok).to.equal(true);
      expect((await disable(second.id)).ok).to.equal(true);
      expect((await disable(manager.person.id)).ok).to.equal(false);
    });

    it('remains when two Managers are removed at the same time', async () => {
      await disableFirstManager();
      const sql = `select count(distinct u.id)::int as count from users u join role_assignments a on a.user_id = u.id
        where u.tenant_id = $1 and u.status = 'enabled' and a.role_id = $2`;
      const role = await roleId(portal, tenant, 'staff', 'manager');
      for (let round = 0; round < 5; round += 1) {
        const [one, two] = await Promise.all([createStaff(portal, tenant), createStaff(portal, tenant)]);
        await disable(manager.person.id);
        const removals = round % 2 ? [disable(one.id), demote(two.id)] : [disable(one.id), disable(two.id)];
        const results = await Promise.all(removals);
        expect(results.filter(({ ok }) => ok)).to.have.length(1);
        const { rows } = await portal.owner.query<{ count: number }>(sql, [tenant.id, role]);
        expect(rows[0]!.count).to.equal(1);
        await portal.owner.query("update users set status = 'enabled' where id = $1", [manager.person.id]);
        await disable(one.id);
        await disable(two.id);
      }
    });

    it('remains when two Managers disable each other at the same time', async () => {
      await disableFirstManager();
      const other = await signedInStaff(portal, tenant);
      const [form, otherForm] = [
        await pageOf(other.person),
        await other.visit(`${TEAM}/${manager.person.id}`),
      ] as const;
      await Promise.all([
        manager.postFrom(form, `${form.path}/deactivation`),
        other.postFrom(otherForm, `${otherForm.path}/deactivation`),
      ]);
      const { rows } = await portal.owner.query(
        "select 1 from users where tenant_id = $1 and audience = 'staff' and status = 'enabled'",
        [tenant.id],
      );
      expect(rows).to.have.length(1);
    });
  });

  describe('permissions', () => {
    const writes = ['roles', 'emails', 'deactivation', 'activation'];

    it('returns 404 for customers under /settings/team and for staff under /users', async () => {
      const customer = await createCustomer(portal, tenant);
      const dan = await createStaff(portal, tenant, { role: 'driver' });
      const form = await pageOf(dan);
      for (const path of [
        `${TEAM}/${customer.id}`,
        `${TEAM}/${customer.id}/deactivation`,
        `/users/${dan.id}`,
      ])
        expect((await manager.visit(path)).status, path).to.equal(404);
      const body = { 'roles[]': await roleId(portal, tenant, 'staff', 'driver') };
      for (const write of writes)
        expect((await manager.postFrom(form, `${TEAM}/${customer.id}/${write}`, body)).status).to.equal(404);
      expect((await manager.postFrom(form, `/users/${dan.id}/deactivation`)).status).to.equal(404);
    });

    it('returns 404 for staff of another tenant', async () => {
      const dan = await createStaff(portal, tenant, { role: 'driver' });
      const other = await signedInStaff(portal, await createTenant(portal));
      const form = await other.visit(`${TEAM}/new`);
      for (const path of [dan.id, `${dan.id}/deactivation`])
        expect((await other.visit(`${TEAM}/${path}`)).status).to.equal(404);
      for (const write of writes)
        expect((await other.postFrom(form, `${TEAM}/${dan.id}/${write}`)).status).to.equal(404);
      expect((await pageOf(dan)).badges).to.deep.equal(['Enabled', 'Active']);
    });

    for (const role of ['admin', 'operations', 'driver', null]) {
      it(`returns 403 to ${role ? `the role ${role}` : 'staff without a role'}`, async () => {
        const dan = await createStaff(portal, tenant, { role: 'driver' });
        const staff = await signedInStaff(portal, tenant, role);
        const page = await staff.visit('/users');
        const path = `${TEAM}/${dan.id}`;
        for (const each of [path, `${path}/deactivation`])
          expect((await staff.get(each)).status, each).to.equal(403);
        for (const write of writes)
          expect((await staff.postFrom(page, `${path}/${write}`)).status, write).to.equal(403);
      });
    }

    it('redirects anonymous users to the login page', async () => {
      const path = `${TEAM}/${tenant.manager.id}`;
      for (const each of [path, `${path}/deactivation`])
        expect((await new Visitor(portal, tenant.operations).visit(each)).path, each).to.equal('/login');
    });
  });
});
