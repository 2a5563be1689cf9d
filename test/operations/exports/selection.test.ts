import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import { exportTitles, MAX_STREAMED_ROWS, type ExportName } from '../../../src/domain/export/export.ts';
import { exportedLists } from '../../../src/operations/list-exports.ts';
import { findAuditEvents } from '../../support/audit.ts';
import { insertTasks } from '../../support/exports.ts';
import { createCustomer, createStaffRole, createTenant, signedInStaff } from '../../support/factories.ts';
import { startOperations, type OperationsSuite, type StaffVisitor } from '../../support/operations.ts';
import type { Page } from '../../support/page.ts';

describe('The selection of rows', () => {
  let suite: OperationsSuite;
  let manager: StaffVisitor;

  before(async () => {
    suite = await startOperations();
    ({ manager } = suite);
    const { portal, tenant } = suite;
    for (const first_name of ['Ada', 'Bea', 'Cleo'])
      await createCustomer(portal, tenant, { first_name, last_name: 'Chosen', password: null });
    for (let n = 0; n < 30; n += 1)
      await createCustomer(portal, tenant, { first_name: `P${n}`, last_name: 'Many', password: null });
  });

  const linesOf = (page: Page) => page.html.split('\r\n').filter(Boolean);
  const namesOf = (page: Page) =>
    linesOf(page)
      .slice(1)
      .map((line) => line.split(' ')[0]);

  describe('on a list', () => {
    it('is a checkbox with the name of each row, and one for all rows of the filter', async () => {
      const list = await manager.visit('/users?q=chosen&sort=name');
      const boxes = list.findAll('tbody input[type=checkbox]');
      expect(boxes.map((box) => box.getAttribute('aria-label'))).to.eql([
        'Select Ada Chosen',
        'Select Bea Chosen',
        'Select Cleo Chosen',
      ]);
      expect(list.text).to.include('Select all').and.include('3 users');
      expect(list.findAll('div[hidden] > #this-page')).to.have.length(1);
    });

    it('is offered only with the permission for an action, and with rows', async () => {
      const { portal, tenant } = suite;
      const role = await createStaffRole(portal, tenant, ['users.view']);
      const viewer = await signedInStaff(portal, tenant, role);
      expect((await viewer.visit('/users')).findAll('tbody input, #selection')).to.eql([]);
      expect((await manager.visit('/users?q=absent')).findAll('#selection')).to.have.length(0);
    });

    it('is offered by every list', async () => {
      await manager.visit('/users?q=chosen&format=csv');
      for (const path of ['/audit-log', '/settings/team']) {
        const list = await manager.visit(path);
        expect(list.find('#selection-action')!.text, path).to.include('Export selected');
        const labels = list.findAll('tbody input').map((box) => box.getAttribute('aria-label')!);
        expect(labels, path).not.to.have.length(0);
        for (const label of labels) expect(label, path).to.match(/^Select \S/);
      }
    });
  });

  describe('as CSV', () => {
    it('has the selected rows only, with the chosen columns in the order of the list', async () => {
      const list = await manager.visit('/users?sort=-name&q=chosen&col=name&col=phone');
      const file = await list.submit('Apply', {
        'With selected': 'Export selected',
        ids: ['Select Ada Chosen', 'Select Cleo Chosen'],
      });
      expect(file.headers['content-disposition']).to.include('attachment; filename="Users.csv"');
      expect(linesOf(file)[0]).to.equal('\uFEFFName,Email,Phone');
      expect(namesOf(file)).to.eql(['Cleo', 'Ada']);
    });

    it('is recorded with the number of the chosen rows', async () => {
      const list = await manager.visit('/users?q=bea');
      await list.submit('Apply', { 'With selected': 'Export selected', ids: ['Select Bea Chosen'] });
      const [event] = (await findAuditEvents(suite.portal, suite.tenant, 'export.created')).slice(-1);
      expect(event!.changes).to.deep.include({ list: 'Users', filters: 'ids=1', rows: 1 });
    });

    it('has all rows of the filter, also those of other pages', async () => {
      const list = await manager.visit('/users?q=many');
      const file = await list.submit('Apply', {
        'With selected': 'Export selected',
        all: true,
        ids: ['Select P29 Many'],
      });
      expect(namesOf(file)).to.have.length(30);
      const [event] = (await findAuditEvents(suite.portal, suite.tenant, 'export.created')).slice(-1);
      expect(event!.changes).to.deep.include({ filters: 'q=***', rows: 30 });
    });

    it('is not sent without a selected row, and the list says so', async () => {
      const page = await (
        await manager.visit('/users?q=chosen&per=50')
      ).submit('Apply', { 'With selected': 'Export selected' });
      expect(page.url).to.equal('/users?q=chosen&per=50');
      expect(page.flashes).to.eql(['Select at least one row.']);
    });

    it('has no row of another tenant', async () => {
      const { portal } = suite;
      const foreign = await createCustomer(portal, await createTenant(portal), { first_name: 'Foreign' });
      const list = await manager.visit('/users?q=bea');
      const fields = { list: 'users', columns: 'name', query: '' };
      const send = (ids: string[]) =>
        manager.postFrom(list, '/exports/selection', { ...fields, 'ids[]': ids });
      expect((await send([foreign.id, newId()])).text.trim()).to.equal('Name,Email');
      expect((await send(['x'])).status).to.equal(400);
    });

    it('is refused for an invalid filter, without which all rows would be sent', async () => {
      const list = await manager.visit('/users?q=bea');
      const fields = { list: 'users', columns: 'name', query: 'status=nothing', all: '1' };
      const { status, headers } = await manager.postFrom(list, '/exports/selection', fields);
      expect([status, headers['location']]).to.eql([303, '/users?status=nothing']);
    });

    it('is refused without the permission for the list', async () => {
      const { portal, tenant } = suite;
      const role = await createStaffRole(portal, tenant, ['export.create']);
      const other = await signedInStaff(portal, tenant, role);
      const fields = { list: 'users', columns: 'name', query: '', all: '1' };
      const start = await other.visit('/tasks');
      expect((await other.postFrom(start, '/exports/selection', fields)).status).to.equal(403);
    });

    it('is written by a task from 10,001 rows', async () => {
      const { portal, tenant } = suite;
      const exporter = await signedInStaff(portal, tenant);
      await insertTasks(portal, tenant, exporter.person.id, MAX_STREAMED_ROWS + 1);
      const form = await (
        await exporter.visit('/tasks')
      ).submit('Apply', { 'With selected': 'Export selected', all: true });
      expect(form.text).to.include('more than 10,000 rows');
      expect((await form.submit('Export CSV')).h1).to.equal('Export: Tasks');
    });
  });

  it('leads back to the page of its list', async () => {
    const start = await manager.visit('/tasks');
    for (const [name, { path }] of Object.entries(exportedLists)) {
      const back = await manager.postFrom(start, '/exports/selection', { list: name, query: 'per=50' });
      expect(back.headers['location'], name).to.equal(`${path}?per=50`);
      const { headers } = await manager.get(`${path}?format=csv`);
      expect(headers['content-disposition'], name).to.include(`"${exportTitles[name as ExportName]}.csv"`);
    }
  });
});
