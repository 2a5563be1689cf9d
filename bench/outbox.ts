import { setTimeout as pause } from 'node:timers/promises';
import { createCustomer, createTenant, type TestTenant } from '../test/support/factories.ts';
import { Client } from './support/client.ts';
import { fillTenant } from './support/fill-tenant.ts';
import { MailSink } from './support/mail-sink.ts';
import { startBenchPortal, type BenchPortal } from './support/portal.ts';
import { formatNumber, formatRatio, median, type BenchmarkResult } from './support/results.ts';

const BULK_SIZE = 2_000;
const SMALL_TENANTS = 20;
const RESETS = 7;

/** Mail throughput, and the delay of a reset mail while another tenant's bulk is sent. */
export async function run(): Promise<BenchmarkResult> {
  const sink = new MailSink();
  const portal = await startBenchPortal({ SMTP_URL: await sink.listen(), RUN: 'web,worker' });
  try {
    return await measure(portal, sink);
  } finally {
    await portal.close();
    await sink.close();
  }
}

async function measure(portal: BenchPortal, sink: MailSink): Promise<BenchmarkResult> {
  const large = await createFilledTenant(portal, BULK_SIZE);
  const small = Array.from({ length: SMALL_TENANTS }, () =>
    createFilledTenant(portal, BULK_SIZE / SMALL_TENANTS),
  );
  const smallTenants = await Promise.all(small);
  const other = await createTenant(portal);

  const resetAlone = await medianResetDelay(portal, sink, other);
  const largeRate = await mailsPerSecond(portal, sink, [large]);
  const smallRate = await mailsPerSecond(portal, sink, smallTenants);
  const bulk = mailsPerSecond(portal, sink, [large]);
  await pause(500);
  const resetDuringBulk = await medianResetDelay(portal, sink, other);
  const rateDuringResets = await bulk;
  const resetRatio = formatRatio(resetDuringBulk / resetAlone);
  return {
    title: `${BULK_SIZE} mails through the worker to a mail server on this machine`,
    columns: ['mails', 'mails/s', 'reset delay, ms', 'ratio'],
    rows: [
      ['reset mail', '', formatNumber(resetAlone), formatRatio(1)],
      [`${BULK_SIZE} of one tenant`, formatNumber(largeRate), '', ''],
      [
        `${BULK_SIZE / SMALL_TENANTS} of each of ${SMALL_TENANTS} tenants`,
        formatNumber(smallRate),
        '',
        formatRatio(smallRate / largeRate),
      ],
      [
        `${BULK_SIZE} of one tenant, with resets of another`,
        formatNumber(rateDuringResets),
        formatNumber(resetDuringBulk),
        resetRatio,
      ],
    ],
  };
}

async function createFilledTenant(portal: BenchPortal, users: number): Promise<TestTenant> {
  const tenant = await createTenant(portal);
  await fillTenant(portal.owner, tenant.id, { users, companies: 1, emails: 0, events: 0 });
  return tenant;
}

/** Queues a mail for every customer of the tenants in one statement; returns the delivery rate. */
async function mailsPerSecond(
  { owner }: BenchPortal,
  sink: MailSink,
  tenants: readonly TestTenant[],
): Promise<number> {
  const ids = tenants.map(({ id }) => id);
  const queuedAt = performance.now();
  const { rows } = await owner.query<{ to_address: string }>(
    `insert into emails (tenant_id, id, template, user_id, audience, to_address, message_id)
     select tenant_id, uuidv7(), 'resetPassword', id, audience, email, gen_random_uuid()
     from users where tenant_id = any ($1) and audience = 'customer' returning to_address`,
    [ids],
  );
  const addresses = rows.map((row) => row.to_address);
  const lastAt = await sink.waitForAll(addresses, queuedAt);
  return (addresses.length * 1000) / (lastAt - queuedAt);
}

async function medianResetDelay(portal: BenchPortal, sink: MailSink, tenant: TestTenant): Promise<number> {
  const delays: number[] = [];
  for (let n = 0; n < RESETS; n++) {
    const { email } = await createCustomer(portal, tenant);
    const client = new Client(portal, tenant.account);
    await client.get('/account/forgot-password');
    const submittedAt = performance.now();
    await client.submit('/account/forgot-password', { username: email });
    delays.push((await sink.waitForAll([email], submittedAt)) - submittedAt);
    client.close();
  }
  return median(delays);
}
