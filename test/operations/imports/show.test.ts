import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import {
  createCompany,
  createCustomer,
  createStaffRole,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import {
  insertImport,
  listImportRows,
  queueCheck,
  queueImport,
  runImports,
  runSlot,
} from '../../support/import-tasks.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { createSite, createUnit } from '../../support/units.ts';
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

    it('shows which companies and roles a row changes', async () => {
      await createCompany(portal, tenant, { code: 'SHOWN', name: 'Shown Works' });
      await createCustomer(portal, tenant, { email: 'linked@example.com', first_name: 'Lin' });
      const text = 'email,company_code,add_roles\nlinked@example.com,SHOWN,View only\n';
      const id = await insertImport(portal, tenant, manager.person.id, text);
      await queueCheck(portal, tenant, manager.person.id, id);
      await runImports(portal);
      const page = await manager.visit(`/imports/${id}?show=update`);
      expect(page.text).to.include('Company: Shown Works').and.include('Roles: View only');
    });

    it('shows no verdicts of an earlier check while the file is checked again', async () => {
      const id = await checked();
      await queueCheck(portal, tenant, manager.person.id, id);
      const page = await manager.visit(`/imports/${id}?show=error`);
      expect(page.text).to.include('Checking the file').and.not.include('wrong');
      expect((await manager.visit(`/imports/${id}/errors`)).path).to.equal(`/imports/${id}`);
      await page.submit('Cancel');
      expect((await manager.visit(`/imports/${id}?show=error`)).text).not.to.include('wrong');
    });

    it('says that all or nothing is undone when it is cancelled, and undoes it', async () => {
      // More than a batch has.
      const people = Array.from({ length: 6 }, (_, n) => `all${n}@example.com,P,${'x'.repeat(900_000)}`);
      const id = await checked(`email,first_name,Shoe size\n${people.join('\n')}\n`);
      const task = await queueImport(portal, tenant, manager.person.id, id, true);
      await runSlot(portal, tenant.id, task);
      const page = await manager.visit(`/imports/${id}`);
      expect(page.text).to.include('if you cancel, what was imported is undone');
      const cancelled = await page.submit('Cancel');
      expect(cancelled.text).to.include('What it imported is being undone.').and.include('Undoing');
      expect(cancelled.html).not.to.include('/cancellation');
      await runImports(portal);
      expect((await manager.visit(`/imports/${id}`)).text)
        .to.include('Undone')
        .and.not.include('Continue');
      const left = await sql(portal, `select 1 from users where tenant_id = $1 and email like 'all%'`, [
        tenant.id,
      ]);
      expect(left).to.eql([]);
    });

    it('shows the page that matches columns before the check', async () => {
      const id = await insertImport(portal, tenant, manager.person.id, FILE, { mapping });
      expect((await manager.visit(`/imports/${id}`)).path).to.equal(`/imports/${id}/columns`);
    });

    it('invites the created users who have an email address and no access yet, and only once', async () => {
      const text = 'email,first_name\na@invited.example,Ann\nb@invited.example,Ben\nc@invited.example,Cid\n';
      const id = await checked(text);
      await queueImport(portal, tenant, manager.person.id, id);
      await runImports(portal);
      const [first] = await listImportRows(portal, id);
      await sql(portal, `update users set status = 'disabled' where id = $1`, [first!.target_id]);
      const page = await manager.visit(`/imports/${id}`);
      const preview = await page.submit('Invite these 2');
      expect(preview.h1).to.equal('Send invitation');
      expect(preview.text).to.include('2 users are selected.');
      const back = await manager.visit(preview.href('Cancel'));
      expect(back.text).to.include('b@invited.example').and.include('people.csv');
      await preview.submit('Send invitation', { template: 'accountInvitation' });
      await runImports(portal);
      expect((await manager.visit(`/imports/${id}`)).text).not.to.include('Invite these');
      const emails = await sql<{ to_address: string }>(
        portal,
        `select to_address from emails where tenant_id = $1 and template = 'accountInvitation' order by 1`,
        [tenant.id],
      );
      expect(emails.map(({ to_address }) => to_address)).to.eql(['b@invited.example', 'c@invited.example']);
    });

    it('shows no invitation to staff who may not invite', async () => {
      const id = await checked('email,first_name\nd@invited.example,Dan\n');
      await queueImport(portal, tenant, manager.person.id, id);
      await runImports(portal);
      const permissions = ['imports.create', 'users.view', 'users.create', 'users.edit'] as const;
      const role = await createStaffRole(portal, tenant, permissions);
      const importer = await signedInStaff(portal, tenant, role);
      const page = await importer.visit(`/imports/${id}`);
      expect(page.text).to.include('Show the created users').and.not.include('Invite');
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

    it('links new rentals and opening balances, which the customer sees in their billing history', async () => {
      const site = await createSite(portal, tenant, 'Pier');
      await createUnit(portal, tenant, { code: 'P-1', site });
      const customer = await signedInCustomer(portal, tenant);
      const files = {
        rentals: `customer,site,unit,starts_on,billed_until\n${customer.person.email},Pier,P-1,2026-01-15,2099-01-01\n`,
        balances: `customer,amount,as_of\n${customer.person.email},245.50,2026-01-31\n`,
      };
      const run = async (kind: 'rentals' | 'balances', text: string) => {
        const id = await insertImport(portal, tenant, manager.person.id, text, { kind, mode: 'create' });
        await queueCheck(portal, tenant, manager.person.id, id);
        await runImports(portal);
        return { id, page: await manager.visit(`/imports/${id}`) };
      };
      expect((await run('rentals', files.rentals)).page.text).to.include('Enter a day within two years');
      const rentals = await run('rentals', files.rentals.replace('2099-01-01', '2026-12-31'));
      expect(rentals.page.text).to.include('Nothing is billed up to the day').and.include('2027-01-01');
      const balances = await run('balances', files.balances);
      expect(balances.page.text).to.include('without tax').and.include('245.50');
      for (const [{ id }, folder] of [
        [rentals, 'rentals'],
        [balances, 'invoices'],
      ] as const) {
        await queueImport(portal, tenant, manager.person.id, id);
        await runImports(portal);
        const [row] = await listImportRows(portal, id);
        const done = await manager.visit(`/imports/${id}?show=create`);
        expect((await manager.visit(done.href(row!.target_name))).path).to.equal(
          `/${folder}/${row!.target_id}`,
        );
      }
      const history = await customer.visit('/account/billing');
      expect(history.text).to.include('$245.50');
      expect((await customer.visit(history.href('INV-00001'))).text).to.include('Opening balance');
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
