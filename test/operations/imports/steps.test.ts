import { expect } from 'chai';
import type { TestTenant } from '../../support/factories.ts';
import { insertImport, queueCheck, queueImport, runImports } from '../../support/import-tasks.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

const FILE = 'email,first_name,Shoe size\na@example.com,Ann,38\nwrong,Ben,39\n';
const mapping = ['email', 'first_name', null];

describe('The steps of an import', () => {
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

  describe('POST /imports/:id/run', () => {
    it('refuses all or nothing with errors, imports the good rows, and refuses a second start', async () => {
      const id = await checked();
      const page = await manager.visit(`/imports/${id}`);
      const refused = await page.submit('Start import', { choice: 'all_or_nothing' });
      expect(refused.status).to.equal(422);
      expect(refused.text).to.include('All or nothing is not possible while rows have errors');
      const started = await page.submit('Start import', { choice: 'good_rows' });
      expect(started.text).to.include('The import has started.');
      expect((await page.submit('Start import', { choice: 'good_rows' })).text).to.include('taken already');
      await runImports(portal);
      const done = await manager.visit(`/imports/${id}`);
      expect(done.text).to.include('Undo this import').and.include('Download rows with errors');
      const created = await manager.visit(`/users?import=${id}`);
      expect(created.text).to.include('a@example.com').and.include('1 user');
    });
  });

  describe('GET /imports/:id/errors', () => {
    it('is the refused rows with all their columns and the reason', async () => {
      const id = await checked();
      const { text } = await manager.get(`/imports/${id}/errors`);
      expect(
        text
          .replace(/^\uFEFF/, '')
          .split('\r\n')
          .slice(0, 2),
      ).to.eql([
        'email,first_name,Shoe size,Reason',
        'wrong,Ben,39,"email: Enter an email address in the correct format, like name@example.com"',
      ]);
    });
  });

  describe('POST /imports/:id/undo', () => {
    it('deletes the created users after a confirmation, once', async () => {
      const id = await checked('email,first_name,Shoe size\nu@example.com,Una,\n');
      await queueImport(portal, tenant, manager.person.id, id);
      await runImports(portal);
      const page = await manager.visit(`/imports/${id}/undo`);
      expect(page.text).to.include('1 created record is deleted.');
      await page.submit('Undo this import');
      await runImports(portal);
      expect((await manager.visit(`/imports/${id}`)).text).to.include('Undone');
      expect((await manager.visit(`/imports/${id}/undo`)).path).to.equal(`/imports/${id}`);
      expect((await page.submit('Undo this import')).text).to.include('can no longer be undone');
    });
  });
});
