import { expect } from 'chai';
import { text } from 'node:stream/consumers';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { listTenantFields } from '../../../src/domain/custom-field/custom-field-queries.ts';
import { findEventsOf } from '../../support/audit.ts';
import { fileStoreOf, insertTasks, queueExport, runExports } from '../../support/exports.ts';
import {
  createCustomField,
  createCustomer,
  createStaffRole,
  createTenant,
  signedInStaff,
} from '../../support/factories.ts';
import { startOperations, type OperationsSuite, type StaffVisitor } from '../../support/operations.ts';
import { sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('The file of an export', () => {
  let suite: OperationsSuite;
  let manager: StaffVisitor;

  before(async () => {
    suite = await startOperations();
    ({ manager } = suite);
  });

  const exportOf = async (staff: StaffVisitor) => {
    const id = await queueExport(suite.portal, suite.tenant, staff.person.id, {
      list: 'tasks',
      columns: 'task',
    });
    await runExports(suite.portal);
    return id;
  };
  const textOf = async (task: string) => {
    const files = await sql<{ id: string }>(
      suite.portal,
      'select id from files where task_id = $1 and position is not null order by position',
      [task],
    );
    const store = fileStoreOf(suite.portal);
    const parts = await Promise.all(
      files.map(({ id }) => text(store.open({ tenantId: suite.tenant.id, id }))),
    );
    return parts.join('');
  };
  const statusFor = async (visitor: Visitor, id: string) => (await visitor.get(`/tasks/${id}/file`)).status;

  it('is downloaded from the page of the task, and not cached', async () => {
    await insertTasks(suite.portal, suite.tenant, manager.person.id, 10_001);
    const id = await exportOf(manager);
    const page = await manager.visit(`/tasks/${id}`);
    expect(page.text)
      .to.match(/Rows: 10,?002/)
      .and.include('Kept until');
    expect(page.href('Download')).to.equal(`/tasks/${id}/file`);
    const response = await manager.get(`/tasks/${id}/file`);
    expect(response.headers).to.include({
      'content-type': 'text/csv; charset=utf-8',
      'cache-control': 'private, no-store',
      'content-length': String(Buffer.byteLength(response.text)),
    });
    expect(response.headers['content-disposition']).to.include('attachment; filename="Tasks.csv"');
    const lines = response.text.split('\r\n');
    expect(lines).to.have.length(10_004);
    expect(lines.filter((line) => line.includes('\uFEFF'))).to.eql(['\uFEFFTask']);
  });

  it('does not exist for other users, other tenants and anonymous users', async () => {
    const { portal, tenant } = suite;
    const id = await exportOf(manager);
    expect(await statusFor(await signedInStaff(portal, tenant), id)).to.equal(404);
    expect(await statusFor(await signedInStaff(portal, await createTenant(portal)), id)).to.equal(404);
    expect(await statusFor(new Visitor(portal, tenant.operations), id)).to.equal(303);
    expect(await statusFor(manager, id)).to.equal(200);
  });

  it('is refused without the permission to export, and without the permission to see the list', async () => {
    const { portal, tenant } = suite;
    const code = await createStaffRole(portal, tenant, ['export.create', 'users.view']);
    const staff = await signedInStaff(portal, tenant, code);
    const id = await queueExport(portal, tenant, staff.person.id, { list: 'users', columns: 'name' });
    await runExports(portal);
    expect(await statusFor(staff, id)).to.equal(200);
    const forbid = (permission: string) =>
      sql(
        portal,
        `delete from role_permissions p using roles r where r.tenant_id = p.tenant_id and r.id = p.role_id
         and r.code = $1 and p.permission = $2`,
        [code, permission],
      );
    await forbid('users.view');
    expect(await statusFor(staff, id)).to.equal(403);
    await forbid('export.create');
    expect(await statusFor(staff, id)).to.equal(403);
    expect((await staff.visit(`/tasks/${id}`)).html).not.to.include(`/tasks/${id}/file`);
  });

  it('has secret fields only with their permission, when it is written and when it is sent', async () => {
    const { portal, tenant } = suite;
    const field = await createCustomField(portal, tenant, { title: 'Alarm PIN', is_secret: true });
    const { id: customer } = await createCustomer(portal, tenant);
    const edit = await manager.visit(`/users/${customer}/edit`);
    await edit.submit('Save changes', { 'Alarm PIN': '73519' });
    const code = await createStaffRole(portal, tenant, [
      'export.create',
      'users.view',
      'custom_fields.reveal',
    ]);
    const staff = await signedInStaff(portal, tenant, code);
    const fields = await inTenant(portal.database, tenant.id, (db) => listTenantFields(db));
    const columns = `name,cf.${field.code}`;
    const queue = () => queueExport(portal, tenant, staff.person.id, { list: 'users', columns }, fields);
    const early = await queue();
    await runExports(portal);
    expect((await staff.get(`/tasks/${early}/file`)).text)
      .to.include(',Alarm PIN\r\n')
      .and.include(',73519');
    const events = await findEventsOf(portal, early);
    for (const { changes } of events) expect(changes).to.include({ secret_fields: 'Alarm PIN' });
    const late = await queue();
    await sql(
      portal,
      `delete from role_permissions where permission = 'custom_fields.reveal'
      and role_id = (select id from roles where code = $1)`,
      [code],
    );
    await runExports(portal);
    expect(await statusFor(staff, early)).to.equal(403);
    expect(await textOf(late))
      .to.include('Name,')
      .and.not.include('Alarm PIN')
      .and.not.include('73519');
  });

  it('does not exist before the task is done, and after a day', async () => {
    const { portal, tenant } = suite;
    const queued = await queueExport(portal, tenant, manager.person.id, { list: 'tasks', columns: 'task' });
    expect(await statusFor(manager, queued)).to.equal(404);
    await runExports(portal);
    expect(await statusFor(manager, queued)).to.equal(200);
    await sql(portal, `update files set expires_at = expires_at - interval '1 day' where task_id = $1`, [
      queued,
    ]);
    expect(await statusFor(manager, queued)).to.equal(404);
    const page = await manager.visit(`/tasks/${queued}`);
    expect(page.text).to.include('The file has been deleted. Files are kept for a day.');
    expect(page.text).not.to.include('Download');
  });

  it('is not sent when a part of it is missing', async () => {
    const id = await exportOf(manager);
    const [file] = await sql<{ id: string }>(suite.portal, 'select id from files where task_id = $1', [id]);
    await fileStoreOf(suite.portal).delete({ tenantId: suite.tenant.id, id: file!.id });
    expect(await statusFor(manager, id)).to.equal(500);
  });
});
