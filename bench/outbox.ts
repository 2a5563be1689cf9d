import { setTimeout as pause } from 'node:timers/promises';
import { createCustomer, createTenant, type TestTenant } from '../test/support/factories.ts';
import { Caller } from './support/caller.ts';
import { fill } from './support/crowd.ts';
import { MailSink } from './support/mail-sink.ts';
import { startBenchPortal, type BenchPortal } from './support/portal.ts';
import { median } from './support/rounds.ts';
import { rounded, times, type Answer } from './support/table.ts';

const BULK = 2_000;
const TENANTS = 20;
const RESETS = 7;

/** How fast does mail leave, and does one tenant's bulk hold up another's reset mail? */
export async function ask(): Promise<Answer> {
  const sink = new MailSink();
  const portal = await startBenchPortal({ SMTP_URL: await sink.listen(), RUN: 'web,worker' });
  try {
    const one = await crowded(portal, BULK);
    const many = await Promise.all(Array.from({ length: TENANTS }, () => crowded(portal, BULK / TENANTS)));
    const other = await createTenant(portal);

    const alone = await waits(portal, sink, other);
    const ofOne = await perSecond(portal, sink, [one]);
    const ofMany = await perSecond(portal, sink, many);
    const bulk = perSecond(portal, sink, [one]);
    await pause(500);
    const behind = await waits(portal, sink, other);
    const ofOneAndResets = await bulk;
    return {
      about: `${BULK} mails through the worker to a mail server on this machine`,
      columns: ['mails', 'mails/s', 'reset mail after ms', 'ratio'],
      rows: [
        ['a reset mail alone', '', rounded(alone), times(1)],
        [`one tenant's ${BULK}`, rounded(ofOne), '', ''],
        [`${BULK / TENANTS} of each of ${TENANTS} tenants`, rounded(ofMany), '', times(ofMany / ofOne)],
        [
          `one tenant's ${BULK}, and resets of another`,
          rounded(ofOneAndResets),
          rounded(behind),
          times(behind / alone),
        ],
      ],
    };
  } finally {
    await portal.close();
    await sink.close();
  }
}

async function crowded(portal: BenchPortal, users: number): Promise<TestTenant> {
  const tenant = await createTenant(portal);
  await fill(portal.owner, tenant.id, { users, companies: 1, emails: 0, events: 0 });
  return tenant;
}

/** Queues a mail for everybody of these tenants at once; answers how many left a second. */
async function perSecond(
  { owner }: BenchPortal,
  sink: MailSink,
  tenants: readonly TestTenant[],
): Promise<number> {
  const ids = tenants.map(({ id }) => id);
  const begun = performance.now();
  const { rows } = await owner.query<{ to_address: string }>(
    `insert into emails (tenant_id, id, template, user_id, audience, to_address, message_id)
     select tenant_id, uuidv7(), 'resetPassword', id, audience, email, gen_random_uuid()
     from users where tenant_id = any ($1) and audience = 'customer' returning to_address`,
    [ids],
  );
  const addresses = rows.map((row) => row.to_address);
  const last = await sink.lastOf(addresses, begun);
  return (addresses.length * 1000) / (last - begun);
}

/** Milliseconds from the form to the mail, of one person after the other. */
async function waits(portal: BenchPortal, sink: MailSink, tenant: TestTenant): Promise<number> {
  const taken: number[] = [];
  for (let n = 0; n < RESETS; n++) {
    const { email } = await createCustomer(portal, tenant);
    const visitor = new Caller(portal, tenant.account);
    await visitor.get('/account/forgot-password');
    const begun = performance.now();
    await visitor.submit('/account/forgot-password', { username: email });
    taken.push((await sink.lastOf([email], begun)) - begun);
    visitor.close();
  }
  return median(taken);
}
