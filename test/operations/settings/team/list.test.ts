import { expect } from 'chai';
import { inTenant } from '../../../../src/database/in-tenant.ts';
import { systemActor } from '../../../../src/domain/actor.ts';
import { disableStaff, changeStaffRoles } from '../../../../src/domain/staff/staff-actions.ts';
import {
  createCustomer,
  createStaff,
  createTenant,
  signedInStaff,
  signIn,
  type TestTenant,
} from '../../../support/factories.ts';
import type { FieldValues } from '../../../support/page-form.ts';
import type { Page } from '../../../support/page.ts';
import { startPortal, type TestPortal } from '../../../support/portal.ts';
import { Visitor } from '../../../support/visitor.ts';

const TEAM = '/settings/team';
const NEW_PASSWORD = 'the engine weaves algebraic patterns';
const GRACE = { 'First name': 'Grace', 'Last name': 'Hopper', Email: 'grace@navy.example' };

describe('The team', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;

  before(async () => {
    portal = await startPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
  });
  after(() => portal.close());

  const add = async (fields: FieldValues) => (await manager.visit(`${TEAM}/new`)).submit('Add', fields);
  const pageOf = ({ id }: { id: string }) => manager.visit(`${TEAM}/${id}`);
  const roleId = async (audience: string, code: string, { id } = tenant) => {
    const sql = 'select id from roles where tenant_id = $1 and audience = $2 and code = $3';
    return (await portal.owner.query<{ id: string }>(sql, [id, audience, code])).rows[0]!.id;
  };
  const eventsOf = async (id: string) => {
    const sql = 'select event, actor_name, changes from audit_events where target_id = $1 order by id';
    return (
      await portal.owner.query<{ event: string; actor_name: string; changes: Record<string, unknown> }>(sql, [
        id,
      ])
    ).rows;
  };
  /** Leaves the tenant with the Managers that a test makes. */
  const withoutTheFirst = () =>
    portal.owner.query("update users set status = 'disabled' where tenant_id = $1 and id = $2", [
      tenant.id,
      tenant.manager.id,
    ]);
  const idOf = (page: Page) => page.path.split('/').at(-1)!;

  describe('as a list', () => {
    it('is found under Settings, with roles, status, access and last login', async () => {
      await createStaff(portal, tenant, { first_name: 'Dan', last_name: 'Driver', role: 'driver' });
      await createStaff(portal, tenant, { first_name: 'Olga', last_name: 'Ops', status: 'disabled' });
      const page = await (await manager.visit('/users')).follow('Team');
      expect(page.path).to.equal(TEAM);
      expect(page.rows('Dan Driver')[0]).to.include('Driver Enabled Active Never');
      expect(page.rows('Olga Ops')[0]).to.include('Manager Disabled');
      expect(page.rows('(you)')[0]).to.include(manager.person.email).and.not.include('Never');
      expect(page.rows(tenant.manager.email)[0]).to.include('Manager Enabled Invited');
    });

    it('shows no customer and nobody of another tenant', async () => {
      const customer = await createCustomer(portal, tenant);
      const stranger = await createStaff(portal, await createTenant(portal));
      const page = await manager.visit(TEAM);
      expect(page.rows()).to.have.length(2);
      expect(page.text).to.not.include(customer.email).and.not.include(stranger.email);
    });

    it('goes on to another page when there are many', async () => {
      for (let n = 0; n < 26; n += 1) await createStaff(portal, tenant, { role: null, password: null });
      const first = await manager.visit(TEAM);
      expect(first.rows()).to.have.length(25);
      expect((await first.follow('Next')).rows()).to.have.length(3);
    });
  });

  describe('gets a colleague', () => {
    it('who is mailed a link to the operations portal, sets a password and logs in with the roles given', async () => {
      const page = await add({ ...GRACE, Roles: ['Operations', 'Driver'] });
      expect(page.h1).to.equal('Grace Hopper');
      expect(page.flashes).to.deep.equal([
        'Grace Hopper was added. An email to set a password is on its way to grace@navy.example.',
      ]);
      expect(page.badges).to.deep.equal(['Enabled', 'Invited']);
      expect(page.text).to.include('Roles Operations, Driver').and.include('Last login Never');

      await portal.runMail();
      const mail = await portal.mailbox.next('grace@navy.example');
      expect(mail.link).to.match(new RegExp(`^http://${tenant.operations}/set-password\\?token=`));
      expect(mail.text).to.include('24 hours');
      const grace = new Visitor(portal, tenant.operations);
      const done = await (
        await grace.visit(mail.link)
      ).submit('Save password', { 'New password': NEW_PASSWORD });
      const inside = await done.submit('Log in', {
        'Email address': 'grace@navy.example',
        Password: NEW_PASSWORD,
      });
      expect(inside.path).to.equal('/users');
      expect(inside.links).to.include('Emails').and.not.include('Team').and.not.include('Audit log');
      expect((await manager.visit(page.path)).badges).to.deep.equal(['Enabled', 'Active']);
    });

    it('and the audit log says who gave which roles', async () => {
      const id = idOf(await add({ ...GRACE, Roles: ['Admin'] }));
      const events = await eventsOf(id);
      expect(events.map(({ event }) => event)).to.deep.equal(['user.created', 'email.queued']);
      expect(events[0]!.actor_name).to.equal(manager.person.name);
      expect(events[0]!.changes['roles']).to.deep.equal([[], ['Admin']]);
      const log = await manager.visit('/audit-log?event=user.created');
      expect(log.href('Grace Hopper')).to.equal(`${TEAM}/${id}`);
    });

    it('says what is missing or wrong, and keeps what was typed', async () => {
      const page = await add({ 'First name': '', 'Last name': '', Email: 'grace' });
      expect(page.status).to.equal(422);
      expect(page.errors).to.deep.equal([
        'Enter a first name',
        'Enter a last name',
        'Enter an email address in the correct format, like name@example.com',
        'Select at least one role',
      ]);
      expect(page.form('Add').values()).to.deep.include({ email: 'grace' });
      expect((await page.submit('Add', { ...GRACE, Roles: ['Driver'] })).h1).to.equal('Grace Hopper');
    });

    it('not twice: a known address leads to whoever has it', async () => {
      const olga = await createStaff(portal, tenant, { email: 'olga@x.example' });
      const page = await add({ ...GRACE, Email: ' Olga@X.example ', Roles: ['Driver'] });
      expect(page.status).to.equal(422);
      expect(page.errors[0]).to.include('Someone in the team has this email address already');
      expect(page.href('Open their page')).to.equal(`${TEAM}/${olga.id}`);
      expect(page.find('input[type=checkbox][checked]')).to.not.equal(null);
      await portal.runMail();
      expect(portal.mailbox.messages.filter(({ to }) => to.includes('olga@'))).to.deep.equal([]);
    });

    it('also one whose address a customer has', async () => {
      await createCustomer(portal, tenant, { email: GRACE.Email });
      expect((await add({ ...GRACE, Roles: ['Driver'] })).h1).to.equal('Grace Hopper');
    });

    it('with no roles but the staff’s own of this tenant', async () => {
      const other = await createTenant(portal);
      const form = await manager.visit(`${TEAM}/new`);
      const person = { first_name: 'Grace', last_name: 'Hopper', email: GRACE.Email };
      const forged = [
        await roleId('customer', 'company_admin'),
        await roleId('staff', 'manager', other),
        'manager',
      ];
      for (const role of forged) {
        const roles = [await roleId('staff', 'driver'), role];
        const answer = await manager.postFrom(form, TEAM, { ...person, 'roles[]': roles });
        expect(answer.status, role).to.equal(422);
        expect(answer.text).to.include('Select roles from the list');
      }
      expect((await manager.visit(TEAM)).text).to.not.include(GRACE.Email);
    });
  });

  describe('changes the roles of a colleague', () => {
    it('who is logged out by it, and the audit log keeps both', async () => {
      const dan = await signedInStaff(portal, tenant, 'driver');
      const page = await (await pageOf(dan.person)).submit('Save roles', { Roles: ['Operations', 'Admin'] });
      expect(page.flashes).to.deep.equal([
        `The roles of ${dan.person.name} were changed. They have to log in again.`,
      ]);
      expect(page.text).to.include('Roles Admin, Operations');
      expect((await dan.visit('/users')).path).to.equal('/login');
      const [changed] = (await eventsOf(dan.person.id)).filter(({ event }) => event === 'user.roles_changed');
      expect(changed!.changes['roles']).to.deep.equal([['Driver'], ['Admin', 'Operations']]);
      const again = await signIn(portal, tenant.operations, dan.person);
      expect((await again.get('/audit-log')).status).to.equal(200);
    });

    it('unless they are the same', async () => {
      const dan = await signedInStaff(portal, tenant, 'driver');
      const page = await (await pageOf(dan.person)).submit('Save roles');
      expect(page.flashes).to.deep.equal([`${dan.person.name} has these roles already.`]);
      expect((await dan.visit('/users')).path).to.equal('/users');
    });

    it('to one at least, and to none that is forged', async () => {
      const dan = await createStaff(portal, tenant, { role: 'driver' });
      const none = await (await pageOf(dan)).submit('Save roles', { Roles: [] });
      expect(none.errors).to.deep.equal(['Select at least one role']);
      const other = await createTenant(portal);
      for (const role of [await roleId('customer', 'orders'), await roleId('staff', 'manager', other)]) {
        const answer = await manager.postFrom(none, `${TEAM}/${dan.id}/roles`, { 'roles[]': role });
        expect(answer.status).to.equal(422);
      }
      expect((await pageOf(dan)).text).to.include('Roles Driver');
    });

    it('but nobody their own', async () => {
      const page = await pageOf(manager.person);
      expect(page.flashes[0]).to.include('This is you.');
      expect(page.buttons).to.not.include('Save roles');
      const answer = await manager.postFrom(page, `${page.path}/roles`, {
        'roles[]': await roleId('staff', 'driver'),
      });
      expect(answer.status).to.equal(422);
      expect((await manager.arrive(page.path, answer)).errors).to.deep.equal([
        'You cannot change your own roles',
      ]);
      expect((await manager.get(TEAM)).status).to.equal(200);
    });
  });

  describe('sends a colleague the way in', () => {
    it('a new link to who has no password yet, once for two clicks', async () => {
      const page = await pageOf(tenant.manager);
      const sent = await page.submit('Send set-password email');
      expect(sent.flashes).to.deep.equal([
        `An email to set a password is on its way to ${tenant.manager.email}.`,
      ]);
      await page.submit('Send set-password email');
      await portal.runMail();
      const mail = await portal.mailbox.next(tenant.manager.email);
      expect(mail.link).to.include(`${tenant.operations}/set-password?token=`);
      expect(await eventsOf(tenant.manager.id)).to.have.length(2);
    });

    it('a reset link to who has one', async () => {
      const dan = await createStaff(portal, tenant, { role: 'driver' });
      const sent = await (await pageOf(dan)).submit('Send password reset email');
      expect(sent.flashes).to.deep.equal([`A password reset email is on its way to ${dan.email}.`]);
      await portal.runMail();
      expect((await portal.mailbox.next(dan.email)).link).to.include(`${tenant.operations}/reset-password?`);
    });

    it('but none while they are disabled', async () => {
      const dan = await createStaff(portal, tenant, { role: 'driver', status: 'disabled' });
      const page = await pageOf(dan);
      expect(page.buttons).to.have.members(['Enable login', 'Save roles', 'Log out']);
      const answer = await manager.postFrom(page, `${page.path}/emails`);
      expect(answer.status).to.equal(422);
      expect(answer.text).to.include('Enable the login first.');
    });
  });

  describe('closes the door on a colleague', () => {
    it('at once, with every link they were sent, and opens it again', async () => {
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
      const events = (await eventsOf(dan.person.id)).map(({ event }) => event);
      expect(events).to.include.members(['user.disabled', 'user.enabled']);
    });

    it('but nobody on themselves', async () => {
      const page = await pageOf(manager.person);
      expect(page.links).to.not.include('Disable login');
      expect((await manager.visit(`${page.path}/deactivation`)).path).to.equal(page.path);
      const answer = await manager.postFrom(page, `${page.path}/deactivation`);
      expect(answer.status).to.equal(422);
      expect(answer.text).to.include('You cannot disable your own login');
      expect((await manager.get(TEAM)).status).to.equal(200);
    });
  });

  describe('keeps one Manager who may log in', () => {
    const system = systemActor('Tests');
    const disable = (id: string) =>
      inTenant(portal.database, tenant.id, (db) => disableStaff(db, system, id));
    const demote = async (id: string) => {
      const roles = await roleId('staff', 'driver');
      return inTenant(portal.database, tenant.id, (db) => changeStaffRoles(db, system, id, { roles }));
    };

    it('who is neither disabled nor given other roles', async () => {
      await withoutTheFirst();
      for (const result of [await disable(manager.person.id), await demote(manager.person.id)]) {
        const [error] = result.ok ? [] : Object.values(result.form.errors);
        expect(error?.text).to.include('is the last Manager who may log in');
      }
      const page = await manager.visit(TEAM);
      expect(page.rows('(you)')[0]).to.include('Manager Enabled');
    });

    it('while one of several goes, and one who is disabled already loses the role', async () => {
      const second = await createStaff(portal, tenant);
      await withoutTheFirst();
      expect((await demote(tenant.manager.id)).ok).to.equal(true);
      expect((await disable(second.id)).ok).to.equal(true);
      expect((await disable(manager.person.id)).ok).to.equal(false);
    });

    it('of two who remove each other at the same moment', async () => {
      await withoutTheFirst();
      const sql = `select count(distinct u.id)::int as count from users u join role_assignments a on a.user_id = u.id
        where u.tenant_id = $1 and u.status = 'enabled' and a.role_id = $2`;
      const role = await roleId('staff', 'manager');
      for (let round = 0; round < 5; round += 1) {
        const [one, two] = await Promise.all([createStaff(portal, tenant), createStaff(portal, tenant)]);
        await disable(manager.person.id);
        const ways = round % 2 ? [disable(one.id), demote(two.id)] : [disable(one.id), disable(two.id)];
        const results = await Promise.all(ways);
        expect(results.filter(({ ok }) => ok)).to.have.length(1);
        const { rows } = await portal.owner.query<{ count: number }>(sql, [tenant.id, role]);
        expect(rows[0]!.count).to.equal(1);
        await portal.owner.query("update users set status = 'enabled' where id = $1", [manager.person.id]);
        await disable(one.id);
        await disable(two.id);
      }
    });

    it('of two who press the button at the same moment', async () => {
      await withoutTheFirst();
      const other = await signedInStaff(portal, tenant);
      const [mine, theirs] = [
        await pageOf(other.person),
        await other.visit(`${TEAM}/${manager.person.id}`),
      ] as const;
      await Promise.all([
        manager.postFrom(mine, `${mine.path}/deactivation`),
        other.postFrom(theirs, `${theirs.path}/deactivation`),
      ]);
      const { rows } = await portal.owner.query(
        "select 1 from users where tenant_id = $1 and audience = 'staff' and status = 'enabled'",
        [tenant.id],
      );
      expect(rows).to.have.length(1);
    });
  });

  describe('is out of reach', () => {
    const writes = ['roles', 'emails', 'deactivation', 'activation'];

    it('of customers’ ids here, and of staff’s under Users', async () => {
      const customer = await createCustomer(portal, tenant);
      const dan = await createStaff(portal, tenant, { role: 'driver' });
      const form = await pageOf(dan);
      for (const path of [
        `${TEAM}/${customer.id}`,
        `${TEAM}/${customer.id}/deactivation`,
        `/users/${dan.id}`,
      ])
        expect((await manager.visit(path)).status, path).to.equal(404);
      const body = { 'roles[]': await roleId('staff', 'driver') };
      for (const write of writes)
        expect((await manager.postFrom(form, `${TEAM}/${customer.id}/${write}`, body)).status).to.equal(404);
      expect((await manager.postFrom(form, `/users/${dan.id}/deactivation`)).status).to.equal(404);
    });

    it('of another tenant', async () => {
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
      it(`of ${role ?? 'staff without a role'}`, async () => {
        const dan = await createStaff(portal, tenant, { role: 'driver' });
        const staff = await signedInStaff(portal, tenant, role);
        const page = await staff.visit('/users');
        expect(page.links).to.not.include('Team');
        const path = `${TEAM}/${dan.id}`;
        for (const each of [TEAM, `${TEAM}/new`, path, `${path}/deactivation`])
          expect((await staff.get(each)).status, each).to.equal(403);
        for (const each of [TEAM, ...writes.map((write) => `${path}/${write}`)])
          expect((await staff.postFrom(page, each)).status, each).to.equal(403);
      });
    }

    it('of whoever is not logged in', async () => {
      const page = await new Visitor(portal, tenant.operations).visit(TEAM);
      expect(page.path).to.equal('/login');
      expect(page.flashes).to.deep.equal(['Log in to continue.']);
    });
  });
});
