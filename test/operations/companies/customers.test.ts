import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import { findAuditEvents } from '../../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createStaff,
  createStaffRole,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestCompany,
  type TestTenant,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { Page } from '../../support/page.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

let addresses = 0;
const newAddress = () => `customer.${(addresses += 1)}@example.com`;

describe('Customers of a company', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let company: TestCompany;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
    company = await createCompany(portal, tenant, { name: 'Acme Retail', code: 'ACME' });
  });

  const path = (rest = '') => `/customers/companies/${company.id}${rest}`;
  const open = () => manager.visit(path('/customers/new'));
  const roleOption = (page: Page, name: string) =>
    page
      .form('Add')
      .submission({ Roles: [name] })
      .fields.find(([field]) => field === 'roles[]')![1];
  const findUser = async (email: string) => {
    const [user] = await sql(portal, 'select * from users where tenant_id = $1 and email = $2', [
      tenant.id,
      email,
    ]);
    return user!;
  };

  describe('POST /customers/companies/:id/customers', () => {
    it('adds an invited customer and sends the activation email', async () => {
      const address = newAddress();
      const start = await manager.visit('/');
      const customers = await start.follow('Customers');
      const list = await customers.follow('Companies');
      const found = await list.submit('Search', { Search: 'acme' });
      const details = await found.follow('more details', { within: 'Acme Retail' });
      const form = await details.follow('Add customer');
      expect(form.h1).to.equal('Add customer to Acme Retail');
      const added = await form.submit('Add', {
        Username: address,
        Roles: ['Accounts Payable', 'View only'],
        'Email template': 'accountActivation-EJS',
      });

      const user = await findUser(address);
      expect(added.path).to.equal(`/users/${String(user['id'])}`);
      expect(added.flashes[0]).to.equal(`Customer added. An activation email has been sent to ${address}.`);
      expect(user).to.include({ access: 'invited', name: '', password_hash: null, audience: 'customer' });
      expect((await portal.mailbox.next(address)).subject).to.include('Activate');
      const page = await manager.visit(path());
      expect(page.rows(address)[0]).to.include('Accounts Payable, View only').and.include('Invited');
    });

    it('sends no email without a template', async () => {
      const address = newAddress();
      const added = await (await open()).submit('Add', { Username: address, Roles: ['Accounts Payable'] });
      expect(added.flashes[0]).to.equal('Customer added. No email has been sent.');
      const user = await findUser(address);
      expect(user['access']).to.equal('no_access');
      expect(await sql(portal, 'select 1 from emails where user_id = $1', [user['id']])).to.deep.equal([]);
    });

    it('adds a customer who does not act for themselves', async () => {
      const address = newAddress();
      await (await open()).submit('Add', { Username: address, Roles: ['Accounts Payable'] });
      expect((await findUser(address))['is_private_customer']).to.equal(false);
    });

    it('sends an invitation that names the company and the inviter', async () => {
      const address = newAddress();
      await (
        await open()
      ).submit('Add', {
        Username: address,
        Roles: ['Company Admin'],
        'Email template': 'accountInvitation',
      });
      const mail = await portal.mailbox.next(address);
      expect(mail.text).to.include('Acme Retail').and.include(manager.person.name);
    });

    it('offers "Do not send an email" first, then the templates', async () => {
      const options = (await open())
        .findAll('select[name="template"] option')
        .map((option) => option.text.trim());
      expect(options).to.deep.equal(['Do not send an email', 'accountActivation-EJS', 'accountInvitation']);
    });

    it('links to the preview of each template', async () => {
      const preview = await (await open()).follow('accountActivation-EJS (opens in a new tab)');
      expect(preview.h1).to.equal('Preview of accountActivation-EJS');
    });

    it('records the customer and the chosen email in the audit log', async () => {
      const address = newAddress();
      const added = await (
        await open()
      ).submit('Add', {
        Username: address,
        Roles: ['Accounts Payable'],
        'Email template': 'accountInvitation',
      });
      expect(added.flashes).to.deep.equal([
        `Customer added. An invitation email has been sent to ${address}.`,
      ]);
      expect((await findAuditEvents(portal, tenant, 'user.created')).at(-1)).to.deep.equal({
        actor_name: manager.person.name,
        target_name: address,
        changes: {
          email: [null, address],
          company: [null, 'Acme Retail'],
          roles: [[], ['Accounts Payable']],
        },
      });
      const [queued] = (await findAuditEvents(portal, tenant, 'email.queued')).slice(-1);
      expect(queued!.target_name).to.include(address);
    });

    it('requires an email address or a name, and a role, and keeps the values', async () => {
      const form = await open();
      const empty = await form.submit('Add');
      expect(empty.status).to.equal(422);
      expect(empty.errors).to.deep.equal([
        'Enter a first name, because there is no email address',
        'Select at least one role',
      ]);
      const invalid = await form.submit('Add', {
        Username: 'a@b.example, c@d.example',
        Roles: ['Accounts Payable'],
        'Email template': 'accountInvitation',
      });
      expect(invalid.errors).to.deep.equal([
        'Enter an email address in the correct format, like name@example.com',
      ]);
      expect(invalid.form('Add').values()).to.deep.include({
        username: 'a@b.example, c@d.example',
        template: 'accountInvitation',
        'roles[]': roleOption(form, 'Accounts Payable'),
      });
      expect((await manager.visit(path('/customers'))).path).to.equal(path());
    });

    it('refuses staff roles, roles of another tenant and unknown roles', async () => {
      const other = await createTenant(portal);
      const foreign = await sql(
        portal,
        `select id from roles where (tenant_id = $1 and audience = 'staff') or tenant_id = $2`,
        [tenant.id, other.id],
      );
      const form = await open();
      const ids = [...foreign.map((role) => String(role['id'])), 'manager', newId(), ''];
      for (const id of ids) {
        const response = await manager.postFrom(form, path('/customers'), {
          username: newAddress(),
          'roles[]': [roleOption(form, 'Accounts Payable'), id],
          template: 'none',
        });
        expect(response.status, id).to.equal(422);
        expect(response.text, id).to.include('Select roles from the list');
      }
    });

    it('refuses a template that is not offered', async () => {
      const form = await open();
      for (const template of ['resetPassword', 'passwordChanged', '../../etc/passwd', '__proto__']) {
        const response = await manager.postFrom(form, path('/customers'), {
          username: newAddress(),
          'roles[]': [roleOption(form, 'Accounts Payable')],
          template,
        });
        expect(response.text, template).to.include('Select an email template');
      }
    });

    it('returns 400 for a repeated field', async () => {
      const form = await open();
      const response = await manager.postFrom(form, path('/customers'), {
        username: ['a@example.com', 'b@example.com'],
        'roles[]': [roleOption(form, 'Accounts Payable')],
      });
      expect(response.status).to.equal(400);
    });

    it('adds one customer when the form is submitted several times at once', async () => {
      const address = newAddress();
      const form = await open();
      const body = {
        username: address,
        'roles[]': [roleOption(form, 'Accounts Payable')],
        template: 'accountActivation',
      };
      const responses = await Promise.all(
        [1, 2, 3, 4].map(() => manager.postFrom(form, path('/customers'), body)),
      );
      expect(responses.map((response) => response.status)).to.have.members([200, 200, 200, 303]);
      const user = await findUser(address);
      expect(await sql(portal, 'select 1 from memberships where user_id = $1', [user['id']])).to.have.length(
        1,
      );
      expect(await sql(portal, 'select 1 from emails where user_id = $1', [user['id']])).to.have.length(1);
      expect(
        await sql(portal, `select 1 from audit_events where target_id = $1 and event = 'user.created'`, [
          user['id'],
        ]),
      ).to.have.length(1);
    });
  });

  describe('POST /customers/companies/:id/customers/links', () => {
    it('links an existing customer without changing their password and other roles', async () => {
      const elsewhere = await createCompany(portal, tenant);
      const address = 'grace@müller.example';
      const grace = await createCustomer(portal, tenant, {
        email: address,
        company: elsewhere,
        roles: ['view_only'],
      });
      const [before] = await sql(portal, 'select password_hash, version from users where id = $1', [
        grace.id,
      ]);

      const confirmation = await (
        await open()
      ).submit('Add', {
        Username: '  GRACE@MÜLLER.example ',
        Roles: ['Accounts Payable'],
        'Email template': 'accountActivation-EJS',
      });
      expect(confirmation.h1).to.equal('This customer already has a login. Link them to Acme Retail?');
      expect(confirmation.text).to.include(grace.name).and.include('Accounts Payable');
      const linked = await confirmation.submit('Link existing customer');

      expect(linked.path).to.equal(`/users/${grace.id}`);
      expect(linked.flashes[0]).to.equal(`${grace.name} was linked to Acme Retail. No email has been sent.`);
      expect(
        (await sql(portal, 'select password_hash, version from users where id = $1', [grace.id]))[0],
      ).to.deep.equal(before);
      const roles = await sql(
        portal,
        `select c.name as company, r.name as role from role_assignments a join roles r on r.id = a.role_id
         join companies c on c.id = a.company_id where a.user_id = $1 order by r.name`,
        [grace.id],
      );
      expect(roles).to.deep.equal([
        { company: 'Acme Retail', role: 'Accounts Payable' },
        { company: elsewhere.name, role: 'View only' },
      ]);
    });

    it('links a customer in their open login session and records the link', async () => {
      const customer = await signedInCustomer(portal, tenant);
      const { email, name } = customer.person;
      const confirmation = await (
        await open()
      ).submit('Add', { Username: email, Roles: ['Accounts Payable'] });
      await confirmation.submit('Link existing customer');
      const start = `/account/companies/${company.id}`;
      expect((await customer.visit(start)).path).to.equal(start);
      expect((await findAuditEvents(portal, tenant, 'user.linked')).at(-1)).to.deep.equal({
        actor_name: manager.person.name,
        target_name: name,
        changes: { company: [null, 'Acme Retail'], roles: [[], ['Accounts Payable']] },
      });
    });

    it('adds a customer with the address of a staff user, ignoring case', async () => {
      const staff = await createStaff(portal, tenant, { email: 'both@example.com' });
      const added = await (
        await open()
      ).submit('Add', { Username: 'BOTH@example.com', Roles: ['Accounts Payable'] });
      expect(added.flashes[0]).to.equal('Customer added. No email has been sent.');
      expect(added.path).to.not.include(staff.id);
    });

    it('sends the chosen email to a customer without a password', async () => {
      const waiting = await createCustomer(portal, tenant, { password: null, access: 'no_access' });
      const confirmation = await (
        await open()
      ).submit('Add', {
        Username: waiting.email,
        Roles: ['Accounts Payable'],
        'Email template': 'accountActivation-EJS',
      });
      const linked = await confirmation.submit('Link existing customer');
      expect(linked.flashes[0]).to.include(`An activation email has been sent to ${waiting.email}.`);
    });

    it('names the invitation email that it sends to a customer without a password', async () => {
      const waiting = await createCustomer(portal, tenant, { password: null, access: 'no_access' });
      const confirmation = await (
        await open()
      ).submit('Add', {
        Username: waiting.email,
        Roles: ['Accounts Payable'],
        'Email template': 'accountInvitation',
      });
      const linked = await confirmation.submit('Link existing customer');
      expect(linked.flashes[0]).to.include(`An invitation email has been sent to ${waiting.email}.`);
    });

    it('does not offer to link a customer of the company', async () => {
      const member = await createCustomer(portal, tenant, { company });
      const confirmation = await (
        await open()
      ).submit('Add', { Username: member.email, Roles: ['Accounts Payable'] });
      expect(confirmation.h1).to.equal('Already a customer of Acme Retail');
      expect(confirmation.buttons).to.not.include('Link existing customer');
    });

    it('links a customer once from two tabs and keeps the first role', async () => {
      const person = await createCustomer(portal, tenant);
      const [one, two] = await Promise.all(
        ['Accounts Payable', 'View only'].map(async (role) =>
          (await open()).submit('Add', { Username: person.email, Roles: [role] }),
        ),
      );
      await one!.submit('Link existing customer');
      const late = await two!.submit('Link existing customer');
      expect(late.flashes[0]).to.equal(`${person.name} is already a customer of Acme Retail.`);
      const [row] = await sql(
        portal,
        'select count(*)::int as roles from role_assignments where user_id = $1',
        [person.id],
      );
      expect(row).to.deep.equal({ roles: 1 });
    });

    it('returns 404 for users who are not customers of the tenant', async () => {
      const other = await createTenant(portal);
      const foreign = await createCustomer(portal, other);
      const form = await open();
      for (const user_id of [foreign.id, manager.person.id, newId(), 'abc', '']) {
        const response = await manager.postFrom(form, path('/customers/links'), {
          user_id,
          'roles[]': [roleOption(form, 'Accounts Payable')],
        });
        expect(response.status, user_id).to.equal(404);
      }
    });
  });

  describe('staff with companies.edit but without users.invite', () => {
    let staff: StaffVisitor;
    before(async () => {
      const role = await createStaffRole(portal, tenant, ['users.view', 'companies.view', 'companies.edit']);
      staff = await signedInStaff(portal, tenant, role);
    });

    it('add a customer without an email', async () => {
      const form = await staff.visit(path('/customers/new'));
      const options = form.findAll('select[name="template"] option').map(({ text }) => text.trim());
      expect(options).to.deep.equal(['Do not send an email']);
      const added = await form.submit('Add', { Username: newAddress(), Roles: ['Accounts Payable'] });
      expect(added.flashes[0]).to.equal('Customer added. No email has been sent.');
    });

    it('get 403 for a forged email template, and no customer is added or linked', async () => {
      const form = await staff.visit(path('/customers/new'));
      const known = await createCustomer(portal, tenant, { password: null, access: 'no_access' });
      const address = newAddress();
      const body = { 'roles[]': [roleOption(form, 'Accounts Payable')], template: 'accountInvitation' };
      const added = await staff.postFrom(form, path('/customers'), { ...body, username: address });
      expect(added.status).to.equal(403);
      const linked = await staff.postFrom(form, path('/customers/links'), { ...body, user_id: known.id });
      expect(linked.status).to.equal(403);

      expect(await findUser(address)).to.equal(undefined);
      expect(await sql(portal, 'select 1 from memberships where user_id = $1', [known.id])).to.deep.equal([]);
      const emails = 'select 1 from emails where to_address = any($1)';
      expect(await sql(portal, emails, [[address, known.email]])).to.deep.equal([]);
    });
  });

  describe('permissions', () => {
    it('hides the form from a Driver and returns 403', async () => {
      const member = await createCustomer(portal, tenant, { company });
      const roles = [roleOption(await open(), 'Accounts Payable')];
      const driver = await signedInStaff(portal, tenant, 'driver');
      const page = await driver.visit(path());
      expect(page.links).to.not.include('Add customer');
      expect((await driver.visit(path('/customers/new'))).status).to.equal(403);
      const body = { username: newAddress(), 'roles[]': roles, user_id: member.id };
      for (const rest of ['/customers', '/customers/links'])
        expect((await driver.postFrom(page, path(rest), body)).status, rest).to.equal(403);
    });

    it('shows the form to Admin and Operations', async () => {
      for (const role of ['admin', 'operations']) {
        const staff = await signedInStaff(portal, tenant, role);
        expect((await staff.visit(path('/customers/new'))).status, role).to.equal(200);
      }
    });

    it('redirects anonymous users to the login page', async () => {
      const page = await new Visitor(portal, tenant.operations).visit(path('/customers/new'));
      expect(page.path).to.equal('/login');
    });

    it('returns 404 for a company of another tenant', async () => {
      const foreign = await createCompany(portal, await createTenant(portal));
      const customer = await createCustomer(portal, tenant);
      const form = await open();
      const at = (rest: string) => `/customers/companies/${foreign.id}${rest}`;
      expect((await manager.visit(at('/customers/new'))).status).to.equal(404);
      const roles = { 'roles[]': [roleOption(form, 'Accounts Payable')] };
      const bodies = {
        '/customers': { ...roles, username: newAddress() },
        '/customers/links': { ...roles, user_id: customer.id },
      };
      for (const [rest, body] of Object.entries(bodies))
        expect((await manager.postFrom(form, at(rest), body)).status, rest).to.equal(404);
    });
  });
});
