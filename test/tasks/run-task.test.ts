import { expect } from 'chai';
import * as z from 'zod';
import { createLog } from '../../src/log.ts';
import { inTenant } from '../../src/database/in-tenant.ts';
import { claim } from '../../src/database/queue.ts';
import { cancelTask } from '../../src/domain/task/cancel-task.ts';
import { taskQueue } from '../../src/domain/task/task-actions.ts';
import { systemActor } from '../../src/domain/actor.ts';
import { runTaskSlot } from '../../src/tasks/run-task.ts';
import { TaskFailed, type AnyTaskKind, type Batch } from '../../src/tasks/task-kind.ts';
import { findAuditEvents } from '../support/audit.ts';
import { createStaff, createTenant, type TestTenant } from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { changeTask, findTaskRow, queueTestTask } from '../support/tasks.ts';

type Run = AnyTaskKind['run'];

describe('runTaskSlot', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
  });

  const runSlot = (run: Run, isStopping = () => false) =>
    runTaskSlot(
      {
        database: portal.database,
        log: createLog('silent'),
        kinds: { backfill: { input: z.object({ name: z.string() }), run } },
      },
      tenant.id,
      { isStopping },
    );

  const makeDue = (id: string) => changeTask(portal, id, { due_at: new Date(0) });

  /** Inserts a counter in each batch. */
  const countTo = (last: number, beforeCommit?: (n: number) => void | Promise<void>): Run =>
    async function* run(_input, { done }) {
      for (let n = done + 1; n <= last; n++) {
        const batch: Batch<number> = async (db) => {
          await db.insertInto('counters', { kind: `batch ${n}` });
          await beforeCommit?.(n);
          return { cursor: n, done: n, total: last };
        };
        yield batch;
      }
      return { changed: last };
    };

  const failAt = (failing: number, error = new Error('The batch failed')): Run =>
    countTo(3, (n) => {
      if (n === failing) throw error;
    });

  const storedBatches = async () => {
    const text = `select kind from counters where tenant_id = $1 and kind like 'batch %' order by kind`;
    return (await sql(portal, text, [tenant.id])).map(({ kind }) => kind);
  };

  it('commits every batch with its progress and stores the result', async () => {
    const id = await queueTestTask(portal, tenant);
    expect(await runSlot(countTo(2))).to.equal(true);
    expect(await findTaskRow(portal, id)).to.deep.include({
      state: 'done',
      done: 2,
      total: 2,
      result: { changed: 2 },
      due_at: null,
    });
    expect(await storedBatches()).to.eql(['batch 1', 'batch 2']);
    expect(await runSlot(countTo(2))).to.equal(false);
  });

  it('ends the task in the transaction of the batch that has the result', async () => {
    const id = await queueTestTask(portal, tenant);
    const result = { changed: 1 };
    const run: Run = async function* run() {
      yield async (db) => {
        await db.insertInto('counters', { kind: 'batch 1' });
        return { cursor: 1, done: 1, total: 1, result };
      };
      return result;
    };
    await runSlot(run, () => true);
    expect(await findTaskRow(portal, id)).to.deep.include({ state: 'done', result, due_at: null });
  });

  it('rolls back a batch that fails and continues with it at the next attempt', async () => {
    const id = await queueTestTask(portal, tenant);
    await runSlot(failAt(2));
    const failed = await findTaskRow(portal, id);
    expect(failed).to.include({ state: 'queued', done: 1, cursor: 1, error: 'unexpected' });
    expect(failed.due_at!.getTime()).to.be.greaterThan(Date.now() + 2_000);
    expect(await storedBatches()).to.eql(['batch 1']);

    await makeDue(id);
    await runSlot(countTo(3));
    expect(await findTaskRow(portal, id)).to.include({ state: 'done', done: 3, error: null });
    expect(await storedBatches()).to.eql(['batch 1', 'batch 2', 'batch 3']);
  });

  it('fails a task after six attempts without a committed batch', async () => {
    const id = await queueTestTask(portal, tenant);
    for (let attempts = 1; attempts <= 6; attempts++) {
      expect((await findTaskRow(portal, id)).state, `before attempt ${attempts}`).to.equal('queued');
      await makeDue(id);
      await runSlot(failAt(1));
    }
    expect(await findTaskRow(portal, id)).to.include({ state: 'failed', error: 'unexpected', due_at: null });
    const [event] = await findAuditEvents(portal, tenant, 'task.failed');
    expect(event).to.deep.include({
      target_name: 'Update the search for users',
      changes: { error: 'unexpected' },
    });
  });

  it('counts attempts anew after a committed batch', async () => {
    const id = await queueTestTask(portal, tenant);
    await changeTask(portal, id, { attempts: 5 });
    await runSlot(failAt(2));
    expect(await findTaskRow(portal, id)).to.include({ state: 'queued', done: 1, attempts: 0 });
  });

  it('fails a task that fails six times after batches without progress', async () => {
    const id = await queueTestTask(portal, tenant);
    const failAfterLastBatch: Run = async function* run(_input, { done }) {
      const batch: Batch<{ first: number; last: number }> = () =>
        Promise.resolve({ cursor: { last: 2, first: 1 }, done: Math.max(done, 2), total: 2 });
      yield batch;
      yield batch;
      throw new Error('The work after the last batch failed');
    };
    for (let slot = 1; slot <= 7; slot++) {
      expect((await findTaskRow(portal, id)).state, `before slot ${slot}`).to.equal('queued');
      await makeDue(id);
      await runSlot(failAfterLastBatch);
    }
    expect(await findTaskRow(portal, id)).to.include({ state: 'failed', error: 'unexpected' });
  });

  it('tries again after the shortest wait of the database clock when a batch was committed before', async () => {
    const id = await queueTestTask(portal, tenant);
    const { now } = Date;
    try {
      await runSlot(
        countTo(2, (n) => {
          if (n === 1) return;
          Date.now = () => now() + 3_600_000;
          throw new Error('The batch failed');
        }),
      );
    } finally {
      Date.now = now;
    }
    const text = 'select extract(epoch from due_at - now())::float8 as seconds from tasks where id = $1';
    expect((await sql<{ seconds: number }>(portal, text, [id]))[0]!.seconds).to.be.within(3, 5);
  });

  it('fails a task whose workers ended six times before they committed a batch', async () => {
    const id = await queueTestTask(portal, tenant);
    await changeTask(portal, id, { attempts: 6, state: 'running' });
    await runSlot(countTo(1));
    expect(await findTaskRow(portal, id)).to.include({ state: 'failed', error: 'interrupted' });
    expect(await storedBatches()).to.eql([]);
  });

  it('fails a task at the first attempt when the kind throws TaskFailed', async () => {
    const id = await queueTestTask(portal, tenant);
    await runSlot(failAt(1, new TaskFailed('invalid_input')));
    expect(await findTaskRow(portal, id)).to.include({ state: 'failed', error: 'invalid_input' });
  });

  it('fails a task whose input cannot be read', async () => {
    const id = await queueTestTask(portal, tenant);
    await sql(portal, `update tasks set input = '{}' where id = $1`, [id]);
    await runSlot(countTo(1));
    expect(await findTaskRow(portal, id)).to.include({ state: 'failed', error: 'invalid_input' });
  });

  for (const kind of ['of a newer version', 'constructor']) {
    it(`tries a task of the unknown kind "${kind}" again later and counts no attempt`, async () => {
      const id = await queueTestTask(portal, tenant);
      await sql(portal, 'update tasks set kind = $2, attempts = 5 where id = $1', [id, kind]);
      for (let slot = 1; slot <= 3; slot++) {
        await makeDue(id);
        await runSlot(countTo(1));
        const waiting = await findTaskRow(portal, id);
        expect(waiting).to.include({ state: 'queued', attempts: 5 });
        expect(waiting.due_at!.getTime()).to.be.greaterThan(Date.now() + 30_000);
      }
    });
  }

  it('runs the batches with the requester as the viewer', async () => {
    const viewers: unknown[] = [];
    const { id: userId } = await createStaff(portal, tenant);
    for (const requester of [userId, null]) {
      await queueTestTask(portal, tenant, requester);
      await runSlot(async function* run(_input, progress) {
        yield (db) => {
          viewers.push(db.viewer);
          return Promise.resolve(progress);
        };
        return {};
      });
    }
    expect(viewers).to.eql([
      { id: userId, scope: { kind: 'all' } },
      { id: null, scope: { kind: 'all' } },
    ]);
  });

  it('rolls back the batch during which the task is cancelled', async () => {
    const { id: userId } = await createStaff(portal, tenant);
    const id = await queueTestTask(portal, tenant, userId);
    const actor = { ...systemActor('Tests'), id: userId };
    const cancel = () => inTenant(portal.database, tenant.id, (db) => cancelTask(db, actor, id));
    await runSlot(countTo(3, async (n) => void (n === 2 && (await cancel()))));
    expect(await findTaskRow(portal, id)).to.include({ state: 'cancelled', done: 1, due_at: null });
    expect(await storedBatches()).to.eql(['batch 1']);
    expect(await runSlot(countTo(3))).to.equal(false);
  });

  it('rolls back the batch of a worker whose lease has been taken by another worker', async () => {
    const id = await queueTestTask(portal, tenant);
    const takeLease = async () => {
      await makeDue(id);
      const [taken] = await inTenant(portal.database, tenant.id, (db) => claim(db, taskQueue, 1));
      expect(taken?.id).to.equal(id);
    };
    await runSlot(countTo(3, async (n) => void (n === 2 && (await takeLease()))));
    expect(await findTaskRow(portal, id)).to.include({ state: 'running', done: 1, error: null });
    expect(await storedBatches()).to.eql(['batch 1']);
  });

  for (const [label, breakBatch] of Object.entries({
    'a batch fails': () => Promise.reject(new Error('The batch failed')),
    'the lease is lost': makeDue,
  })) {
    it(`runs the cleanup of the kind when ${label}`, async () => {
      const id = await queueTestTask(portal, tenant);
      let isCleanedUp = false;
      await runSlot(async function* run(...values) {
        try {
          return yield* countTo(1, () => breakBatch(id))(...values);
        } finally {
          isCleanedUp = true;
        }
      });
      expect(isCleanedUp).to.equal(true);
    });
  }

  it('does not finish a task whose lease has been taken by another worker', async () => {
    const id = await queueTestTask(portal, tenant);
    await runSlot(async function* run(_input, progress) {
      yield () => Promise.resolve(progress);
      await makeDue(id);
      return { changed: 1 };
    });
    expect(await findTaskRow(portal, id)).to.include({ state: 'running', result: null });
  });

  it('releases the task after the current batch when the worker stops', async () => {
    const id = await queueTestTask(portal, tenant);
    await runSlot(countTo(3), () => true);
    const released = await findTaskRow(portal, id);
    expect(released).to.include({ state: 'running', done: 1, error: null });
    expect(released.due_at!.getTime()).to.be.at.most(Date.now());
    await runSlot(countTo(3));
    expect(await storedBatches()).to.eql(['batch 1', 'batch 2', 'batch 3']);
  });

  it('releases the task when its slot ends and runs the cleanup of the kind', async () => {
    const id = await queueTestTask(portal, tenant);
    let isCleanedUp = false;
    await runSlot(async function* run(...values) {
      try {
        return yield* countTo(100, () => new Promise((resolve) => setTimeout(resolve, 250)))(...values);
      } finally {
        isCleanedUp = true;
      }
    });
    const { done, state } = await findTaskRow(portal, id);
    expect(state).to.equal('running');
    expect(done).to.be.within(2, 9);
    expect(isCleanedUp).to.equal(true);
  });
});
