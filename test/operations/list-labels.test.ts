import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { MAX_SELECTED_AT_ONCE } from '../../src/domain/label/change-selected.ts';
import { queueTask } from '../../src/domain/task/task-actions.ts';
import { userList } from '../../src/domain/user/user-list.ts';
import { createLog } from '../../src/log.ts';
import { runDueTasks } from '../../src/tasks/task-worker.ts';
import { findAuditEvents } from '../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createStaff,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { createLabel, labelsOfRow } from '../support/labels.ts';
import { startOperations, type StaffVisitor } from '../support/operations.ts';
import { moveIn, PersonRentals } from '../support/own-rentals.ts';
import type { TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { findTaskRow } from '../support/tasks.ts';

describe('The labels of selected rows', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let ada: TestPerson;
  let bea: TestPerson;
  let vip: { id: string };

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
    ada = await createCustomer(portal, tenant, { first_name: 'Ada', last_name: 'Chosen' });
    bea = await createCustomer(portal, tenant, { first_name: 'Bea', last_name: 'Chosen' });
    await createCustomer(portal, tenant, { first_name: 'Cleo', last_name: 'Other' });
    vip = await createLabel(portal, tenant, 'VIP', { user: ada.id });
  });

  const runTasks = () => runDueTasks({ database: portal.database, log: createLog('silent') });
  const latest = async (event: Parameters<typeof findAuditEvents>[2]) =>
    (await findAuditEvents(portal, tenant, event)).at(-1)!.changes;

  it('are added to the rows of the filter that do not have them, and removed from selected rows', async () => {
    const list = await manager.visit('/users?q=chosen&per=50');
    const form = await list.submit('Apply', { 'With selected': 'Add label…', all: true });
    expect(form.text).to.include('2 users are selected.');
    const page = await form.submit('Add label', { Label: 'VIP' });
    expect(page.url).to.equal('/users?q=chosen&per=50');
    expect(page.flashes).to.eql(['VIP was added to 1 user.']);
    expect(await labelsOfRow(portal, 'user', bea.id)).to.eql(['VIP']);
    expect(await latest('label.added')).to.eql({ list: 'users', filters: 'q=***', rows: 1 });
    expect((await form.submit('Add label', { Label: 'VIP' })).flashes).to.eql([
      'There were no changes to save.',
    ]);
    const removal = await page.submit('Apply', {
      'With selected': 'Remove label…',
      ids: ['Select Bea Chosen'],
    });
    expect(removal.text).to.include('1 user is selected.');
    const after = await removal.submit('Remove label', { Label: 'VIP' });
    expect(after.flashes).to.eql(['VIP was removed from 1 user.']);
    expect(await labelsOfRow(portal, 'user', ada.id)).to.eql(['VIP']);
    expect(await labelsOfRow(portal, 'user', bea.id)).to.eql([]);
    expect(await latest('label.removed')).to.eql({ list: 'users', filters: 'ids=1', rows: 1 });
  });

  it('are asked for again when none is selected or it was deleted meanwhile', async () => {
    const label = await createLabel(portal, tenant, 'Doomed');
    const list = await manager.visit('/users?q=ada');
    const nothing = await list.submit('Apply', { 'With selected': 'Add label…' });
    expect(nothing.flashes).to.eql(['Select at least one row.']);
    const form = await list.submit('Apply', { 'With selected': 'Add label…', ids: ['Select Ada Chosen'] });
    expect((await form.submit('Add label')).errors).to.eql(['Select a label']);
    await (await manager.visit(`/settings/labels/${label.id}/deletion`)).submit('Delete label');
    const refused = await form.submit('Add label', { Label: 'Doomed' });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.eql(['Someone deleted this label. Select another one']);
    expect(refused.text).to.include('1 user is selected.');
  });

  it('change no rows of other tenants, no staff and no rows without the permission', async () => {
    const other = await createTenant(portal);
    const foreign = await createCustomer(portal, other);
    const staff = await createStaff(portal, tenant);
    const list = await manager.visit('/users');
    const fields = { list: 'users', columns: '', query: '', label_id: vip.id };
    const ids = [foreign.id, staff.id];
    const sent = await manager.postFrom(list, '/users/labels/additions', { ...fields, 'ids[]': ids });
    expect(sent.status).to.equal(303);
    for (const id of ids) expect(await labelsOfRow(portal, 'user', id)).to.eql([]);
    const theirs = await createLabel(portal, other, 'Theirs');
    const forged = { ...fields, label_id: theirs.id, 'ids[]': [ada.id] };
    expect((await manager.postFrom(list, '/users/labels/additions', forged)).status).to.equal(422);
    const driver = await signedInStaff(portal, tenant, 'driver');
    const start = await driver.visit('/users');
    expect(start.text).not.to.include('Add label…');
    const refused = await driver.postFrom(start, '/users/labels/additions', { ...fields, all: '1' });
    expect(refused.status).to.equal(403);
  });

  it('are added to companies and rentals', async () => {
    await createCompany(portal, tenant, { name: 'Labelled Ltd' });
    const person = (await signedInCustomer(portal, tenant)).person;
    await moveIn(new PersonRentals(portal, tenant, person), '2026-11-01');
    const companies = await manager.visit('/customers/companies?q=labelled');
    const company = await (
      await companies.submit('Apply', { 'With selected': 'Add label…', all: true })
    ).submit('Add label', {
      Label: 'VIP',
    });
    expect(company.flashes).to.eql(['VIP was added to 1 company.']);
    const rentals = await manager.visit('/rentals');
    const rental = await (
      await rentals.submit('Apply', { 'With selected': 'Add label…', all: true })
    ).submit('Add label', {
      Label: 'VIP',
    });
    expect(rental.flashes).to.eql(['VIP was added to 1 rental.']);
    expect((await manager.visit('/settings/labels')).rows('VIP')[0]).to.match(/Companies.*Rentals/);
  });

  describe('of many rows', () => {
    let many: TestTenant;
    let visitor: StaffVisitor;

    before(async () => {
      many = await createTenant(portal);
      visitor = await signedInStaff(portal, many);
      await createLabel(portal, many, 'Common');
      await sql(
        portal,
        `insert into users (tenant_id, id, audience, email, email_norm, name, name_norm, search_text)
         select $1, gen_random_uuid(), 'customer', n || '@m.example', n || '@m.example', '', '', ''
         from generate_series(1, $2::int) n`,
        [many.id, MAX_SELECTED_AT_ONCE + 1],
      );
    });

    const countLabelled = async () =>
      (
        await sql(portal, 'select count(*)::int as count from user_labels where tenant_id = $1', [many.id])
      )[0]!;

    it('are added and removed by a task, which is recorded when it ends', async () => {
      const form = await (
        await visitor.visit('/users')
      ).submit('Apply', { 'With selected': 'Add label…', all: true });
      expect(form.text).to.include('1,000+ users are selected.');
      const task = await form.submit('Add label', { Label: 'Common' });
      expect(task.h1).to.equal('Add the label Common');
      expect(await countLabelled()).to.eql({ count: 0 });
      const [requested] = await findAuditEvents(portal, many, 'label.change_requested');
      expect(requested!.changes).to.eql({ list: 'users', filters: '' });
      await runTasks();
      expect((await visitor.visit(task.path)).text).to.include('Rows changed: 1,001');
      expect(await countLabelled()).to.eql({ count: 1_001 });
      const [added] = await findAuditEvents(portal, many, 'label.added');
      expect(added!.changes).to.eql({ list: 'users', filters: '', rows: 1_001 });
      const removal = await (
        await visitor.visit('/users')
      ).submit('Apply', { 'With selected': 'Remove label…', all: true });
      await removal.submit('Remove label', { Label: 'Common' });
      await runTasks();
      expect(await countLabelled()).to.eql({ count: 0 });
    });

    it('fail when the label or a filter was deleted or the requester may no longer change the rows', async () => {
      const { query } = userList.parse({});
      const queue = async (label: { id: string; name: string }, requester: string, more = {}) => {
        const input = {
          label_id: label.id,
          name: label.name,
          entity: 'user',
          query: JSON.stringify({ ...query, ...more }),
          requested_by: requester,
        };
        return inTenant(portal.database, many.id, (db) =>
          queueTask(db, { kind: 'label-addition', input, requested_by: requester }),
        );
      };
      const label = await createLabel(portal, many, 'Late');
      const driver = await createStaff(portal, many, { role: 'driver' });
      const forbidden = await queue(label, driver.id);
      const wider = [{ q: 'gone:x' }, { filters: { 'cf.gone': 'x' } }];
      const unclear = await Promise.all(wider.map((more) => queue(label, visitor.person.id, more)));
      await sql(portal, 'delete from labels where id = $1', [label.id]);
      const deleted = await queue(label, visitor.person.id);
      await runTasks();
      expect(await findTaskRow(portal, forbidden)).to.deep.include({
        state: 'failed',
        error: 'not_permitted',
      });
      for (const id of unclear)
        expect(await findTaskRow(portal, id)).to.deep.include({ state: 'failed', error: 'filters_gone' });
      expect(await findTaskRow(portal, deleted)).to.deep.include({ state: 'failed', error: 'label_deleted' });
      expect(await countLabelled()).to.eql({ count: 0 });
    });
  });
});
