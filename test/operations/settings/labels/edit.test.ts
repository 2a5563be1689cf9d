import { expect } from 'chai';
import { inTenant } from '../../../../src/database/in-tenant.ts';
import { queueTask } from '../../../../src/domain/task/task-actions.ts';
import { createLog } from '../../../../src/log.ts';
import { labelDeletionKind } from '../../../../src/tasks/label-deletion.ts';
import { runDueTasks } from '../../../../src/tasks/task-worker.ts';
import { runTaskSlot } from '../../../../src/tasks/run-task.ts';
import { findAuditEvents } from '../../../support/audit.ts';
import { createCompany, createCustomer, type TestTenant } from '../../../support/factories.ts';
import { createLabel, labelsOfRow } from '../../../support/labels.ts';
import { startOperations, type StaffVisitor } from '../../../support/operations.ts';
import type { TestPortal } from '../../../support/portal.ts';
import { sql } from '../../../support/rows.ts';
import { findTaskRow } from '../../../support/tasks.ts';

const LABELS = '/settings/labels';

describe(`${LABELS}/:id`, () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const edit = ({ id }: { id: string }) => manager.visit(`${LABELS}/${id}/edit`);
  const rowsOf = ({ id }: { id: string }) => sql(portal, 'select id from labels where id = $1', [id]);

  it('renames a label and changes its colour', async () => {
    const label = await createLabel(portal, tenant, 'Lat', { colour: 'grey' });
    const page = await (await edit(label)).submit('Save changes', { Name: 'Late', Colour: 'red' });
    expect(page.flashes).to.eql(['Late was changed.']);
    expect(page.find('.badge.bad')?.textContent).to.equal('Late');
    const [event] = await findAuditEvents(portal, tenant, 'label.updated');
    expect(event!.changes).to.eql({ name: ['Lat', 'Late'], colour: ['grey', 'red'] });
  });

  it('refuses the name of another label and a form that is older than the label', async () => {
    const label = await createLabel(portal, tenant, 'One');
    await createLabel(portal, tenant, 'Two');
    const old = await edit(label);
    expect((await (await edit(label)).submit('Save changes', { Name: 'two' })).errors).to.eql([
      'A label with the name two already exists',
    ]);
    await (await edit(label)).submit('Save changes', { Name: 'First' });
    const stale = await old.submit('Save changes', { Name: 'Uno' });
    expect(stale.status).to.equal(422);
    expect(stale.errors[0]).to.include('Someone changed this label after you opened this page.');
    expect((await stale.submit('Save changes')).flashes).to.eql(['Uno was changed.']);
  });

  it('says how many records have the label, deletes it from all, and says so when it is sent again', async () => {
    const [ada, company] = [await createCustomer(portal, tenant), await createCompany(portal, tenant)];
    const label = await createLabel(portal, tenant, 'Old', { user: ada.id, company: company.id });
    const open = await edit(label);
    const confirm = await (await manager.visit(LABELS)).follow('Delete Old');
    expect(confirm.text).to.include('1 user').and.include('1 company').and.include('0 rentals');
    const page = await confirm.submit('Delete label');
    expect(page.flashes).to.eql(['Old was deleted.']);
    expect(await labelsOfRow(portal, 'user', ada.id)).to.eql([]);
    expect(await rowsOf(label)).to.eql([]);
    const [event] = await findAuditEvents(portal, tenant, 'label.deleted');
    expect(event!.changes).to.eql({ name: ['Old', null], colour: ['blue', null] });
    const again = await confirm.submit('Delete label');
    expect(again.flashes).to.eql(['Old was deleted before.']);
    const late = await open.submit('Save changes', { Name: 'New' });
    expect(late.flashes).to.eql(['Old was deleted before.']);
  });

  it('takes a label of many records from them by a task and frees its name at once', async () => {
    const label = await createLabel(portal, tenant, 'Common');
    await sql(
      portal,
      `with made as (
         insert into users (tenant_id, id, audience, email, email_norm, name, name_norm, search_text)
         select $1, gen_random_uuid(), 'customer', n || '@c.example', n || '@c.example', '', '', ''
         from generate_series(1, 1001) n returning id)
       insert into user_labels (tenant_id, label_id, user_id) select $1, $2, id from made`,
      [tenant.id, label.id],
    );
    const confirm = await manager.visit(`${LABELS}/${label.id}/deletion`);
    expect(confirm.text).to.include('1,000+ users');
    const page = await confirm.submit('Delete label');
    expect(page.rows('Common')).to.eql([]);
    await createLabel(portal, tenant, 'Common');
    const [task] = await sql<{ id: string }>(
      portal,
      `select id from tasks where kind = 'label-deletion' and input->>'label_id' = $1`,
      [label.id],
    );
    await runDueTasks({ database: portal.database, log: createLog('silent') });
    expect(await findTaskRow(portal, task!.id)).to.deep.include({ state: 'done', result: { changed: 1 } });
    expect(await rowsOf(label)).to.eql([]);
  });

  it('takes it from the records in batches', async () => {
    const customers = [];
    for (let n = 0; n < 5; n += 1) customers.push(await createCustomer(portal, tenant));
    const label = await createLabel(portal, tenant, 'Batches', {
      company: (await createCompany(portal, tenant)).id,
    });
    for (const { id } of customers)
      await sql(portal, 'insert into user_labels (tenant_id, label_id, user_id) values ($1, $2, $3)', [
        tenant.id,
        label.id,
        id,
      ]);
    await sql(portal, 'update labels set deleted_at = now() where id = $1', [label.id]);
    const input = { label_id: label.id, name: label.name };
    const id = await inTenant(portal.database, tenant.id, (db) =>
      queueTask(db, { kind: 'label-deletion', input, requested_by: manager.person.id }),
    );
    const kinds = { 'label-deletion': labelDeletionKind(2) };
    await runTaskSlot({ database: portal.database, log: createLog('silent'), kinds }, tenant.id);
    expect(await findTaskRow(portal, id)).to.deep.include({ state: 'done', result: { changed: 6 } });
    expect(await rowsOf(label)).to.eql([]);
    expect((await manager.visit(`/tasks/${id}`)).text).to.include('Rows changed: 6');
  });
});
