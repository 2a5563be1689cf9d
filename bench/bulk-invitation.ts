import { setTimeout as pause } from 'node:timers/promises';
import { createTenant, type TestTenant } from '../test/support/factories.ts';
import type { Bench } from './support/bench.ts';
import { logInStaff, type Client } from './support/client.ts';
import { fillLargeTenant } from './support/fill-large-tenant.ts';
import { MailSink } from './support/mail-sink.ts';
import { processTree } from './support/processes.ts';
import type { Program } from './support/program.ts';
import { resetDelay } from './support/reset-delay.ts';
import { atMost, formatNumber, formatSamples, type JobResult } from './support/results.ts';

const USERS = 10_000;
const QUICK_USERS = 1_000;
/** The lease of an email of a worker that was killed ends after two minutes. */
const TIMEOUT_MS = 900_000;

/** An invitation of all users of a tenant; one of two workers is killed midway. */
export async function bulkInvitation(bench: Bench): Promise<JobResult> {
  const sink = new MailSink();
  await bench.owner.query('delete from emails where due_at is not null');
  const SMTP_URL = await sink.listen();
  const portal = await bench.startPortal({ SMTP_URL, RUN: 'web,worker' });
  const killed = await bench.startPortal({ SMTP_URL, RUN: 'web,worker' });
  try {
    return await measure(bench, portal, killed, sink);
  } finally {
    await portal.stop();
    await sink.close();
  }
}

async function measure(bench: Bench, portal: Program, killed: Program, sink: MailSink): Promise<JobResult> {
  const tenant = await createInvitableTenant(bench, bench.isQuick ? QUICK_USERS : USERS);
  const addresses = await addressesOf(bench, tenant);
  const client = await logInStaff(bench, portal, tenant);
  const previews: number[] = [];
  for (let round = 0; round < bench.rounds; round++) previews.push(await measurePreview(client));
  const startedAt = performance.now();
  const task = await startInvitation(client);
  await untilFinished(client, task);
  const queuedSeconds = (performance.now() - startedAt) / 1000;
  const delays: number[] = [];
  let isKilled = false;
  const arrived = () => addresses.filter((address) => sink.messages(address).length > 0).length;
  for (const end = performance.now() + TIMEOUT_MS; arrived() < addresses.length; await pause(1_000)) {
    if (performance.now() > end) throw new Error(`${arrived()} of ${addresses.length} emails arrived`);
    if (!isKilled && arrived() > addresses.length / 2) {
      for (const pid of processTree(killed.pid)) process.kill(pid, 'SIGKILL');
      isKilled = true;
    }
    delays.push(await resetDelay(bench, portal, sink, tenant));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const received = addresses.map((address) => sink.messages(address));
  const different = received.map((messages) => new Set(messages).size);
  const deliveries = received.flat().length;
  return {
    title: `Invitation of ${addresses.length} selected users; one of two workers is killed midway`,
    figures: [
      { name: 'invitations queued', unit: 's', samples: [queuedSeconds], goal: atMost(10, 5) },
      {
        name: 'users with a second message',
        unit: '',
        samples: [different.filter((count) => count > 1).length],
        goal: atMost(0, 0),
      },
      {
        name: 'slowest reset email meanwhile',
        unit: 's',
        samples: [Math.max(...delays) / 1000],
        goal: atMost(5, 2),
      },
    ],
    columns: ['', ''],
    rows: [
      ['preview of all users, ms', formatSamples(previews)],
      ['all invitations arrived after, s', formatNumber(seconds)],
      ['reset emails meanwhile', String(delays.length)],
      ['deliveries repeated with the same Message-ID after the kill', String(deliveries - addresses.length)],
    ],
  };
}

async function createInvitableTenant(bench: Bench, users: number): Promise<TestTenant> {
  const tenant = await createTenant(bench);
  const size = { users, companies: 1, emails: 0, events: 0, months: 1 };
  await fillLargeTenant(bench.urls.superuser, tenant.id, size);
  await bench.owner.query(
    `update users set access = 'no_access', access_expires_at = null, status = 'enabled', password_hash = null
     where tenant_id = $1 and audience = 'customer'`,
    [tenant.id],
  );
  return tenant;
}

async function addressesOf({ owner }: Bench, { id }: TestTenant): Promise<string[]> {
  const { rows } = await owner.query<{ email: string }>(
    `select email from users where tenant_id = $1 and audience = 'customer'`,
    [id],
  );
  return rows.map(({ email }) => email);
}

const INVITATION = { list: 'users', columns: '', query: '', all: '1', action: 'send-invitation' };

/** Returns the milliseconds of the page that tells who would get the email. */
async function measurePreview(client: Client): Promise<number> {
  const { _csrf = '' } = await client.openForm('/users');
  const { status, ms } = await client.tryPost('/users/bulk-actions/new', { _csrf, ...INVITATION });
  if (status !== 200) throw new Error(`The preview returned status ${status}`);
  return ms;
}

/** Returns the address of the task. */
async function startInvitation(client: Client): Promise<string> {
  const { _csrf = '' } = await client.openForm('/users');
  const fields = { _csrf, ...INVITATION, template: 'accountInvitation' };
  return (await client.post('/users/bulk-actions', fields)).headers.location!;
}

async function untilFinished(client: Client, task: string): Promise<void> {
  for (;;) {
    const { text } = await client.get(task);
    if (!text.includes('/cancellation')) break;
    await pause(100);
  }
}
