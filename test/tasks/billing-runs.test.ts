import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { nextRunAt, type RunKind } from '../../src/domain/billing-run/billing-run.ts';
import { queueBillingRuns } from '../../src/tasks/billing-runs.ts';
import { runDueTasks } from '../../src/tasks/task-worker.ts';
import { getBilling } from '../../src/domain/billing/billing-settings.ts';
import { createLog } from '../../src/log.ts';
import { TestRuns } from '../support/billing-runs.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { accepted } from '../support/rentals.ts';
import { sql } from '../support/rows.ts';

const KINDS = ['autopay', 'late_fees', 'reminders', 'rent', 'statements'];

describe('the schedule of billing runs', () => {
  let portal: OwnPortal;
  let runs: TestRuns;

  before(async () => {
    portal = await startPortal();
  });
  beforeEach(async () => {
    runs = await TestRuns.create(portal);
  });
  after(() => portal.close());

  const queue = () => queueBillingRuns.run(deps(), () => false);
  const deps = () => ({ database: portal.database, config: portal.config, log: createLog('silent') });

  const schedules = () =>
    sql<{ kind: string; next_run_at: Date; is_due: boolean }>(
      portal,
      `select kind, next_run_at, next_run_at <= now() as is_due from billing_schedules where tenant_id = $1 order by kind`,
      [runs.tenant.id],
    );

  const tasks = () =>
    sql<{ kind: string }>(
      portal,
      `select input->>'kind' as kind from tasks where tenant_id = $1 and kind = 'billing-run' order by 1`,
      [runs.tenant.id],
    );

  it('of a new tenant has every kind', async () => {
    expect((await schedules()).map(({ kind }) => kind)).to.eql(KINDS);
  });

  it('queues one task for each kind, which sets the next local time', async () => {
    const { rental } = accepted(await runs.moveIn('2026-01-05'));
    await Promise.all([queue(), queue()]);
    expect((await tasks()).map(({ kind }) => kind)).to.eql(KINDS);
    await runDueTasks(deps());
    expect(await runs.periods(rental.id)).to.have.length.above(1);
    const billing = await inTenant(portal.database, runs.tenant.id, getBilling);
    for (const { kind, next_run_at } of await schedules())
      expect(next_run_at, kind).to.eql(await nextRunAt(kind as 'rent', billing));
    await queue();
    expect(await tasks()).to.have.length(5);
  });

  it('leaves out a suspended tenant until it is resumed', async () => {
    const setStatus = (status: string) =>
      sql(portal, 'update tenants set status = $2 where id = $1', [runs.tenant.id, status]);
    await setStatus('suspended');
    await queue();
    expect(await tasks()).to.eql([]);
    expect((await schedules()).every(({ is_due }) => is_due)).to.equal(true);
    await setStatus('active');
    await queue();
    expect(await tasks()).to.have.length(5);
  });
});

describe('nextRunAt', () => {
  const at = async (kind: RunKind, now: string, today: string, time_zone: string) => {
    const billing = { now: new Date(now), today, time_zone, autopay_time: '08:30' };
    return (await nextRunAt(kind, billing)).toISOString();
  };

  it('is the local time of the same day before it, and of the next day from it on', async () => {
    expect(await at('reminders', '2026-03-28T13:59Z', '2026-03-28', 'Europe/London')).to.match(/28T14:00/);
    expect(await at('reminders', '2026-03-28T14:00Z', '2026-03-28', 'Europe/London')).to.match(/29T13:00/);
  });

  it('is the time of the settings for autopay', async () => {
    expect(await at('autopay', '2026-03-28T08:29Z', '2026-03-28', 'Europe/London')).to.match(/28T08:30/);
    expect(await at('autopay', '2026-03-28T08:30Z', '2026-03-28', 'Europe/London')).to.match(/29T07:30/);
  });

  it('is on the first day of a month for statements', async () => {
    expect(await at('statements', '2026-12-01T09:00Z', '2026-12-01', 'UTC')).to.match(/^2027-01-01T08:00/);
  });

  it('is after the skipped time on a day that begins at 01:00', async () => {
    expect(await at('rent', '2026-04-23T10:00Z', '2026-04-23', 'Africa/Cairo')).to.match(/23T22:15/);
  });
});
