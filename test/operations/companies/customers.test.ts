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
import type { Page } from '../../support/page.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

const UNREVOKED_SESSIONS = 'select 1 from login_sessions where user_id = $1 and revoked_at is null';

let people = 0;
const newAddress = () => `customer.${(people += 1)}@example.com`;

describe('Customers of a company', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let company: TestCompany;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    company = await createCompany(portal, tenant, { name: 'Acme Retail', code: 'ACME' });
    manager = await signedInStaff(portal, tenant);
  });
  after(() => portal.close());

  const sql = async (text: string, values: unknown[]) =>
    (await portal.owner.query<Record<string, unknown>>(text, values)).rows;
  const path = (rest = '') => `/customers/companies/${company.id}${rest}`;
  const open = () => manager.visit(path('/customers/new'));
  const roleId = async (page: Page, name: string) =>
    page
      .form('Add')
      .submission({ Roles: [name] })
      .fields.find(([field]) => field === 'roles[]')![1];
  const userOf = (email: string) =>
    sql('select * from users where tenant_id = $1 and email = $2', [tenant.id, email]);

  describe('Add customer', () => {
    it('runs as the story tells it, and the mail leaves', async () => {
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
        Roles: ['Orders', 'View only'],
        'Email template': 'accountActivation-EJS',
      });

      const [user] = await userOf(address);
      expect(added.path).to.equal(`/users/${String(user!['id'])}`);
      expect(added.flashes[0]).to.equal(`Customer added. Activation email sent to ${address}.`);
      expect(user).to.include({ access: 'invited', name: '', password_hash: null, audience: 'customer' });
      expect((await portal.mailbox.next(address)).subject).to.include('Activate');
      const page = await manager.visit(path());
      expect(page.rows(address)[0]).to.include('Orders, View only').and.include('Invited');
    });

    it('sends nothing when no template is chosen', async () => {
      const address = newAddress();
      const added = await (await open()).submit('Add', { Username: address, Roles: ['Orders'] });
      expect(added.flashes[0]).to.equal('Customer added. No email has been sent.');
      const [user] = await userOf(address);
      expect(user!['access']).to.equal('no_access');
      expect(await sql('select 1 from emails where user_id = $1', [user!['id']])).to.deep.equal([]);
    });

    it('sends the one-step invitation, naming company and inviter', async () => {
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

    it('offers first no email, then the catalogue', async () => {
      const options = (await open())
        .findAll('select[name="template"] option')
        .map((option) => option.text.trim());
      expect(options).to.deep.equal(['Do not send an email', 'accountActivation-EJS', 'accountInvitation']);
    });

    it('shows each mail as the customer will get it', async () => {
      const preview = await (await open()).follow('accountActivation-EJS (opens in a new tab)');
      expect(preview.h1).to.equal('Preview of accountActivation-EJS');
      expect(preview.text).to.include('/account/activate');
      const html = await manager.get('/emails/preview/accountInvitation/html');
      expect(html.status).to.equal(200);
      expect(html.text).to.include('Accept invitation').and.include('••••');
      expect(html.headers['content-security-policy']).to.include("default-src 'none'").and.include('sandbox');
      for (const name of ['resetPassword', 'constructor', 'x']) {
        expect((await manager.get(`/emails/preview/${name}`)).status, name).to.equal(404);
      }
    });

    it('is recorded in the audit log together with the chosen email', async () => {
      const address = newAddress();
      await (
        await open()
      ).submit('Add', { Username: address, Roles: ['Orders'], 'Email template': 'accountInvitation' });
      expect((await findAuditEvents(portal, tenant, 'user.created')).at(-1)).to.deep.equal({
        actor_name: manager.person.name,
        target_name: address,
        changes: { email: [null, address], company: [null, 'Acme Retail'], roles: [[], ['Orders']] },
      });
      const [queued] = (await findAuditEvents(portal, tenant, 'email.queued')).slice(-1);
      expect(queued!.target_name).to.include(address);
    });

    it('asks for an address and a role, and loses nothing', async () => {
      const form = await open();
      const empty = await form.submit('Add');
      expect(empty.status).to.equal(422);
      expect(empty.errors).to.deep.equal(['Enter your email address', 'Select at least one role']);
      const odd = await form.submit('Add', {
        Username: 'a@b.example, c@d.example',
        Roles: ['Orders'],
        'Email template': 'accountInvitation',
      });
      expect(odd.errors).to.deep.equal([
        'Enter an email address in the correct format, like name@example.com',
      ]);
      expect(odd.form('Add').values()).to.deep.include({
        username: 'a@b.example, c@d.example',
        template: 'accountInvitation',
        'roles[]': await roleId(form, 'Orders'),
      });
      expect((await manager.visit(path('/customers'))).path).to.equal(path());
    });

    it("refuses staff roles, another tenant's roles and what is no role", async () => {
      const other = await createTenant(portal);
      const foreign = await sql(
        `select id from roles where (tenant_id = $1 and audience = 'staff') or tenant_id = $2`,
        [tenant.id, other.id],
      );
      const form = await open();
      const ids = [...foreign.map((role) => String(role['id'])), 'manager', newId(), ''];
      for (const id of ids) {
        const answer = await manager.postFrom(form, path('/customers'), {
          username: newAddress(),
          'roles[]': [await roleId(form, 'Orders'), id],
          template: 'none',
        });
        expect(answer.status, id).to.equal(422);
        expect(answer.text, id).to.include('Select roles from the list');
      }
    });

    it('refuses a template that is not offered', async () => {
      const form = await open();
      for (const template of ['resetPassword', 'passwordChanged', '../../etc/passwd', '__proto__']) {
        const answer = await manager.postFrom(form, path('/customers'), {
          username: newAddress(),
          'roles[]': [await roleId(form, 'Orders')],
          template,
        });
        expect(answer.text, template).to.include('Select an email template');
      }
    });

    it('takes 400 for an answer to what no form sends', async () => {
      const form = await open();
      const answer = await manager.postFrom(form, path('/customers'), {
        username: ['a@example.com', 'b@example.com'],
        'roles[]': [await roleId(form, 'Orders')],
      });
      expect(answer.status).to.equal(400);
    });

    it('adds one person when the form is sent twice at once', async () => {
      const address = newAddress();
      const form = await open();
      const body = {
        username: address,
        'roles[]': [await roleId(form, 'Orders')],
        template: 'accountActivation',
      };
      const answers = await Promise.all(
        [1, 2, 3, 4].map(() => manager.postFrom(form, path('/customers'), body)),
      );
      expect(answers.map((answer) => answer.status)).to.have.members([200, 200, 200, 303]);
      const [user] = await userOf(address);
      expect(await sql('select 1 from memberships where user_id = $1', [user!['id']])).to.have.length(1);
      expect(await sql('select 1 from emails where user_id = $1', [user!['id']])).to.have.length(1);
      expect(
        await sql(`select 1 from audit_events where target_id = $1 and event = 'user.created'`, [
          user!['id'],
        ]),
      ).to.have.length(1);
    });
  });

  describe('somebody who has a login already', () => {
    it('is linked to the company, and keeps password and roles elsewhere', async () => {
      const elsewhere = await createCompany(portal, tenant);
      const address = 'grace@müller.example';
      const grace = await createCustomer(portal, tenant, {
        email: address,
        company: elsewhere,
        roles: ['orders'],
      });
      const [before] = await sql('select password_hash, version from users where id = $1', [grace.id]);

      const check = await (
        await open()
      ).submit('Add', {
        Username: '  GRACE@MÜLLER.example ',
        Roles: ['Accounts Payable'],
        'Email template': 'accountActivation-EJS',
      });
      expect(check.h1).to.equal('This person already has a login. Link them to Acme Retail?');
      expect(check.text).to.include(grace.name).and.include('Accounts Payable');
      const linked = await check.submit('Link existing person');

      expect(linked.path).to.equal(`/users/${grace.id}`);
      expect(linked.flashes[0]).to.equal(`${grace.name} was linked to Acme Retail. No email has been sent.`);
      expect(
        (await sql('select password_hash, version from users where id = $1', [grace.id]))[0],
      ).to.deep.equal(before);
      const roles = await sql(
        `select c.name as company, r.name as role from role_assignments a join roles r on r.id = a.role_id
         join companies c on c.id = a.company_id where a.user_id = $1 order by r.name`,
        [grace.id],
      );
      expect(roles).to.deep.equal([
        { company: 'Acme Retail', role: 'Accounts Payable' },
        { company: elsewhere.name, role: 'Orders' },
      ]);
    });

    it('has to log in again, and the link is recorded in the audit log', async () => {
      const person = await signedInCustomer(portal, tenant);
      const { id, email, name } = person.person;
      const check = await (await open()).submit('Add', { Username: email, Roles: ['Orders'] });
      await check.submit('Link existing person');
      expect((await person.visit('/account')).path).to.equal('/account/login');
      expect(await sql(UNREVOKED_SESSIONS, [id])).to.deep.equal([]);
      expect((await findAuditEvents(portal, tenant, 'user.linked')).at(-1)).to.deep.equal({
        actor_name: manager.person.name,
        target_name: name,
        changes: { company: [null, 'Acme Retail'], roles: [[], ['Orders']] },
      });
    });

    it('is found by the address whatever its case, and is not confused with staff', async () => {
      const staff = await createStaff(portal, tenant, { email: 'both@example.com' });
      const added = await (await open()).submit('Add', { Username: 'BOTH@example.com', Roles: ['Orders'] });
      expect(added.flashes[0]).to.equal('Customer added. No email has been sent.');
      expect(added.path).to.not.include(staff.id);
    });

    it('is sent the chosen email when they have never chosen a password', async () => {
      const waiting = await createCustomer(portal, tenant, { password: null, access: 'no_access' });
      const check = await (
        await open()
      ).submit('Add', {
        Username: waiting.email,
        Roles: ['Orders'],
        'Email template': 'accountActivation-EJS',
      });
      const linked = await check.submit('Link existing person');
      expect(linked.flashes[0]).to.include(`Activation email sent to ${waiting.email}.`);
    });

    it('is told of when they are a customer of the company already', async () => {
      const member = await createCustomer(portal, tenant, { company });
      const check = await (await open()).submit('Add', { Username: member.email, Roles: ['Orders'] });
      expect(check.h1).to.equal('This person is a customer of Acme Retail already');
      expect(check.buttons).to.not.include('Link existing person');
    });

    it('is linked once when two tabs do it, and the second changes no role', async () => {
      const person = await createCustomer(portal, tenant);
      const form = await open();
      const [one, two] = await Promise.all(
        ['Orders', 'View only'].map((role) => form.submit('Add', { Username: person.email, Roles: [role] })),
      );
      await one!.submit('Link existing person');
      const late = await two!.submit('Link existing person');
      expect(late.flashes[0]).to.equal(`${person.name} is a customer of Acme Retail already.`);
      const [row] = await sql('select count(*)::int as roles from role_assignments where user_id = $1', [
        person.id,
      ]);
      expect(row).to.deep.equal({ roles: 1 });
    });

    it('has to be a customer of this tenant', async () => {
      const other = await createTenant(portal);
      const foreign = await createCustomer(portal, other);
      const form = await open();
      for (const user_id of [foreign.id, manager.person.id, newId(), 'abc', '']) {
        const answer = await manager.postFrom(form, path('/customers/links'), {
          user_id,
          'roles[]': [await roleId(form, 'Orders')],
        });
        expect(answer.status, user_id).to.equal(404);
      }
    });
  });

  describe('Change roles', () => {
    it('gives somebody other roles, logs them out, and says so in the audit log', async () => {
      const member = await signedInCustomer(portal, tenant, { company, roles: ['orders'] });
      const { id, name } = member.person;
      const list = await manager.visit(path());
      const form = await list.follow('Change roles', { within: name });
      expect(form.h1).to.equal(`Roles of ${name}`);
      const saved = await form.submit('Save', { Roles: ['Unit manager', 'View only'] });
      expect(saved.flashes[0]).to.equal(`The roles of ${name} were changed. They have to log in again.`);
      expect(saved.rows(name)[0]).to.include('View only, Unit manager');
      const [row] = await sql(
        `select changes from audit_events where target_id = $1 and event = 'user.roles_changed'`,
        [id],
      );
      expect(row!['changes']).to.deep.equal({
        company: 'Acme Retail',
        roles: [['Orders'], ['View only', 'Unit manager']],
      });
      const [sessions] = await sql(
        'select bool_and(revoked_at is not null) as over from login_sessions where user_id = $1',
        [id],
      );
      expect(sessions).to.deep.equal({ over: true });
    });

    it('changes nothing and logs nobody out when the roles are the same', async () => {
      const member = await signedInCustomer(portal, tenant, { company, roles: ['orders'] });
      const form = await manager.visit(path(`/customers/${member.person.id}/roles`));
      const saved = await form.submit('Save', { Roles: ['Orders'] });
      expect(saved.flashes[0]).to.equal(`${member.person.name} has these roles already.`);
      const [sessions] = await sql(
        'select bool_or(revoked_at is not null) as over from login_sessions where user_id = $1',
        [member.person.id],
      );
      expect(sessions).to.deep.equal({ over: false });
    });

    it('asks for at least one role and refuses forged ones', async () => {
      const member = await createCustomer(portal, tenant, { company });
      const page = await manager.visit(path(`/customers/${member.id}/roles`));
      const none = await page.submit('Save', { Roles: [] });
      expect(none.status).to.equal(422);
      expect(none.errors).to.deep.equal(['Select at least one role']);
      const [role] = await sql(`select id from roles where tenant_id = $1 and code = 'manager'`, [tenant.id]);
      const answer = await manager.postFrom(page, path(`/customers/${member.id}/roles`), {
        'roles[]': [String(role!['id'])],
      });
      expect(answer.text).to.include('Select roles from the list');
    });
  });

  describe('Remove from company', () => {
    it('asks first, then takes the person out and leaves their login', async () => {
      const member = await signedInCustomer(portal, tenant, { company });
      const { id, name } = member.person;
      const confirm = await (
        await manager.visit(path(`/customers/${id}/roles`))
      ).follow('Remove from company');
      expect(confirm.h1).to.equal(`Remove ${name} from Acme Retail?`);
      const done = await confirm.submit('Remove from company');
      expect(done.flashes[0]).to.equal(`${name} was removed from Acme Retail.`);
      expect(done.rows(name)).to.deep.equal([]);
      expect(await sql('select 1 from role_assignments where user_id = $1', [id])).to.deep.equal([]);
      expect((await sql('select status from users where id = $1', [id]))[0]).to.deep.equal({
        status: 'enabled',
      });
      expect((await manager.visit(path(`/customers/${id}/roles`))).status).to.equal(404);
    });
  });

  describe('removing a customer', () => {
    it('logs them out and is recorded in the audit log', async () => {
      const person = await signedInCustomer(portal, tenant, { company, roles: ['orders'] });
      const { id, name } = person.person;
      const confirm = await manager.visit(path(`/customers/${id}/removal`));
      await confirm.submit('Remove from company');
      expect((await person.visit('/account')).path).to.equal('/account/login');
      expect(await sql(UNREVOKED_SESSIONS, [id])).to.deep.equal([]);
      expect((await findAuditEvents(portal, tenant, 'user.unlinked')).at(-1)).to.deep.equal({
        actor_name: manager.person.name,
        target_name: name,
        changes: { company: ['Acme Retail', null], roles: [['Orders'], []] },
      });
    });
  });

  describe('staff with companies.edit but without users.invite', () => {
    let staff: Awaited<ReturnType<typeof signedInStaff>>;
    before(async () => {
      const role = await createStaffRole(portal, tenant, ['users.view', 'companies.view', 'companies.edit']);
      staff = await signedInStaff(portal, tenant, role);
    });

    it('add a customer when they choose no email', async () => {
      const form = await staff.visit(path('/customers/new'));
      const options = form.findAll('select[name="template"] option').map(({ text }) => text.trim());
      expect(options).to.deep.equal(['Do not send an email']);
      const added = await form.submit('Add', { Username: newAddress(), Roles: ['Orders'] });
      expect(added.flashes[0]).to.equal('Customer added. No email has been sent.');
    });

    it('get 403 for a forged email template, and no customer is added or linked', async () => {
      const form = await staff.visit(path('/customers/new'));
      const known = await createCustomer(portal, tenant, { password: null, access: 'no_access' });
      const address = newAddress();
      const body = { 'roles[]': [await roleId(form, 'Orders')], template: 'accountInvitation' };
      const added = await staff.postFrom(form, path('/customers'), { ...body, username: address });
      expect(added.status).to.equal(403);
      const linked = await staff.postFrom(form, path('/customers/links'), { ...body, user_id: known.id });
      expect(linked.status).to.equal(403);

      expect(await userOf(address)).to.deep.equal([]);
      expect(await sql('select 1 from memberships where user_id = $1', [known.id])).to.deep.equal([]);
      const emails = await sql('select 1 from emails where to_address = any($1)', [[address, known.email]]);
      expect(emails).to.deep.equal([]);
    });
  });

  describe('whoever may not', () => {
    it('neither sees nor sends the forms', async () => {
      const member = await createCustomer(portal, tenant, { company });
      const token = await open();
      const driver = await signedInStaff(portal, tenant, 'driver');
      const own = await driver.visit(path());
      expect(own.links).to.not.include('Change roles').and.not.include('Add customer');
      for (const rest of [
        '/customers/new',
        `/customers/${member.id}/roles`,
        `/customers/${member.id}/removal`,
      ]) {
        expect((await driver.visit(path(rest))).status, rest).to.equal(403);
      }
      const body = { username: newAddress(), 'roles[]': [await roleId(token, 'Orders')], user_id: member.id };
      for (const rest of [
        '/customers',
        '/customers/links',
        `/customers/${member.id}/roles`,
        `/customers/${member.id}/removal`,
      ]) {
        expect((await driver.postFrom(own, path(rest), body)).status, rest).to.equal(403);
      }
      for (const role of ['admin', 'operations'] as const) {
        expect(
          (await (await signedInStaff(portal, tenant, role)).visit(path('/customers/new'))).status,
        ).to.equal(200);
      }
      const signedOut = await new Visitor(portal, tenant.operations).visit(path('/customers/new'));
      expect(signedOut.path).to.equal('/login');
    });

    it("finds nothing under another tenant's company, or for somebody who is not in this one", async () => {
      const other = await createTenant(portal);
      const theirs = await createCompany(portal, other);
      const outsider = await createCustomer(portal, tenant);
      const form = await open();
      const body = {
        username: newAddress(),
        'roles[]': [await roleId(form, 'Orders')],
        user_id: outsider.id,
      };
      const paths = [
        `/customers/companies/${theirs.id}/customers/new`,
        path(`/customers/${outsider.id}/roles`),
        path(`/customers/${outsider.id}/removal`),
        path('/customers/abc/roles'),
      ];
      for (const each of paths) expect((await manager.visit(each)).status, each).to.equal(404);
      const posts = [
        `/customers/companies/${theirs.id}/customers`,
        `/customers/companies/${theirs.id}/customers/links`,
        path(`/customers/${outsider.id}/roles`),
        path(`/customers/${outsider.id}/removal`),
      ];
      for (const each of posts) expect((await manager.postFrom(form, each, body)).status, each).to.equal(404);
    });
  });
});
