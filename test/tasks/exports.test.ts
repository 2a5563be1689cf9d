import { expect } from 'chai';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { accessTenant, inTenant } from '../../src/database/in-tenant.ts';
import type { Viewer } from '../../src/database/scope.ts';
import { listTenantFields } from '../../src/domain/custom-field/custom-field-queries.ts';
import { storeCustomValues } from '../../src/domain/custom-field/store-values.ts';
import { findStaffActor } from '../../src/domain/role/staff-actor.ts';
import { cancelTask } from '../../src/domain/task/cancel-task.ts';
import { createLog } from '../../src/log.ts';
import { exportedLists } from '../../src/operations/list-exports.ts';
import { purgeFiles } from '../../src/tasks/purge-files.ts';
import { runTaskSlot } from '../../src/tasks/run-task.ts';
import { taskKinds } from '../../src/tasks/task-worker.ts';
import { findEventsOf } from '../support/audit.ts';
import { fileStoreOf, insertTasks, openExport, queueExport, runExports } from '../support/exports.ts';
import {
  createCompany,
  createCustomer,
  createCustomField,
  createStaff,
  createTenant,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { startKilledTaskWorker } from '../support/start-killed-task-worker.ts';
import { changeTask, findTaskRow } from '../support/tasks.ts';

/** More than two parts. */
const ROWS = 12_000;

describe('An export by a task', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let staff: TestPerson;

  before(async () => {
    portal = await startPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    staff = await createStaff(portal, tenant);
    await insertTasks(portal, tenant, staff.id, ROWS);
  });
  after(() => portal.close());

  const queue = () => queueExport(portal, tenant, staff.id, { list: 'tasks', columns: 'progress,task' });

  /** Runs one batch. */
  const runBatch = (files = fileStoreOf(portal)) =>
    runTaskSlot(
      {
        database: portal.database,
        log: createLog('silent'),
        kinds: taskKinds({ files, secretKeys: [], exportedLists }),
      },
      tenant.id,
      { isStopping: () => true },
    );
  const listFiles = (task: string) =>
    sql<{ id: string; position: number | null }>(
      portal,
      'select id, position from files where task_id = $1 order by position',
      [task],
    );
  const readFile = async (task: string) => {
    const files = fileStoreOf(portal);
    const parts = (await listFiles(task)).filter(({ position }) => position !== null);
    const texts = await Promise.all(parts.map(({ id }) => text(files.open({ tenantId: tenant.id, id }))));
    return texts.join('');
  };
  const storedNames = () => {
    const folder = path.join(fileURLToPath(portal.config.filesUrl), tenant.id);
    return readdirSync(folder);
  };
  /** The rows have the numbers from 1, except that of the export itself. */
  const expectWhole = async (task: string) => {
    const [headings, ...lines] = (await readFile(task)).split('\r\n');
    expect(headings).to.equal('Progress,Task');
    const others = lines.slice(0, -1).filter((line) => !line.includes('Export'));
    const numbers = others.map((line) => Number(line.split(',')[0]));
    expect(numbers.toSorted((a, b) => a - b)).to.eql(Array.from({ length: ROWS }, (_, n) => n + 1));
    expect(
      (await listFiles(task)).filter(({ position }) => position !== null).map(({ position }) => position),
    ).to.eql([0, 1, 2]);
  };

  it('writes every row once, over several slots, and is recorded at its end', async () => {
    const id = await queue();
    await runBatch();
    const begun = await findTaskRow(portal, id);
    expect(begun).to.include({ state: 'running', total: ROWS + 1, done: 5_000 });
    await runExports(portal);
    expect(await findTaskRow(portal, id)).to.deep.include({ state: 'done', result: { rows: ROWS + 1 } });
    await expectWhole(id);
    const events = await findEventsOf(portal, id);
    expect(events.map(({ event }) => event)).to.eql(['export.requested', 'export.created']);
    expect(events[1]).to.deep.include({
      actor_name: staff.name,
      changes: { list: 'Tasks', filters: '', columns: 'Progress, Task', rows: ROWS + 1 },
    });
  });

  it('has the chosen custom fields of the rows that a filter by one finds', async () => {
    const field = { title: 'Gate code', is_searchable: true };
    await createCustomField(portal, tenant, { code: 'gate', ...field });
    await createCustomField(portal, tenant, { code: 'floor', title: 'Floor', type: 'number' });
    const people = await Promise.all(
      ['Ada', 'Alan'].map((first_name) => createCustomer(portal, tenant, { first_name })),
    );
    const fields = await inTenant(portal.database, tenant.id, async (db) => {
      const all = await listTenantFields(db);
      storeCustomValues(db, 'user', all, [
        { id: people[0]!.id, values: { gate: 'North', floor: '-2.5' } },
        { id: people[1]!.id, values: { gate: 'South' } },
      ]);
      return all;
    });
    const columns = 'cf.floor,cf.gate';
    const params = { 'cf.gate': 'north' };
    const id = await queueExport(portal, tenant, staff.id, { list: 'users', params, columns }, fields);
    await runExports(portal);
    expect(await readFile(id)).to.equal('Floor,Gate code\r\n-2.5,North\r\n');
    const [, created] = await findEventsOf(portal, id);
    expect(created!.changes).to.deep.include({
      filters: 'cf.gate=***',
      columns: 'Floor, Gate code',
      rows: 1,
    });
  });

  it('writes a part again after an error of the store', async () => {
    const id = await queue();
    await runBatch();
    const files = fileStoreOf(portal);
    await runBatch({
      ...files,
      put: async (key, content) => {
        await files.put(key, content);
        throw new Error('No space left');
      },
    });
    expect(await findTaskRow(portal, id)).to.include({ state: 'queued', done: 5_000, error: 'unexpected' });
    await changeTask(portal, id, { due_at: new Date(0) });
    await runExports(portal);
    await expectWhole(id);
  });

  it('continues after its worker was killed', async function () {
    this.timeout(60_000);
    const id = await queue();
    const worker = await startKilledTaskWorker(portal);
    while ((await findTaskRow(portal, id)).done === 0) await delay(5);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    expect((await findTaskRow(portal, id)).state).to.equal('running');
    await changeTask(portal, id, { due_at: new Date(0) });
    await runExports(portal);
    await expectWhole(id);
  });

  it('has no file after it was cancelled, and the purge deletes its parts', async () => {
    const id = await queue();
    await runBatch();
    expect(storedNames()).to.have.length(1);
    await inTenant(portal.database, tenant.id, async (db) =>
      cancelTask(db, (await findStaffActor(db, staff.id))!, id),
    );
    await runExports(portal);
    expect((await findTaskRow(portal, id)).state).to.equal('cancelled');
    await purgeFiles.run({ ...portal, log: createLog('silent') }, () => false);
    expect(storedNames()).to.eql([]);
    expect(await listFiles(id)).to.eql([]);
  });

  it('is kept for a day after its end, and then purged with what is left of other attempts', async () => {
    const id = await queue();
    await runBatch();
    await sql(portal, `update files set expires_at = now() + interval '1 minute' where task_id = $1`, [id]);
    await runExports(portal);
    const purge = () => purgeFiles.run({ ...portal, log: createLog('silent') }, () => false);
    const age = (hours: number) =>
      sql(
        portal,
        `update files set expires_at = expires_at - make_interval(hours => $2) where task_id = $1`,
        [id, hours],
      );
    await age(23);
    await purge();
    expect(storedNames()).to.have.length(3);
    await age(1);
    await purge();
    expect(storedNames()).to.eql([]);
    expect(await listFiles(id)).to.eql([]);
  });

  it('fails when the user was disabled or may not export now', async () => {
    const id = await queue();
    await sql(portal, `update users set status = 'disabled' where id = $1`, [staff.id]);
    await runExports(portal);
    expect(await findTaskRow(portal, id)).to.include({ state: 'failed', error: 'not_permitted' });
    const driver = await createStaff(portal, tenant, { role: 'driver' });
    const other = await queueExport(portal, tenant, driver.id, { list: 'users', columns: 'name' });
    await runExports(portal);
    expect(await findTaskRow(portal, other)).to.include({ state: 'failed', error: 'not_permitted' });
  });

  it('fails with its reason when a field of its filter or its only column was retired', async () => {
    const field = await createCustomField(portal, tenant, { code: 'gate', is_searchable: true });
    const fields = await inTenant(portal.database, tenant.id, (db) => listTenantFields(db));
    const params = { 'cf.gate': 'north' };
    const queued = [
      await queueExport(portal, tenant, staff.id, { list: 'users', params, columns: 'name' }, fields),
      await queueExport(portal, tenant, staff.id, { list: 'users', columns: 'cf.gate' }, fields),
    ];
    await sql(portal, 'update custom_fields set retired_at = now() where id = $1', [field.id]);
    await runExports(portal);
    for (const id of queued)
      expect(await findTaskRow(portal, id)).to.include({ state: 'failed', error: 'list_changed' });
  });

  it('reads only what a restricted user may see', async () => {
    const seen = await createCompany(portal, tenant, { name: 'Seen Works' });
    const hidden = await createCompany(portal, tenant, { name: 'Hidden Works' });
    await createCustomer(portal, tenant, { company: seen, first_name: 'Seen', last_name: 'One' });
    await createCustomer(portal, tenant, { company: hidden, first_name: 'Hidden', last_name: 'One' });
    const id = await queueExport(portal, tenant, staff.id, { list: 'users', columns: 'name' });
    const viewer: Viewer = {
      id: staff.id,
      scope: { kind: 'restricted', company_ids: [seen.id], site_ids: [] },
    };
    const { input } = (
      await sql<{ input: object }>(portal, 'select input from tasks where id = $1', [id])
    )[0]!;
    const restricted = accessTenant(portal.database, tenant.id, viewer);
    const kind = taskKinds({ files: fileStoreOf(portal), secretKeys: [], exportedLists }).export;
    for await (const batch of kind.run(input, { cursor: null, done: 0, total: null }, restricted, id))
      expect(await restricted.inTenant(batch)).to.include({ done: 1, total: 1 });
    const file = await readFile(id);
    expect(file).to.include('Seen One').and.not.to.include('Hidden One');
  });

  it('writes plain numbers and no column without its permission', async () => {
    const actor = await inTenant(portal.database, tenant.id, (db) => findStaffActor(db, staff.id));
    const without = { ...actor!, permissions: new Set(['export.create', 'users.view']) };
    const { opened } = openExport(without, 'tasks', {}, 'progress,nothing,task');
    expect(opened.headings).to.eql(['Progress', 'Task']);
  });
});
