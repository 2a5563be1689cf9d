import { verify } from '@node-rs/argon2';
import { hashPassword } from '../src/domain/password/hash-password.ts';
import { createCustomer, PASSWORD, type TestPerson, type TestTenant } from '../test/support/factories.ts';
import type { Bench } from './support/bench.ts';
import { Client } from './support/client.ts';
import { measureLoad, type Load } from './support/http-load.ts';
import { LANES, openConnections } from './support/lanes.ts';
import type { Program } from './support/program.ts';
import { atLeast, formatNumber, formatSamples, type JobResult } from './support/results.ts';
import { interleavedSamples, median, ratios } from './support/statistics.ts';

/** Compares logins through the form with the rate at which the library of the portal checks passwords. */
export async function signIn(bench: Bench): Promise<JobResult> {
  const tenant = await bench.smallTenant();
  const portal = await bench.startPortal({}, { profile: 'sign-in' });
  const logins = new Logins(portal, tenant, await createCustomers(bench, tenant));
  try {
    const hash = await hashPassword(PASSWORD);
    const check = () => perSecond(bench.seconds, Array(LANES).fill(0), () => verify(hash, PASSWORD));
    const logIn = () => logins.perSecond(bench.seconds);
    await check();
    await logIn();
    const samples = await interleavedSamples(bench.rounds, { check, logIn });
    const pages = await measureDashboard(bench, { portal, tenant, logins });
    const share = ratios(samples.logIn, samples.check);
    return {
      title: `Logins of customers (open the login page, submit it), relative to checks of argon2id, ${LANES} at a time`,
      figures: [{ name: 'sign-in, of the hash rate', unit: '', samples: share, goal: atLeast(0.6, 0.8) }],
      columns: ['', 'per second', 'ratio'],
      rows: [
        ['argon2id', formatSamples(samples.check), formatNumber(1)],
        ['logins', formatSamples(samples.logIn), formatSamples(share)],
      ],
      notes: pages,
    };
  } finally {
    logins.close();
    await portal.stop();
  }
}

async function createCustomers(bench: Bench, tenant: TestTenant): Promise<TestPerson[]> {
  const customers: TestPerson[] = [];
  for (let n = 0; n < 100; n++) customers.push(await createCustomer(bench, tenant));
  return customers;
}

class Logins {
  readonly #portal: Program;
  readonly #tenant: TestTenant;
  readonly #customers: readonly TestPerson[];
  readonly #connections = openConnections();
  #count = 0;

  constructor(portal: Program, tenant: TestTenant, customers: readonly TestPerson[]) {
    this.#portal = portal;
    this.#tenant = tenant;
    this.#customers = customers;
  }

  perSecond(seconds: number): Promise<number> {
    return perSecond(seconds, this.#connections, (connection) => {
      const customer = this.#customers[this.#count++ % this.#customers.length]!;
      // A new client: each login is that of a browser without cookies and with another IP address.
      return new Client(this.#portal, this.#tenant.account).logIn('/account/login', customer, connection);
    });
  }

  close(): void {
    for (const connection of this.#connections) connection.destroy();
  }
}

/** Each lane repeats the work one after the other. */
async function perSecond<Lane>(
  seconds: number,
  lanes: readonly Lane[],
  work: (lane: Lane) => Promise<unknown>,
): Promise<number> {
  const startedAt = performance.now();
  const end = startedAt + seconds * 1000;
  let count = 0;
  await Promise.all(
    lanes.map(async (lane) => {
      for (; performance.now() < end; count++) await work(lane);
    }),
  );
  return (count * 1000) / (performance.now() - startedAt);
}

/** The latency of a page alone and while others log in. */
async function measureDashboard(
  bench: Bench,
  { portal, tenant, logins }: { portal: Program; tenant: TestTenant; logins: Logins },
): Promise<string[]> {
  const client = new Client(portal, tenant.account);
  await client.logIn('/account/login', await createCustomer(bench, tenant));
  const target = { ...portal, path: '/account', headers: client.headers() };
  const alone = () => measureLoad(bench, target, { connections: LANES });
  const duringLogins = async () => {
    const running = logins.perSecond(bench.seconds);
    const load = await alone();
    await running;
    return load;
  };
  const samples = await interleavedSamples(bench.rounds, { alone, duringLogins });
  const describe = (loads: readonly Load[]) =>
    `p99 ${formatNumber(median(loads.map(({ p99 }) => p99)))} ms, ${formatNumber(median(loads.map((load) => load.perSecond)))}/s`;
  return [
    `\`/account\` over ${LANES} connections: ${describe(samples.alone)}; during ${LANES} logins at a time: ${describe(samples.duringLogins)}.`,
  ];
}
