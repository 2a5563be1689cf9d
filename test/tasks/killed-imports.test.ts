import { expect } from 'chai';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { inTenant } from '../../src/database/in-tenant.ts';
import { cancelImport } from '../../src/domain/import/cancel-import.ts';
import { findStaffActor } from '../../src/domain/role/staff-actor.ts';
import {
  createCompany,
  createStaff,
  createTenant,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import {
  findImportRow,
  insertImport,
  queueCheck,
  queueImport,
  queueUndo,
  runImports,
} from '../support/import-tasks.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { startKilledTaskWorker } from '../support/start-killed-task-worker.ts';
import { changeTask, findTaskRow, type TaskRow } from '../support/tasks.ts';
import { createSite, createUnitType } from '../support/units.ts';

/** More than two batches. */
const ROWS = 2_100;

const moments: [string, (task: TaskRow) => boolean][] = [
  ['at its first row', ({ state }) => state === 'running'],
  ['in the middle', ({ done }) => done >= 1_000],
  ['at its last row', ({ done }) => done >= ROWS],
];

describe('A worker that is killed', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let staff: TestPerson;

  before(async () => {
    portal = await startPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    staff = await createStaff(portal, tenant);
    await createCompany(portal, tenant, { code: 'W-1' });
  });
  after(() => portal.close());

  /** Kills a worker when the task has come so far, and continues in this process. */
  const killAt = async (
    task: string,
    hasCome: (row: TaskRow) => boolean,
    beforeKill: () => Promise<unknown> = () => Promise.resolve(),
  ) => {
    const worker = await startKilledTaskWorker(portal);
    while (!hasCome(await findTaskRow(portal, task))) await delay(2);
    await beforeKill();
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    if ((await findTaskRow(portal, task)).state === 'cancelled') return;
    const { state } = await findTaskRow(portal, task);
    if (state === 'running' || state === 'queued') await changeTask(portal, task, { due_at: new Date(0) });
    await runImports(portal);
    expect(await findTaskRow(portal, task)).to.deep.include({ state: 'done', error: null });
    expect(
      await sql(portal, `select 1 from audit_events where tenant_id = $1 and event = 'task.failed'`, [
        tenant.id,
      ]),
    ).to.eql([]);
  };
  const prepare = async () => {
    const rows = Array.from({ length: ROWS }, (_, n) => `p${n}@example.com,P${n},W-1,View only`);
    const text = `email,first_name,company_code,add_roles\n${rows.join('\n')}\n`;
    const id = await insertImport(portal, tenant, staff.id, text);
    await queueCheck(portal, tenant, staff.id, id);
    await runImports(portal);
    return id;
  };
  const count = async () => {
    const [counted] = await sql(
      portal,
      `select (select count(*)::int from users where tenant_id = $1 and audience = 'customer') as users,
        (select count(*)::int from memberships where tenant_id = $1) as memberships,
        (select count(*)::int from role_assignments where tenant_id = $1 and company_id is not null) as roles,
        (select count(*)::int from audit_events where tenant_id = $1 and event = 'user.created' and actor_kind = 'staff') as created,
        (select count(*)::int from audit_events where tenant_id = $1 and event = 'user.deleted') as deleted,
        (select count(*)::int from emails e join users u on u.tenant_id = e.tenant_id and u.id = e.user_id
          where e.tenant_id = $1 and u.audience = 'customer') as emails`,
      [tenant.id],
    );
    return counted;
  };
  const imported = { users: ROWS, memberships: ROWS, roles: ROWS, created: ROWS, deleted: 0, emails: 0 };

  for (const [name, hasCome] of moments)
    it(`${name} of an import and of its undo loses no row, writes none twice and undoes none twice`, async function () {
      this.timeout(120_000);
      const id = await prepare();
      await killAt(await queueImport(portal, tenant, staff.id, id), hasCome);
      expect(await findImportRow(portal, id)).to.deep.include({
        state: 'imported',
        counts: { create: ROWS, created: ROWS },
      });
      expect(await count()).to.eql(imported);

      await killAt(await queueUndo(portal, tenant, staff.id, id), hasCome);
      expect(await findImportRow(portal, id)).to.deep.include({ state: 'undone' });
      expect(await count()).to.eql({
        users: 0,
        memberships: 0,
        roles: 0,
        created: ROWS,
        deleted: ROWS,
        emails: 0,
      });
    });

  it('in the middle of all or nothing that was cancelled, and in the middle of its undo, leaves no row behind', async function () {
    this.timeout(120_000);
    const id = await prepare();
    const task = await queueImport(portal, tenant, staff.id, id, true);
    await killAt(
      task,
      ({ done }) => done >= 1_000,
      () =>
        inTenant(portal.database, tenant.id, async (db) =>
          cancelImport(db, (await findStaffActor(db, staff.id))!, id),
        ),
    );
    const { task_id, counts } = await findImportRow(portal, id);
    expect(task_id).not.to.equal(task);
    const undone = counts['created']!;
    if ((await findTaskRow(portal, task_id)).state === 'running')
      await changeTask(portal, task_id, { due_at: new Date(0) });
    await killAt(task_id, ({ done }) => done >= 200);
    expect(await findImportRow(portal, id)).to.deep.include({
      state: 'undone',
      counts: { create: ROWS, created: undone, undone },
    });
    const nothing = { users: 0, memberships: 0, roles: 0, emails: 0 };
    expect(await count()).to.eql({ ...nothing, created: undone, deleted: undone });
  });

  it('while it deletes the rows of an earlier check leaves none of them behind', async function () {
    this.timeout(120_000);
    const id = await prepare();
    await sql(
      portal,
      `insert into import_rows (tenant_id, import_id, line, verdict, target_name)
       select $1, $2, 10000 + n, 'error', 'earlier' from generate_series(1, 40000) n`,
      [tenant.id, id],
    );
    await killAt(await queueCheck(portal, tenant, staff.id, id), ({ cursor }) => cursor !== null);
    expect(await findImportRow(portal, id)).to.deep.include({ state: 'checked', counts: { create: ROWS } });
    const [rows] = await sql(portal, 'select count(*)::int from import_rows where import_id = $1', [id]);
    expect(rows).to.eql({ count: ROWS });
  });

  for (const [kind, head, line, table, event] of [
    ['companies', 'code,name,parent_code', (n: number) => `P${n},N${n},TOP`, 'companies', 'company'],
    ['units', 'site,code,unit_type', (n: number) => `Harbour,P${n},Small`, 'units', 'unit'],
  ] as const)
    it(`in the middle of an import of ${kind} and of its undo loses no row and writes none twice`, async function () {
      this.timeout(120_000);
      await createSite(portal, tenant, 'Harbour');
      await createUnitType(portal, tenant, { name: 'Small' });
      const rows = Array.from({ length: ROWS - 1 }, (_, n) => line(n));
      // The parent of the companies.
      const last = kind === 'companies' ? 'TOP,Top,' : line(ROWS);
      const text = `${head}\n${[...rows, last].join('\n')}\n`;
      const id = await insertImport(portal, tenant, staff.id, text, { kind });
      await queueCheck(portal, tenant, staff.id, id);
      await runImports(portal);
      const found = async () => {
        const [counted] = await sql(
          portal,
          `select (select count(*)::int from ${table} where tenant_id = $1 and code <> 'W-1') as stored,
            (select count(*)::int from companies where tenant_id = $1 and parent_id is not null) as children,
            (select count(*)::int from audit_events where tenant_id = $1 and event = '${event}.created') as created,
            (select count(*)::int from audit_events where tenant_id = $1 and event = '${event}.deleted') as deleted`,
          [tenant.id],
        );
        return counted;
      };
      const children = kind === 'companies' ? ROWS - 1 : 0;
      await killAt(await queueImport(portal, tenant, staff.id, id), ({ done }) => done >= 1_000);
      expect(await found()).to.eql({ stored: ROWS, children, created: ROWS, deleted: 0 });
      await killAt(await queueUndo(portal, tenant, staff.id, id), ({ done }) => done >= 1_000);
      expect(await found()).to.eql({ stored: 0, children: 0, created: ROWS, deleted: ROWS });
    });

  it('while another works on the import writes no row twice', async function () {
    this.timeout(120_000);
    const id = await prepare();
    const task = await queueImport(portal, tenant, staff.id, id);
    const workers = await Promise.all([startKilledTaskWorker(portal), startKilledTaskWorker(portal)]);
    while (!['done', 'failed'].includes((await findTaskRow(portal, task)).state)) await delay(20);
    for (const worker of workers) worker.kill('SIGKILL');
    expect(await count()).to.eql(imported);
  });
});
