import { setTimeout as pause } from 'node:timers/promises';
import { createTenant, type TestTenant } from '../test/support/factories.ts';
import type { Bench } from './support/bench.ts';
import { fillLargeTenant } from './support/fill-large-tenant.ts';
import { MailSink } from './support/mail-sink.ts';
import type { Program } from './support/program.ts';
import { resetDelay } from './support/reset-delay.ts';
import { formatNumber, type JobResult } from './support/results.ts';
import { median } from './support/statistics.ts';

const BULK_SIZE = 2_000;
const SMALL_TENANTS = 20;
const RESETS = 7;

/** Mail throughput, and the delay of a reset mail while another tenant's bulk is sent. */
export async function outbox(bench: Bench): Promise<JobResult> {
  const sink = new MailSink();
  // Emails that other jobs have queued.
  await bench.owner.query('delete from emails where due_at is not null');
  const portal = await bench.startPortal({ SMTP_URL: await sink.listen(), RUN: 'web,worker' });
  try {
    return await measure(bench, portal, sink);
  } finally {
    await portal.stop();
    await sink.close();
  }
}

async function measure(bench: Bench, portal: Program, sink: MailSink): Promise<JobResult> {
  const size = bench.isQuick ? BULK_SIZE / 10 : BULK_SIZE;
  const large = await createFilledTenant(bench, size);
  const smallTenants = [];
  for (let n = 0; n < SMALL_TENANTS; n++)
    smallTenants.push(await createFilledTenant(bench, size / SMALL_TENANTS));
  const other = await createTenant(bench);

  const resets = () => medianResetDelay(bench, portal, sink, other);
  const resetAlone = await resets();
  const largeRate = await mailsPerSecond(bench, sink, [large]);
  const smallRate = await mailsPerSecond(bench, sink, smallTenants);
  const bulk = mailsPerSecond(bench, sink, [large]);
  await pause(500);
  const resetDuringBulk = await resets();
  const rateDuringResets = await bulk;
  return {
    title: 'Emails through the worker to a mail server on this machine',
    figures: [],
    columns: ['emails', 'per second', 'delay of a reset email, ms'],
    rows: [
      ['reset email', '', formatNumber(resetAlone)],
      [`${size} of one tenant`, formatNumber(largeRate), ''],
      [`${size / SMALL_TENANTS} of each of ${SMALL_TENANTS} tenants`, formatNumber(smallRate), ''],
      [
        `${size} of one tenant, with resets of another`,
        formatNumber(rateDuringResets),
        formatNumber(resetDuringBulk),
      ],
    ],
  };
}

async function createFilledTenant(bench: Bench, users: number): Promise<TestTenant> {
  const tenant = await createTenant(bench);
  await fillLargeTenant(bench.urls.superuser, tenant.id, {
    users,
    companies: 1,
    emails: 0,
    events: 0,
    months: 1,
  });
  return tenant;
}

/** Queues a mail for every active customer of the tenants in one statement; returns the delivery rate. */
async function mailsPerSecond(
  { owner }: Bench,
  sink: MailSink,
  tenants: readonly TestTenant[],
): Promise<number> {
  const ids = tenants.map(({ id }) => id);
  const queuedAt = performance.now();
  const { rows } = await owner.query<{ to_address: string }>(
    `insert into emails (tenant_id, id, template, user_id, audience, to_address, message_id)
     select tenant_id, uuidv7(), 'resetPassword', id, audience, email, gen_random_uuid()
     from users where tenant_id = any ($1) and audience = 'customer' and access = 'active' and status = 'enabled'
     returning to_address`,
    [ids],
  );
  const addresses = rows.map((row) => row.to_address);
  const lastAt = await sink.waitForAll(addresses, queuedAt);
  return (addresses.length * 1000) / (lastAt - queuedAt);
}

async function medianResetDelay(
  bench: Bench,
  portal: Program,
  sink: MailSink,
  tenant: TestTenant,
): Promise<number> {
  const delays: number[] = [];
  for (let n = 0; n < RESETS; n++) {
    delays.push(await resetDelay(bench, portal, sink, tenant));
  }
  return median(delays);
}
