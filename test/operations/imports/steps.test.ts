import { expect } from 'chai';
import type { TestTenant } from '../../support/factories.ts';
import {
  findImportRow,
  insertImport,
  queueCheck,
  queueImport,
  runImports,
} from '../../support/import-tasks.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

const FILE = 'email,first_name,Shoe size\na@example.com,Ann,38\nwrong,Ben,39\n';
const mapping = ['email', 'first_name', null];

describe('The steps of an import', () => {
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

  describe('POST /imports/:id/run from a page of former verdicts', () => {
    it('is refused, and starts from the page that is shown then', async () => {
      const id = await checked('email,first_name,Shoe size\ny@example.com,Yan,\n');
      const page = await manager.visit(`/imports/${id}`);
      const other = await manager.visit(`/imports/${id}/columns`);
      await other.submit('Check');
      await runImports(portal);
      const refused = await page.submit('Start import', { choice: 'good_rows' });
      expect(refused.status).to.equal(422);
      expect(refused.text).to.include('Someone changed this import');
      const again = await manager.visit(`/imports/${id}`);
      expect((await again.submit('Start import', { choice: 'good_rows' })).text).to.include('has started');
    });
  });

  describe('A cancelled check', () => {
    it('can be repeated', async () => {
      const id = await checked();
      await (await manager.visit(`/imports/${id}`)).submit('Cancel');
      const columns = await (await manager.visit(`/imports/${id}`)).follow('Check again');
      await columns.submit('Check');
      await runImports(portal);
      expect(await findImportRow(portal, id)).to.include({ state: 'checked' });
    });
  });

  describe('POST /imports/:id/run after the end of its task', () => {
    const started = async (text?: string) => {
      const id = await checked(text);
      return { id, task: await queueImport(portal, tenant, manager.person.id, id) };
    };

    it('continues an import whose task was cancelled', async () => {
      const { id, task } = await started('email,first_name,Shoe size\nc@example.com,Cy,\n');
      await (await manager.visit(`/tasks/${task}`)).submit('Cancel task');
      expect(await findImportRow(portal, id)).to.include({ state: 'cancelled' });
      const page = await manager.visit(`/imports/${id}`);
      expect(page.text).to.include('It stopped before its end').and.not.include('Undo this import');
      expect((await page.submit('Continue import')).text).to.include('The import has started.');
      await runImports(portal);
      expect(await findImportRow(portal, id)).to.deep.include({
        state: 'imported',
        counts: { create: 1, created: 1 },
      });
      expect((await page.submit('Continue import')).text).to.include('taken already');
    });

    it('continues an import whose task has failed, and checks a file again', async () => {
      const { id } = await started('email,first_name,Shoe size\nf@example.com,Flo,\n');
      const unchecked = await insertImport(portal, tenant, manager.person.id, FILE, { mapping });
      await queueCheck(portal, tenant, manager.person.id, unchecked);
      const setStatus = (status: string) =>
        sql(portal, 'update users set status = $1 where id = $2', [status, manager.person.id]);
      await setStatus('disabled');
      await runImports(portal);
      await setStatus('enabled');
      expect(await findImportRow(portal, id)).to.include({ state: 'failed' });
      expect(await findImportRow(portal, unchecked)).to.include({ state: 'failed' });
      const page = await manager.visit(`/imports/${id}`);
      expect(page.text).to.include('The person who started it may not do this now');
      await page.submit('Continue import');
      const columns = await (await manager.visit(`/imports/${unchecked}`)).follow('Check again');
      expect(columns.path).to.equal(`/imports/${unchecked}/columns`);
      await runImports(portal);
      expect(await findImportRow(portal, id)).to.include({ state: 'imported' });
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
      const [row] = (await manager.visit('/imports')).rows();
      expect(row).to.include('1 created, 1 undone');
      expect((await manager.visit(`/imports/${id}/undo`)).path).to.equal(`/imports/${id}`);
      expect((await page.submit('Undo this import')).text).to.include('can no longer be undone');
    });

    it('lists the records that stay, with the reason', async () => {
      const id = await checked('email,first_name,Shoe size\nstays@example.com,Stella,\n');
      await queueImport(portal, tenant, manager.person.id, id);
      await runImports(portal);
      await (
        await (await manager.visit(`/imports/${id}`)).submit('Invite this user')
      ).submit('Send invitation');
      await (await manager.visit(`/imports/${id}/undo`)).submit('Undo this import');
      await runImports(portal);
      const page = await manager.visit(`/imports/${id}`);
      expect(page.rows('Stella')).to.eql(['2 Stella The person has a login or was invited']);
      expect(page.text).to.include('Nothing was undone').and.include('Reason').and.not.include('What to fix');
    });
  });
});
