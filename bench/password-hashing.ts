import { createCustomer, createTenant, type TestPerson, type TestTenant } from '../test/support/factories.ts';
import { Client } from './support/client.ts';
import { medianLatency } from './support/page-load.ts';
import { startBenchPortal, type BenchPortal } from './support/portal.ts';
import {
  formatNumber,
  formatRatio,
  interleavedSamples,
  median,
  medianRatio,
  type BenchmarkResult,
} from './support/results.ts';

const SAMPLES = 5;
const LOGINS = 10;
const VIRTUAL_USERS = 20;

export async function run(): Promise<BenchmarkResult> {
  const portal = await startBenchPortal();
  try {
    const tenant = await createTenant(portal);
    const user = await createCustomer(portal, tenant);
    const anonymous = new Client(portal, tenant.account);
    const signedIn = new Client(portal, tenant.account);
    await signedIn.logIn('/account/login', user);

    const loginPage = () => medianLatency(anonymous, '/account/login');
    const account = () => medianLatency(signedIn, '/account');
    const concurrentLogins: number[] = [];
    const duringLogins = (measure: () => Promise<number>) => async () => {
      const logins = startConcurrentLogins(portal, tenant, user);
      const latency = await measure();
      concurrentLogins.push(await logins.stop());
      return latency;
    };
    const samples = await interleavedSamples(SAMPLES, {
      '/account/login': loginPage,
      login: () => medianLogin(portal, tenant, user),
      [`/account/login during ${VIRTUAL_USERS} logins`]: duringLogins(loginPage),
      '/account': account,
      [`/account during ${VIRTUAL_USERS} logins`]: duringLogins(account),
    });
    const rows = Object.entries(samples).map(([name, values]) => {
      const reference = samples[name.startsWith('/account during') ? '/account' : '/account/login']!;
      return [name, formatNumber(median(values)), formatRatio(medianRatio(values, reference))];
    });
    const loginMs = formatNumber(median(concurrentLogins));
    return {
      title: 'logins, and the latency of pages during logins',
      columns: ['request', 'p50 ms', 'ratio'],
      rows,
      notes: [`With ${VIRTUAL_USERS} virtual users the median login takes ${loginMs} ms.`],
    };
  } finally {
    await portal.close();
  }
}

async function medianLogin(portal: BenchPortal, tenant: TestTenant, user: TestPerson): Promise<number> {
  const latencies: number[] = [];
  for (let n = 0; n < LOGINS; n++) latencies.push(await logIn(portal, tenant, user));
  return median(latencies);
}

async function logIn(portal: BenchPortal, tenant: TestTenant, user: TestPerson): Promise<number> {
  const client = new Client(portal, tenant.account);
  const { ms } = await client.logIn('/account/login', user);
  client.close();
  return ms;
}

function startConcurrentLogins(portal: BenchPortal, tenant: TestTenant, user: TestPerson) {
  const latencies: number[] = [];
  const stopped = new AbortController();
  const virtualUser = async () => {
    while (!stopped.signal.aborted) latencies.push(await logIn(portal, tenant, user));
  };
  const running = Promise.all(Array.from({ length: VIRTUAL_USERS }, virtualUser));
  return {
    stop: async () => {
      stopped.abort();
      await running;
      return median(latencies);
    },
  };
}
