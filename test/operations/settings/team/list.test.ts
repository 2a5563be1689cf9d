import { expect } from 'chai';
import {
  createCustomer,
  createStaff,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../../../support/factories.ts';
import type { StaffVisitor } from '../../../support/operations.ts';
import type { FieldValues } from '../../../support/page-form.ts';
import type { Page } from '../../../support/page.ts';
import { sharedPortal, type TestPortal } from '../../../support/portal.ts';
import { roleId } from '../../../support/rows.ts';
import { findEventsOf } from '../../../support/audit.ts';
import { Visitor } from '../../../support/visitor.ts';

const TEAM = '/settings/team';
const NEW_PASSWORD = 'the engine weaves algebraic patterns';
const GRACE = { 'First name': 'Grace', 'Last name': 'Hopper', Email: 'grace@navy.example' };

describe('Team', () => {
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

  const add = async (fields: FieldValues) => (await manager.visit(`${TEAM}/new`)).submit('Add', fields);
  const idOf = (page: Page) => page.path.split('/').at(-1)!;

  describe('GET /settings/team', () => {
    it('shows staff with roles, status, access and last login', async () => {
      await createStaff(portal, tenant, { first_name: 'Dan', last_name: 'Driver', role: 'driver' });
      await createStaff(portal, tenant, { first_name: 'Olga', last_name: 'Ops', status: 'disabled' });
      const settings = await (await manager.visit('/users')).follow('Settings');
      const page = await settings.follow('Team');
      expect(page.path).to.equal(TEAM);
      expect(page.rows('Dan Driver')[0]).to.include('Driver Enabled Active Never');
      expect(page.rows('Olga Ops')[0]).to.include('Manager Disabled');
      expect(page.rows('(you)')[0]).to.include(manager.person.email).and.not.include('Never');
      expect(page.rows(tenant.manager.email)[0]).to.include('Manager Enabled Invited');
    });

    it('shows neither customers nor staff of another tenant', async () => {
      const customer = await createCustomer(portal, tenant);
      const foreign = await createStaff(portal, await createTenant(portal));
      const page = await manager.visit(TEAM);
      expect(page.rows()).to.have.length(2);
      expect(page.text).to.not.include(customer.email).and.not.include(foreign.email);
    });

    it('shows 25 staff users per page', async () => {
      for (let n = 0; n < 26; n += 1) await createStaff(portal, tenant, { role: null, password: null });
      const first = await manager.visit(TEAM);
      expect(first.rows()).to.have.length(25);
      expect((await first.follow('Next')).rows()).to.have.length(3);
    });
  });

  describe('POST /settings/team', () => {
    it('adds a staff user who sets a password with the emailed link and logs in', async () => {
      const page = await add({ ...GRACE, Roles: ['Operations', 'Driver'] });
      expect(page.h1).to.equal('Grace Hopper');
      expect(page.flashes).to.deep.equal([
        'Grace Hopper was added. An email to set a password has been sent to grace@navy.example.',
      ]);
      expect(page.badges).to.deep.equal(['Enabled', 'Invited']);
      expect(page.text).to.include('Roles Operations, Driver').and.include('Last login Never');

      await portal.runMail();
      const mail = await portal.mailbox.next('grace@navy.example');
      expect(mail.link).to.match(new RegExp(`^http://${tenant.operations}/set-password\\?token=`));
      expect(mail.text).to.include('24 hours');
      const grace = new Visitor(portal, tenant.operations);
      const done = await (
        await grace.openLink(mail.link)
      ).submit('Save password', { 'New password': NEW_PASSWORD });
      const inside = await done.submit('Log in', {
        'Email address': 'grace@navy.example',
        Password: NEW_PASSWORD,
      });
      expect(inside.path).to.equal('/dashboard');
      expect(inside.links).to.include('Emails').and.not.include('Team').and.not.include('Audit log');
      expect((await manager.visit(page.path)).badges).to.deep.equal(['Enabled', 'Active']);
    });

    it('records the assigned roles and the actor', async () => {
      const id = idOf(await add({ ...GRACE, Roles: ['Admin'] }));
      const events = await findEventsOf(portal, id);
      expect(events.map(({ event }) => event)).to.deep.equal(['user.created', 'email.queued']);
      expect(events[0]!.actor_name).to.equal(manager.person.name);
      expect(events[0]!.changes['roles']).to.deep.equal([[], ['Admin']]);
      const log = await manager.visit('/audit-log?event=user.created');
      expect(log.href('Grace Hopper')).to.equal(`${TEAM}/${id}`);
    });

    it('reports every missing or invalid field and keeps the values', async () => {
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

    it('adds a person with one name', async () => {
      const page = await add({
        'First name': 'Sukarno',
        'Last name': '',
        'This person has one name': true,
        Email: 'sukarno@navy.example',
        Roles: ['Driver'],
      });
      expect(page.h1).to.equal('Sukarno');
    });

    it('refuses the address of a staff user and links to that user', async () => {
      const olga = await createStaff(portal, tenant, { email: 'olga@x.example' });
      const page = await add({ ...GRACE, Email: ' Olga@X.example ', Roles: ['Driver'] });
      expect(page.status).to.equal(422);
      expect(page.errors[0]).to.include('A staff member with this email address already exists');
      expect(page.href('Open their page')).to.equal(`${TEAM}/${olga.id}`);
      expect(page.find('input[type=checkbox][checked]')).to.not.equal(null);
      await portal.runMail();
      expect(portal.mailbox.messages.filter(({ to }) => to.includes('olga@'))).to.deep.equal([]);
    });

    it('accepts the address of a customer', async () => {
      await createCustomer(portal, tenant, { email: GRACE.Email });
      expect((await add({ ...GRACE, Roles: ['Driver'] })).h1).to.equal('Grace Hopper');
    });

    it('refuses roles of customers and of another tenant', async () => {
      const other = await createTenant(portal);
      const form = await manager.visit(`${TEAM}/new`);
      const person = { first_name: 'Grace', last_name: 'Hopper', email: GRACE.Email };
      const forged = [
        await roleId(portal, tenant, 'customer', 'company_admin'),
        await roleId(portal, other, 'staff', 'manager'),
        'manager',
      ];
      for (const role of forged) {
        const roles = [await roleId(portal, tenant, 'staff', 'driver'), role];
        const response = await manager.postFrom(form, TEAM, { ...person, 'roles[]': roles });
        expect(response.status, role).to.equal(422);
        expect(response.text).to.include('Select roles from the list');
      }
      expect((await manager.visit(TEAM)).text).to.not.include(GRACE.Email);
    });
  });

  describe('permissions', () => {
    for (const role of ['admin', 'operations', 'driver', null]) {
      it(`returns 403 to ${role ? `the role ${role}` : 'staff without a role'}`, async () => {
        const staff = await signedInStaff(portal, tenant, role);
        const page = await staff.visit('/users');
        expect(page.links).to.not.include('Team');
        for (const path of [TEAM, `${TEAM}/new`]) expect((await staff.get(path)).status, path).to.equal(403);
        expect((await staff.postFrom(page, TEAM)).status).to.equal(403);
      });
    }

    it('redirects anonymous users to the login page', async () => {
      for (const path of [TEAM, `${TEAM}/new`]) {
        const page = await new Visitor(portal, tenant.operations).visit(path);
        expect(page.path, path).to.equal('/login');
        expect(page.flashes).to.deep.equal(['Log in to continue.']);
      }
    });
  });
});
