import { createCustomer, createTenant, type TestPerson, type TestTenant } from '../test/support/factories.ts';
import { Caller } from './support/caller.ts';
import { latency } from './support/load.ts';
import { startBenchPortal, type BenchPortal } from './support/portal.ts';
import { interleaved, median, ratio } from './support/rounds.ts';
import { rounded, times, type Answer } from './support/table.ts';

const ROUNDS = 5;
const LOGINS = 10;
const AT_ONCE = 20;

/** What does a login cost, and do others notice when many log in? */
export async function ask(): Promise<Answer> {
  const portal = await startBenchPortal();
  try {
    const tenant = await createTenant(portal);
    const person = await createCustomer(portal, tenant);
    const anonymous = new Caller(portal, tenant.account);
    const signedIn = new Caller(portal, tenant.account);
    await signedIn.logIn('/account/login', person);

    const page = () => latency(anonymous, '/account/login');
    const account = () => latency(signedIn, '/account');
    const crowd: number[] = [];
    const amidst = (visit: () => Promise<number>) => async () => {
      const logins = manyLogins(portal, tenant, person);
      const waited = await visit();
      crowd.push(await logins.end());
      return waited;
    };
    const measured = await interleaved(ROUNDS, {
      '/account/login': page,
      'a login': () => logIns(portal, tenant, person),
      [`/account/login while ${AT_ONCE} log in`]: amidst(page),
      '/account': account,
      [`/account while ${AT_ONCE} log in`]: amidst(account),
    });
    const reference = measured['/account/login']!;
    const rows = Object.entries(measured).map(([name, values]) => {
      const quiet = name.startsWith('/account while') ? measured['/account']! : reference;
      return [name, rounded(median(values)), times(ratio(values, quiet))];
    });
    return {
      about: 'logins, and pages beside them',
      columns: ['what', 'p50 ms', 'ratio'],
      rows,
      notes: [`Of ${AT_ONCE} who log in at once, half wait more than ${rounded(median(crowd))} ms.`],
    };
  } finally {
    await portal.close();
  }
}

async function logIns(portal: BenchPortal, tenant: TestTenant, person: TestPerson): Promise<number> {
  const taken: number[] = [];
  for (let n = 0; n < LOGINS; n++) taken.push(await logIn(portal, tenant, person));
  return median(taken);
}

/** Milliseconds from the form to its answer. */
async function logIn(portal: BenchPortal, tenant: TestTenant, person: TestPerson): Promise<number> {
  const visitor = new Caller(portal, tenant.account);
  const { ms } = await visitor.logIn('/account/login', person);
  visitor.close();
  return ms;
}

/** People who log in again and again until the end, which tells how long half of them waited at least. */
function manyLogins(portal: BenchPortal, tenant: TestTenant, person: TestPerson) {
  const taken: number[] = [];
  const over = new AbortController();
  const lane = async () => {
    while (!over.signal.aborted) taken.push(await logIn(portal, tenant, person));
  };
  const lanes = Promise.all(Array.from({ length: AT_ONCE }, lane));
  return {
    end: async () => {
      over.abort();
      await lanes;
      return median(taken);
    },
  };
}
