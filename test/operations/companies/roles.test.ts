import { expect } from 'chai';
import { findAuditEvents, findEventNamesOf } from '../../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestCompany,
  type TestTenant,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { roleId, sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Roles of a customer in a company', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let company: TestCompany;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
    company = await createCompany(portal, tenant, { name: 'Acme Retail', code: 'ACME' });
  });

  const path = (rest = '') => `/customers/companies/${company.id}${rest}`;

  describe('POST /customers/companies/:id/customers/:user_id/roles', () => {
    it('changes the roles in the open login session of the customer and records the change', async () => {
      const member = await signedInCustomer(portal, tenant, { company, roles: ['accounts_payable'] });
      const { id, name } = member.person;
      const units = `/account/companies/${company.id}/units`;
      expect((await member.visit(units)).status).to.equal(403);
      const list = await manager.visit(path());
      const form = await list.follow('Change roles', { within: name });
      expect(form.h1).to.equal(`Roles of ${name}`);
      const saved = await form.submit('Save', { Roles: ['Unit manager', 'View only'] });
      expect(saved.flashes[0]).to.equal(`The roles of ${name} were changed.`);
      expect(saved.rows(name)[0]).to.include('View only, Unit manager');
      const [row] = await sql(
        portal,
        `select changes from audit_events where target_id = $1 and event = 'user.roles_changed'`,
        [id],
      );
      expect(row!['changes']).to.deep.equal({
        company: 'Acme Retail',
        roles: [['Accounts Payable'], ['View only', 'Unit manager']],
      });
      const allowed = await member.visit(units);
      expect([allowed.status, allowed.path]).to.deep.equal([200, units]);
    });

    it('keeps the roles when the form is submitted unchanged', async () => {
      const member = await signedInCustomer(portal, tenant, { company, roles: ['accounts_payable'] });
      const form = await manager.visit(path(`/customers/${member.person.id}/roles`));
      const saved = await form.submit('Save', { Roles: ['Accounts Payable'] });
      expect(saved.flashes[0]).to.equal(`${member.person.name} already has these roles.`);
      expect(await findEventNamesOf(portal, member.person.id)).to.not.include('user.roles_changed');
    });

    it('shows a long list of roles in groups, the chosen ones first', async () => {
      const many = await createTenant(portal);
      const staff = await signedInStaff(portal, many);
      await portal.owner.query(
        `insert into roles (tenant_id, id, audience, code, name, position)
         select $1, gen_random_uuid(), 'customer', 'branch_' || n, 'Branch ' || n, 100 + n
         from generate_series(1, 20) n`,
        [many.id],
      );
      const large = await createCompany(portal, many);
      const member = await createCustomer(portal, many, { company: large, roles: ['unit_manager'] });
      const page = await staff.visit(`/customers/companies/${large.id}/customers/${member.id}/roles`);
      const groups = page.findAll('.checks [role=group] > .label').map((label) => label.text);
      expect(groups).to.deep.equal(['Chosen 1', 'Standard roles 3', 'Your own roles 20']);
      expect(page.find('.checks input')!.hasAttribute('checked')).to.equal(true);
      const saved = await page.submit('Save', { Roles: ['Branch 7', 'View only'] });
      expect(saved.rows(member.name)[0]).to.include('View only, Branch 7');
    });

    it('requires a role and refuses staff roles', async () => {
      const member = await createCustomer(portal, tenant, { company });
      const page = await manager.visit(path(`/customers/${member.id}/roles`));
      const none = await page.submit('Save', { Roles: [] });
      expect(none.status).to.equal(422);
      expect(none.errors).to.deep.equal(['Select at least one role']);
      const response = await manager.postFrom(page, path(`/customers/${member.id}/roles`), {
        'roles[]': [await roleId(portal, tenant, 'staff', 'manager')],
      });
      expect(response.text).to.include('Select roles from the list');
    });
  });

  describe('POST /customers/companies/:id/customers/:user_id/removal', () => {
    it('asks for confirmation, removes the customer and keeps their login', async () => {
      const member = await signedInCustomer(portal, tenant, { company });
      const { id, name } = member.person;
      const confirm = await (
        await manager.visit(path(`/customers/${id}/roles`))
      ).follow('Remove from company');
      expect(confirm.h1).to.equal(`Remove ${name} from Acme Retail?`);
      const done = await confirm.submit('Remove from company');
      expect(done.flashes[0]).to.equal(`${name} was removed from Acme Retail.`);
      expect(done.rows(name)).to.deep.equal([]);
      expect(await sql(portal, 'select 1 from role_assignments where user_id = $1', [id])).to.deep.equal([]);
      expect((await sql(portal, 'select status from users where id = $1', [id]))[0]).to.deep.equal({
        status: 'enabled',
      });
      expect((await manager.visit(path(`/customers/${id}/roles`))).status).to.equal(404);
    });
  });

  it('records the removal of a customer, who stays logged in and sees that they are in no company', async () => {
    const member = await signedInCustomer(portal, tenant, { company, roles: ['accounts_payable'] });
    const { id, name } = member.person;
    const confirm = await manager.visit(path(`/customers/${id}/removal`));
    await confirm.submit('Remove from company');
    const start = await member.visit('/account');
    expect(start.path).to.equal('/account');
    expect(start.text).to.include(`You are not in a company. Contact ${tenant.name}.`);
    expect((await findAuditEvents(portal, tenant, 'user.unlinked')).at(-1)).to.deep.equal({
      actor_name: manager.person.name,
      target_name: name,
      changes: { company: ['Acme Retail', null], roles: [['Accounts Payable'], []] },
    });
  });

  describe('permissions', () => {
    const paths = (user: string) => [path(`/customers/${user}/roles`), path(`/customers/${user}/removal`)];

    it('hides the forms from a Driver and returns 403', async () => {
      const member = await createCustomer(portal, tenant, { company });
      const driver = await signedInStaff(portal, tenant, 'driver');
      const page = await driver.visit(path());
      expect(page.links).to.not.include('Change roles');
      const body = { 'roles[]': [await roleId(portal, tenant, 'customer', 'accounts_payable')] };
      for (const each of paths(member.id)) {
        expect((await driver.visit(each)).status, each).to.equal(403);
        expect((await driver.postFrom(page, each, body)).status, each).to.equal(403);
      }
    });

    it('redirects anonymous users to the login page', async () => {
      const member = await createCustomer(portal, tenant, { company });
      for (const each of paths(member.id))
        expect((await new Visitor(portal, tenant.operations).visit(each)).path, each).to.equal('/login');
    });

    it('returns 404 for users who are not customers of the company', async () => {
      const outsider = await createCustomer(portal, tenant);
      const foreign = await createCustomer(portal, await createTenant(portal));
      const form = await manager.visit(path('/customers/new'));
      const body = { 'roles[]': [await roleId(portal, tenant, 'customer', 'accounts_payable')] };
      for (const id of [outsider.id, foreign.id, 'abc']) {
        for (const each of paths(id)) {
          expect((await manager.visit(each)).status, each).to.equal(404);
          expect((await manager.postFrom(form, each, body)).status, each).to.equal(404);
        }
      }
    });
  });
});
