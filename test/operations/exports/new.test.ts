import { expect } from 'chai';
import { MAX_STREAMED_ROWS } from '../../../src/domain/export/export.ts';
import { findAuditEvents, findEventsOf } from '../../support/audit.ts';
import { insertTasks } from '../../support/exports.ts';
import { createCustomer, createStaffRole, createTenant, signedInStaff } from '../../support/factories.ts';
import { startOperations, type OperationsSuite, type StaffVisitor } from '../../support/operations.ts';
import { sql } from '../../support/rows.ts';
import { findTaskRow } from '../../support/tasks.ts';
import { Visitor } from '../../support/visitor.ts';

describe('The export of a list', () => {
  let suite: OperationsSuite;
  let manager: StaffVisitor;

  before(async () => {
    suite = await startOperations();
    ({ manager } = suite);
  });

  const linesOf = async (path: string) => {
    const response = await manager.get(path);
    expect(response.status, path).to.equal(200);
    return response.text.split('\r\n');
  };

  describe('as CSV', () => {
    before(async () => {
      const { portal, tenant } = suite;
      for (const [first_name, phone] of [
        ['=1+1', '+44 20 7946 0000'],
        ['-2', null],
        ['@sum(A1)', null],
        ['Say "hi", Ada', null],
      ] as const)
        await createCustomer(portal, tenant, { first_name, last_name: 'Csv', ...(phone && { phone }) });
      await createCustomer(portal, await createTenant(portal), { first_name: 'Foreign', last_name: 'Csv' });
    });

    it('has the headings of the columns, and texts that no spreadsheet runs', async () => {
      const response = await manager.get('/users?q=csv&sort=name&format=csv');
      expect(response.headers['content-type']).to.equal('text/csv; charset=utf-8');
      expect(response.headers['content-disposition']).to.include('attachment; filename="Users.csv"');
      expect(response.headers['cache-control']).to.equal('private, no-store');
      const [headings, ...rows] = response.text.split('\r\n');
      expect(headings).to.equal(
        '\uFEFFName,Email,Company,Labels,Status,Access,Last login (UTC),Created (UTC)',
      );
      const names = rows.map((row) => row.split('Csv')[0]);
      expect(names).to.have.members(["'=1+1 ", "'-2 ", "'@sum(A1) ", '"Say ""hi"", Ada ', '']);
    });

    it('has the chosen columns in their order', async () => {
      const [headings, ...rows] = await linesOf('/users?q=csv&col=company&col=name&format=csv');
      expect(headings).to.equal('\uFEFFCompany,Name,Email');
      expect(rows).to.have.length(5);
    });

    it('has exactly the rows of a filter, in its order', async () => {
      const { portal, tenant } = suite;
      await sql(portal, `update users set status = 'disabled' where tenant_id = $1 and first_name = '-2'`, [
        tenant.id,
      ]);
      expect(await linesOf('/users?status=disabled&format=csv')).to.have.length(3);
      const ascending = (await linesOf('/users?sort=email&format=csv')).slice(1, -1);
      const descending = (await linesOf('/users?sort=-email&format=csv')).slice(1, -1);
      expect(ascending).to.have.length(4);
      expect(descending).to.eql(ascending.toReversed());
    });

    it('has times as the page shows them, in the time zone of the viewer', async () => {
      const { portal, tenant } = suite;
      const viewer = await signedInStaff(portal, tenant);
      await sql(portal, `update users set time_zone = 'Asia/Tokyo' where id = $1`, [viewer.person.id]);
      const { created_at } = (
        await sql<{ created_at: string }>(
          portal,
          `select to_char(created_at at time zone 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI:SS') as created_at
           from users where tenant_id = $1 and last_name = 'Csv' order by id limit 1`,
          [tenant.id],
        )
      )[0]!;
      const { text } = await viewer.get('/users?q=csv&sort=created&col=name&col=created&format=csv');
      const [headings, first] = text.split('\r\n');
      expect(headings).to.equal('\uFEFFName,Email,Created (Asia/Tokyo)');
      expect(first).to.match(new RegExp(`,${created_at}$`));
    });

    it('is recorded with the list, filters, columns and number of rows', async () => {
      const { portal, tenant } = suite;
      await linesOf('/users?q=csv&status=enabled&format=csv');
      const events = await findAuditEvents(portal, tenant, 'export.created');
      expect(events.at(-1)!.actor_name).to.equal(manager.person.name);
      expect(events.at(-1)!.changes).to.eql({
        list: 'Users',
        filters: 'q=***&status=enabled',
        columns: 'Name, Email, Company, Labels, Status, Access, Last login (UTC), Created (UTC)',
        rows: 3,
      });
    });

    it('is offered and sent only with the permission', async () => {
      const { portal, tenant } = suite;
      const role = await createStaffRole(portal, tenant, ['users.view']);
      const viewer = await signedInStaff(portal, tenant, role);
      expect((await viewer.visit('/users')).html).not.to.include('Export CSV');
      expect((await viewer.get('/users?format=csv')).status).to.equal(403);
      expect((await manager.visit('/users')).text).to.include('Export CSV');
      const exporter = await signedInStaff(
        portal,
        tenant,
        await createStaffRole(portal, tenant, ['export.create']),
      );
      expect((await exporter.get('/users?format=csv')).status).to.equal(403);
      expect((await exporter.get('/tasks?format=csv')).status).to.equal(200);
    });

    it('belongs to the standard roles Manager and Admin', async () => {
      const { portal, tenant } = suite;
      const statusFor = async (role: string) =>
        (await (await signedInStaff(portal, tenant, role)).get('/users?format=csv')).status;
      expect(await statusFor('admin')).to.equal(200);
      expect(await statusFor('operations')).to.equal(403);
      expect(await statusFor('driver')).to.equal(403);
    });

    it('redirects anonymous users to the login page', async () => {
      const response = await new Visitor(suite.portal, suite.tenant.operations).get('/users?format=csv');
      expect(response.status).to.equal(303);
      expect(response.headers['location']).to.match(/^\/login/);
    });
  });

  describe('with many rows', () => {
    let exporter: StaffVisitor;

    before(async () => {
      exporter = await signedInStaff(suite.portal, suite.tenant);
      await insertTasks(suite.portal, suite.tenant, exporter.person.id, MAX_STREAMED_ROWS);
    });

    it('is sent at once up to 10,000 rows', async () => {
      const response = await exporter.get('/tasks?format=csv');
      expect(response.text.split('\r\n')).to.have.length(MAX_STREAMED_ROWS + 2);
    });

    it('is written by a task from 10,001 rows, which the form starts', async () => {
      const { portal, tenant } = suite;
      await insertTasks(portal, tenant, exporter.person.id, 1);
      const form = await exporter.visit('/tasks?format=csv');
      expect(form.h1).to.equal('Export CSV');
      expect(form.text).to.include('more than 10,000 rows');
      const page = await form.submit('Export CSV');
      expect(page.h1).to.equal('Export: Tasks');
      const id = page.path.split('/').at(-1)!;
      expect(await findTaskRow(portal, id)).to.include({ state: 'queued', requested_by: exporter.person.id });
      const [event] = await findEventsOf(portal, id);
      expect(event).to.deep.include({ event: 'export.requested', actor_name: exporter.person.name });
      expect(event!.changes).to.eql({
        list: 'Tasks',
        filters: '',
        columns: 'Task, State, Progress, Requested (UTC)',
      });
    });

    it('is not started for a list that the user may not see, or for an unknown one', async () => {
      const { portal, tenant } = suite;
      const role = await createStaffRole(portal, tenant, ['export.create']);
      const other = await signedInStaff(portal, tenant, role);
      const start = await other.visit('/tasks');
      const send = async (fields: Record<string, string>) =>
        (await other.postFrom(start, '/exports', { columns: 'name', query: '', ...fields })).status;
      expect(await send({ list: 'users' })).to.equal(403);
      expect(await send({ list: 'nothing' })).to.equal(400);
      expect(await send({ list: 'constructor' })).to.equal(400);
      expect(await send({ list: 'tasks', columns: 'nothing' })).to.equal(400);
      expect(await send({ list: 'tasks', columns: 'task', query: 'sort=nothing&q=%ff' })).to.equal(303);
    });
  });
});
