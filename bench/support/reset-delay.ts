import { createCustomer, type TestTenant } from '../../test/support/factories.ts';
import type { Bench } from './bench.ts';
import { Client } from './client.ts';
import type { MailSink } from './mail-sink.ts';
import type { Program } from './program.ts';

/** From the form of a new customer to the arrival of the reset email, in milliseconds. */
export async function resetDelay(
  bench: Bench,
  portal: Program,
  sink: MailSink,
  tenant: TestTenant,
): Promise<number> {
  const { email } = await createCustomer(bench, tenant);
  const client = new Client(portal, tenant.account);
  await client.get('/account/forgot-password');
  const submittedAt = performance.now();
  await client.submit('/account/forgot-password', { username: email });
  const delay = (await sink.waitForAll([email], submittedAt)) - submittedAt;
  client.close();
  return delay;
}
