import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { findEventNamesOf } from '../../support/audit.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

const LIST = '/customers/companies';

describe('A company', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  describe('GET /customers/companies/:id', () => {
    it('shows the company with its parent, child companies and customers', async () => {
      const parent = await createCompany(portal, tenant, { name: 'Group', code: 'GROUP' });
      const company = await createCompany(portal, tenant, {
        name: 'Branch',
        code: 'BR-1',
        parent_id: parent.id,
      });
      const customer = await createCustomer(portal, tenant, { company, roles: ['accounts_payable'] });
      const page = await manager.visit(`${LIST}/${company.id}`);
      expect(page.h1).to.equal('Branch');
      expect(page.text).to.include('Code BR-1');
      expect(page.badges).to.include('Active');
      expect(page.rows(customer.name)[0]).to.include(customer.email).and.include('Accounts Payable');
      expect((await page.follow('Group')).links).to.include('Branch');
    });

    it('offers to add the first customer to an empty company', async () => {
      const company = await createCompany(portal, tenant);
      const page = await manager.visit(`${LIST}/${company.id}`);
      expect(page.text).to.include('No customers in this company yet.');
      expect(page.href('Add the first customer')).to.equal(`${LIST}/${company.id}/customers/new`);
    });
  });

  describe('POST /customers/companies/:id', () => {
    it('changes name and code and records the old and new values', async () => {
      const company = await createCompany(portal, tenant, { name: 'Before', code: 'BEF' });
      const page = await manager.visit(`${LIST}/${company.id}`);
      const saved = await (
        await page.follow('Edit company')
      ).submit('Save changes', { Name: 'After', Code: 'AFT' });
      expect(saved.h1).to.equal('After');
      expect(saved.flashes).to.deep.equal(['Your changes have been saved.']);
      const { rows } = await portal.owner.query(
        'select event, changes from audit_events where target_id = $1',
        [company.id],
      );
      expect(rows).to.deep.equal([
        { event: 'company.updated', changes: { name: ['Before', 'After'], code: ['BEF', 'AFT'] } },
      ]);
    });

    it('stores the address with its folded form', async () => {
      const form = await manager.visit(`${LIST}/new`);
      const page = await form.submit('Add', { Name: 'Paper Ltd', Address: 'Rue Été 1\r\nLyon' });
      expect(page.findAll('dd bdi').map(({ text }) => text)).to.include.members(['Rue Été 1', 'Lyon']);
      const saved = await (await page.follow('Edit company')).submit('Save changes', { Address: 'Paris' });
      expect(saved.text).to.include('Address Paris');
      const { rows } = await portal.owner.query(
        `select c.address_norm, a.changes->'address' as changed from companies c
         join audit_events a on a.target_id = c.id and a.event = 'company.updated' where c.name = 'Paper Ltd'`,
      );
      expect(rows).to.eql([{ address_norm: 'paris', changed: ['Rue Été 1\nLyon', 'Paris'] }]);
    });

    it('keeps the values of absent fields and records nothing without a change', async () => {
      const parent = await createCompany(portal, tenant);
      const company = await createCompany(portal, tenant, { name: 'Kept Ltd', parent_id: parent.id });
      const path = `/customers/companies/${company.id}`;
      const edit = await manager.visit(`${path}/edit`);
      const { version } = edit.form('Save changes').values();
      expect((await manager.postFrom(edit, path, { version: version! })).status).to.equal(303);
      const page = await manager.visit(path);
      expect(page.h1).to.equal('Kept Ltd');
      expect(page.links).to.include(parent.name);
      const events = await findEventNamesOf(portal, company.id);
      expect(events).to.not.include('company.updated');
      expect((await manager.postFrom(edit, path, { name: 'No version' })).status).to.equal(422);
      const wrong = await manager.postFrom(edit, path, { version: version!, 'code[]': 'X' });
      expect(wrong.status).to.equal(400);
    });

    it('refuses a stale form and shows the stored values', async () => {
      const company = await createCompany(portal, tenant, { name: 'Ours', code: 'OURS' });
      const form = await manager.visit(`${LIST}/${company.id}/edit`);
      const otherForm = await manager.visit(`${LIST}/${company.id}/edit`);
      await otherForm.submit('Save changes', { Name: 'Theirs' });
      const refused = await form.submit('Save changes', { Name: 'Mine' });
      expect(refused.status).to.equal(422);
      expect(refused.errors[0]).to.equal(
        `${manager.person.name} changed this company after you opened this page. Check the current values, then save again.`,
      );
      expect(refused.find('#stored')!.text).to.include('Theirs');
      expect((await refused.submit('Save changes')).h1).to.equal('Mine');
    });

    it('refuses a parent company that would create a cycle, even from concurrent forms', async () => {
      const top = await createCompany(portal, tenant, { name: 'Top', code: 'TOP' });
      const middle = await createCompany(portal, tenant, { name: 'Middle', code: 'MID', parent_id: top.id });
      await createCompany(portal, tenant, { name: 'Bottom', code: 'BOT', parent_id: middle.id });
      const edit = await manager.visit(`${LIST}/${top.id}/edit`);
      for (const code of ['TOP', 'MID', 'BOT']) {
        const refused = await edit.submit('Save changes', { 'Parent company': code });
        expect(refused.status, code).to.equal(422);
        expect(refused.errors[0], code).to.include('cannot be the parent');
      }
      const one = await createCompany(portal, tenant, { code: 'ONE' });
      const two = await createCompany(portal, tenant, { code: 'TWO' });
      const forms = await Promise.all([one, two].map(({ id }) => manager.visit(`${LIST}/${id}/edit`)));
      const responses = await Promise.all([
        manager.postFrom(forms[0]!, `${LIST}/${one.id}`, {
          ...forms[0]!.form('Save changes').values(),
          parent_code: 'TWO',
        }),
        manager.postFrom(forms[1]!, `${LIST}/${two.id}`, {
          ...forms[1]!.form('Save changes').values(),
          parent_code: 'ONE',
        }),
      ]);
      expect(responses.map((response) => response.status)).to.have.members([303, 422]);
    });

    it('refuses the code of another company', async () => {
      await createCompany(portal, tenant, { code: 'USED' });
      const company = await createCompany(portal, tenant, { code: 'FREE' });
      const edit = await manager.visit(`${LIST}/${company.id}/edit`);
      const refused = await edit.submit('Save changes', { Code: 'used' });
      expect(refused.errors).to.deep.equal(['A company with the code used already exists']);
    });
  });

  describe('permissions', () => {
    it('shows a Driver the company without the forms', async () => {
      const company = await createCompany(portal, tenant);
      const driver = await signedInStaff(portal, tenant, 'driver');
      const page = await driver.visit(`${LIST}/${company.id}`);
      expect(page.status).to.equal(200);
      for (const link of ['Add customer', 'Edit company']) expect(page.links).to.not.include(link);
      expect((await driver.visit(`${LIST}/${company.id}/edit`)).status).to.equal(403);
      expect((await driver.postFrom(page, `${LIST}/${company.id}`, { name: 'Forged' })).status).to.equal(403);
    });

    it('redirects anonymous users to the login page', async () => {
      const company = await createCompany(portal, tenant);
      for (const path of [`${LIST}/${company.id}`, `${LIST}/${company.id}/edit`])
        expect((await new Visitor(portal, tenant.operations).visit(path)).path, path).to.equal('/login');
    });

    it('returns 404 for a company of another tenant and for an invalid id', async () => {
      const other = await createTenant(portal);
      const foreign = await createCompany(portal, other);
      for (const id of [foreign.id, newId(), 'abc', '0']) {
        for (const path of [`${LIST}/${id}`, `${LIST}/${id}/edit`]) {
          expect((await manager.visit(path)).status, path).to.equal(404);
        }
        const response = await manager.postFrom(await manager.visit(`${LIST}/new`), `${LIST}/${id}`, {
          name: 'Stolen',
          code: 'X',
          version: '1',
        });
        expect(response.status).to.equal(404);
      }
    });
  });
});
