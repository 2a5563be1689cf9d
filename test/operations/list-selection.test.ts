import { expect } from 'chai';
import type { Request } from 'express';
import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { userList } from '../../src/domain/user/user-list.ts';
import { readSelection } from '../../src/operations/list-selection.ts';
import { listTenantFields } from '../../src/domain/custom-field/custom-field-queries.ts';
import { findAuditEvents } from '../support/audit.ts';
import { queueExport, runExports } from '../support/exports.ts';
import { createCustomer, createCustomField, type TestPerson } from '../support/factories.ts';
import { createLabel, labelsOfRow } from '../support/labels.ts';
import { startOperations, type OperationsSuite } from '../support/operations.ts';
import type { Page } from '../support/page.ts';
import { findTaskRow } from '../support/tasks.ts';

const UNKNOWN_KEY = "We do not know the key 'gate'.";

const requestWith = (body: Record<string, string | string[]>) =>
  ({
    body: { list: 'users', columns: 'name', query: 'q=ada&status=enabled&sort=name&per=50', ...body },
    user: { time_zone: null },
    tenant: { time_zone: 'Asia/Riyadh' },
  }) as unknown as Request;

describe('The selection of a list', () => {
  describe('with a search key whose custom field was retired', () => {
    let suite: OperationsSuite;
    let list: Page;
    let viewUrl: string;
    let task: string;
    let label: { id: string };
    let customers: TestPerson[];

    before(async () => {
      suite = await startOperations();
      const { portal, tenant, manager } = suite;
      const field = await createCustomField(portal, tenant, {
        code: 'gate',
        title: 'Gate',
        is_searchable: true,
      });
      label = await createLabel(portal, tenant, 'Gated');
      customers = [await createCustomer(portal, tenant), await createCustomer(portal, tenant)];
      const edit = await manager.visit(`/users/${customers[0]!.id}/edit`);
      await edit.submit('Save changes', { Gate: 'north' });
      list = await manager.visit('/users?q=gate:north&col=name&col=cf.gate');
      expect(list.rows()).to.have.length(1);
      const view = await (await list.follow('Save view')).submit('Save view', { Name: 'North' });
      viewUrl = view.url;
      const fields = await inTenant(portal.database, tenant.id, (db) => listTenantFields(db));
      task = await queueExport(
        portal,
        tenant,
        manager.person.id,
        { list: 'users', params: { q: 'gate:north' }, columns: 'name' },
        fields,
      );
      await (
        await manager.visit(`/settings/custom-fields/${field.id}/retirement`)
      ).submit('Retire custom field');
    });

    const notes = ['The filters are no longer valid. Check the list and select again.', UNKNOWN_KEY];

    it('adds no label to the other rows', async () => {
      const page = await list.submit('Apply', { 'With selected': 'Add label…', all: true });
      expect(page.path).to.equal('/users');
      expect(page.flashes).to.include.members(notes);
      const fields = { list: 'users', columns: '', query: 'q=gate:north', all: '1', label_id: label.id };
      await suite.manager.postFrom(list, '/users/labels/additions', fields);
      for (const { id } of customers) expect(await labelsOfRow(suite.portal, 'user', id)).to.eql([]);
    });

    it('exports no other rows', async () => {
      const page = await list.submit('Apply', { 'With selected': 'Export selected', all: true });
      expect(page.path).to.equal('/users');
      expect(page.flashes).to.include.members(notes);
      const fields = { list: 'users', columns: 'name', query: 'q=gate:north' };
      const sent = await suite.manager.postFrom(list, '/exports', fields);
      expect(sent.headers['location']).to.equal('/users?q=gate%3Anorth');
      const file = await suite.manager.visit('/users?q=gate:north&format=csv');
      expect(file.flashes).to.include.members([
        'The file was not written. Check the list first.',
        UNKNOWN_KEY,
      ]);
      expect(await findAuditEvents(suite.portal, suite.tenant, 'export.created')).to.eql([]);
    });

    it('fails the task that would write other rows, and says why', async () => {
      await runExports(suite.portal);
      expect(await findTaskRow(suite.portal, task)).to.include({ state: 'failed', error: 'list_changed' });
      const page = await suite.manager.visit(`/tasks/${task}`);
      expect(page.text).to.include('A filter or every chosen column no longer exists.');
    });

    it('is named by a saved view, as is its column', async () => {
      expect((await suite.manager.visit(viewUrl)).flashes).to.have.members([
        "The column 'cf.gate' of this view is no longer available and was left out.",
        UNKNOWN_KEY,
      ]);
    });
  });

  it('is the ids without the filters, or the query of the list', () => {
    const [one, other] = [newId(), newId()];
    const common = { within: {}, sort: 'name', time_zone: 'Asia/Riyadh' };
    expect(readSelection(requestWith({ 'ids[]': [one, other, one] }), userList)).to.eql({
      ids: [one, other],
      query: { ...common, q: '', filters: {}, ids: [one, other] },
    });
    expect(readSelection(requestWith({ 'ids[]': one, all: '1' }), userList)).to.eql({
      all: true,
      query: { ...common, q: 'ada', filters: { status: 'enabled' } },
    });
    expect(readSelection(requestWith({}), userList)).to.equal(null);
  });
});
