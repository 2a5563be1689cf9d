import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import {
  createCompany,
  createStaffRole,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { insertImport, queueCheck, runImports } from '../../support/import-tasks.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

const FILE = 'email,first_name,Shoe size\na@example.com,Ann,38\nwrong,Ben,39\n';
const mapping = ['email', 'first_name', null];

describe('An import', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });
  after(() => portal.close());

  const checked = async (text = FILE) => {
    const id = await insertImport(portal, tenant, manager.person.id, text, { mapping });
    await queueCheck(portal, tenant, manager.person.id, id);
    await runImports(portal);
    return id;
  };

  describe('GET /imports/:id', () => {
    it('shows the verdicts, the errors and the changes of a checked file', async () => {
      const id = await checked();
      const page = await manager.visit(`/imports/${id}`);
      expect(page.h1).to.equal('Import people.csv');
      expect(page.text).to.include('1 will be created · 0 will be updated · 0 unchanged · 1 has errors');
      expect(page.text).to.include('wrong').and.include('Enter an email address in the correct format');
      expect((await manager.visit(`/imports/${id}?show=create`)).text).to.include('Ann');
    });

    it('shows the progress of a check and refreshes', async () => {
      const id = await insertImport(portal, tenant, manager.person.id, FILE, { mapping });
      await queueCheck(portal, tenant, manager.person.id, id);
      const page = await manager.visit(`/imports/${id}`);
      expect(page.text).to.include('You can leave this page');
      expect(page.headers['refresh']).to.match(/^3; url=/);
      await page.submit('Cancel');
      expect((await manager.visit(`/imports/${id}`)).text).to.include('Cancelled');
    });

    it('shows the page that matches columns before the check', async () => {
      const id = await insertImport(portal, tenant, manager.person.id, FILE, { mapping });
      expect((await manager.visit(`/imports/${id}`)).path).to.equal(`/imports/${id}/columns`);
    });

    it('links the records of companies and shows them only to those who may import them', async () => {
      const company = await createCompany(portal, tenant, { code: 'LINKED' });
      const text = 'code,name\nLINKED,Renamed\n';
      const id = await insertImport(portal, tenant, manager.person.id, text, { kind: 'companies' });
      await queueCheck(portal, tenant, manager.person.id, id);
      await runImports(portal);
      const page = await manager.visit(`/imports/${id}?show=update`);
      expect(page.html).to.include(`href="/customers/companies/${company.id}"`);
      const role = await createStaffRole(portal, tenant, ['imports.create', 'users.create', 'users.edit']);
      const clerk = await signedInStaff(portal, tenant, role);
      expect((await clerk.visit(`/imports/${id}`)).status).to.equal(403);
      expect((await clerk.visit(`/imports/${id}/columns`)).status).to.equal(403);
      expect((await clerk.visit('/imports/new')).text).not.to.include('Companies');
    });

    it('does not exist for another tenant and needs the permission', async () => {
      const id = await checked();
      const other = await signedInStaff(portal, await createTenant(portal));
      expect((await other.visit(`/imports/${id}`)).status).to.equal(404);
      expect((await manager.visit(`/imports/${newId()}`)).status).to.equal(404);
      const driver = await signedInStaff(portal, tenant, 'driver');
      expect((await driver.visit(`/imports/${id}`)).status).to.equal(403);
      const visitor = new Visitor(portal, tenant.operations);
      expect((await visitor.visit(`/imports/${id}`)).path).to.include('/login');
    });
  });
});
