import { expect } from 'chai';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { createTenant, signedInStaff, type TestTenant } from '../support/factories.ts';
import type { StaffVisitor } from '../support/operations.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { startKilledTaskWorker } from '../support/start-killed-task-worker.ts';
import { queueTestTask } from '../support/tasks.ts';

const isLong = process.env['TEST_LONG'] === '1';
const ROWS = isLong ? 100_000 : 3_000;
const BATCH_SIZE = isLong ? 100 : 20;
const KILLS_AT = isLong ? [0.15, 0.4, 0.7] : [0.3];
/** Tasks of other tenants that run for longer than the test observes, more than a worker runs at the same time. */
const BUSY_TENANTS = isLong ? 2 : 1;
const MAX_DELAY_MS = 5_000;

interface RowsOfTenant {
  tenant: TestTenant;
  visitor: StaffVisitor;
}

interface StartedTask extends RowsOfTenant {
  id: string;
}

describe('a task whose worker is killed', () => {
  let portal: OwnPortal;
  let worker: ChildProcess | undefined;

  before(async () => {
    portal = await startPortal();
  });
  after(async () => {
    worker?.kill('SIGKILL');
    await portal.close();
  });

  it(`ends complete, processes each of ${ROWS} rows once and shows its progress`, async function () {
    this.timeout(isLong ? 600_000 : 60_000);
    const others = await Promise.all([...KILLS_AT, 1].map(() => createRows(200)));
    const task = await startTask(await createRows(ROWS));
    for (let n = 0; n < BUSY_TENANTS; n++) await startTask(await createRows(ROWS));
    const delays: number[] = [];
    for (const part of KILLS_AT) {
      worker = await startKilledTaskWorker(portal, BATCH_SIZE);
      const other = await startTask(others.pop()!);
      await untilProgress(task, part * ROWS);
      // The sample could end before the other task starts.
      if (isLong) delays.push(await untilStarted(other));
      await kill();
      expect(await expectRightProgress(task)).to.be.lessThan(ROWS);
      await endLeases();
    }
    worker = await startKilledTaskWorker(portal, BATCH_SIZE);
    const other = await startTask(others.pop()!);
    await untilProgress(task, ROWS);
    delays.push(await untilStarted(other));
    await untilState(task, 'done');
    await kill();

    if (isLong) console.log(`      delays of other tenants' tasks: ${delays.join(', ')} ms`);
    expect(Math.max(...delays)).to.be.below(MAX_DELAY_MS);
    const runs = await sql(
      portal,
      `select phone, count(*)::int as rows from users where tenant_id = $1 and audience = 'customer' group by 1`,
      [task.tenant.id],
    );
    expect(runs).to.eql([{ phone: '1', rows: ROWS }]);
  });

  async function createRows(rows: number): Promise<RowsOfTenant> {
    const tenant = await createTenant(portal);
    const visitor = await signedInStaff(portal, tenant);
    await sql(
      portal,
      `insert into users (tenant_id, id, audience, email, email_norm, name_norm, search_text)
       select $1, gen_random_uuid(), 'customer', n || '@example.com', n || '@example.com', n || '', n || ''
       from generate_series(1, $2::int) n`,
      [tenant.id, rows],
    );
    return { tenant, visitor };
  }

  async function startTask({ tenant, visitor }: RowsOfTenant): Promise<StartedTask> {
    return { tenant, visitor, id: await queueTestTask(portal, tenant, visitor.person.id, 'count-runs') };
  }

  async function kill(): Promise<void> {
    worker!.kill('SIGKILL');
    await once(worker!, 'exit');
  }

  /** The sample does not wait for the leases of the killed worker. */
  async function endLeases(): Promise<void> {
    if (!isLong) await sql(portal, 'update tasks set due_at = now() where due_at is not null');
  }

  async function untilProgress(task: StartedTask, done: number): Promise<void> {
    for (let seen = -1; seen < done; await delay(isLong ? 100 : 10)) {
      const shown = await expectRightProgress(task);
      expect(shown).to.be.at.least(seen);
      seen = shown;
    }
  }

  /** The page is read between two counts of the processed rows. */
  async function expectRightProgress({ id, tenant, visitor }: StartedTask): Promise<number> {
    const before = await countProcessed(tenant);
    const page = await visitor.visit(`/tasks/${id}`);
    const after = await countProcessed(tenant);
    const bar = page.root.querySelector('progress');
    const shown = Number(bar?.getAttribute('value') ?? 0);
    expect(shown).to.be.within(before, after);
    return shown;
  }

  async function countProcessed(tenant: TestTenant): Promise<number> {
    const [row] = await sql<{ count: number }>(
      portal,
      'select count(*)::int as count from users where tenant_id = $1 and phone is not null',
      [tenant.id],
    );
    return row!.count;
  }

  async function untilState(task: StartedTask, state: string): Promise<void> {
    const page = await task.visitor.visit(`/tasks/${task.id}`);
    if (page.text.includes(state)) return;
    await delay(100);
    return untilState(task, state);
  }

  /** Returns how many milliseconds the task waited. */
  async function untilStarted({ id }: StartedTask): Promise<number> {
    const waited =
      'select extract(epoch from started_at - created_at)::float8 * 1000 as ms from tasks where id = $1';
    for (;;) {
      const [row] = await sql<{ ms: number | null }>(portal, waited, [id]);
      if (typeof row!.ms === 'number') return Math.round(row!.ms);
      await delay(20);
    }
  }
});
