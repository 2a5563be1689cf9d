import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { createStaff, createTenant } from '../support/factories.ts';
import { findImportRow, insertImport, queueCheck, runImports } from '../support/import-tasks.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import {
  childrenOf,
  preparePortalProcesses,
  type PortalProcess,
  type PortalProcesses,
} from '../support/portal-process.ts';
import { changeTask, findTaskRow } from '../support/tasks.ts';

/** Several batches. */
const ROWS = 10_000;

describe('The process of background tasks', function () {
  this.timeout(60_000);
  let portal: OwnPortal;
  let processes: PortalProcesses;

  before(async () => {
    portal = await startPortal();
    processes = await preparePortalProcesses(portal);
  });
  afterEach(() => processes.kill());
  after(() => portal.close());

  const start = async (more: Record<string, string> = {}) => {
    const { filesUrl } = portal.config;
    const started = processes.start({ FILES_URL: filesUrl, RUN: 'worker', DATABASE_OWNER_URL: '', ...more });
    await until(() => started.output().includes('The worker of Portico is running'));
    return started;
  };
  const queueCheckOf = async (rows: number) => {
    const tenant = await createTenant(portal);
    const staff = await createStaff(portal, tenant);
    const lines = Array.from({ length: rows }, (_, n) => `p${n}@example.com,P${n}`);
    const id = await insertImport(portal, tenant, staff.id, `email,first_name\n${lines.join('\n')}\n`);
    return { id, task: await queueCheck(portal, tenant, staff.id, id) };
  };
  const taskProcessOf = async ({ child }: PortalProcess) => {
    await until(() => childrenOf(child.pid!).length === 1);
    return childrenOf(child.pid!)[0]!;
  };
  const untilDone = (task: string, rows: number) =>
    until(async () => (await findTaskRow(portal, task)).done >= rows);
  const untilFinished = (task: string) =>
    until(async () => (await findTaskRow(portal, task)).state === 'done');
  const checked = { state: 'checked', counts: { create: ROWS } };

  it('starts when a task is due, has a lower priority, and ends when none has been due for a while', async () => {
    const worker = await start();
    expect(childrenOf(worker.child.pid!)).to.eql([]);
    const { task } = await queueCheckOf(1);
    const pid = await taskProcessOf(worker);
    await until(() => os.getPriority(pid) > os.getPriority(worker.child.pid));
    await untilFinished(task);
    await until(() => !isRunning(pid));
    expect(worker.output()).not.to.include('"level"');
    await untilFinished((await queueCheckOf(1)).task);
  });

  it('finishes its batch and releases the task when the portal stops', async () => {
    const worker = await start();
    const { id, task } = await queueCheckOf(ROWS);
    const pid = await taskProcessOf(worker);
    await untilDone(task, 1);
    worker.child.kill('SIGTERM');
    expect((await worker.ended).code).to.equal(0);
    expect(isRunning(pid)).to.equal(false);
    const stopped = await findTaskRow(portal, task);
    expect(stopped).to.include({ state: 'running', error: null });
    expect(stopped.done).to.be.below(ROWS);
    expect(stopped.due_at).to.be.below(new Date(Date.now() + 1_000));
    await runImports(portal);
    expect(await findImportRow(portal, id)).to.deep.include(checked);
  });

  it('is replaced when it is killed, and the task continues', async () => {
    const worker = await start();
    const { id, task } = await queueCheckOf(ROWS);
    const pid = await taskProcessOf(worker);
    await untilDone(task, 1);
    process.kill(pid, 'SIGKILL');
    await until(() => worker.output().includes('the process of background tasks has failed'));
    await changeTask(portal, task, { due_at: new Date(0) });
    await untilFinished(task);
    expect(await findImportRow(portal, id)).to.deep.include(checked);
    expect(worker.child.exitCode).to.equal(null);
  });

  it('ends when the portal is killed', async () => {
    const worker = await start();
    const { task } = await queueCheckOf(ROWS);
    const pid = await taskProcessOf(worker);
    await untilDone(task, 1);
    worker.child.kill('SIGKILL');
    await until(() => !isRunning(pid));
    expect((await findTaskRow(portal, task)).done).to.be.below(ROWS);
  });

  it('runs no task when the portal is killed while it starts', async () => {
    const worker = await start();
    const { task } = await queueCheckOf(1);
    const pid = await taskProcessOf(worker);
    worker.child.kill('SIGKILL');
    await until(() => !isRunning(pid));
    expect(await findTaskRow(portal, task)).to.include({ state: 'queued', done: 0 });
  });

  it('is stopped while it starts', async () => {
    const worker = await start();
    await queueCheckOf(1);
    const pid = await taskProcessOf(worker);
    worker.child.kill('SIGTERM');
    expect((await worker.ended).code).to.equal(0);
    expect(isRunning(pid)).to.equal(false);
  });

  it('runs the tasks of a portal with web server and worker in one process', async () => {
    const web = processes.start({ FILES_URL: portal.config.filesUrl, DATABASE_OWNER_URL: '' });
    const { task } = await queueCheckOf(1);
    await taskProcessOf(web);
    await untilFinished(task);
    web.child.kill('SIGTERM');
    expect((await web.ended).code).to.equal(0);
  });
});

async function until(isReached: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 45_000; !(await isReached()); await delay(20))
    if (Date.now() > end) throw new Error('The condition was not met within 45 s');
}

/** False also for a process that has ended but whose parent, or the init process, has not noticed. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
