import { readTenant } from '../src/database/in-tenant.ts';
import { userList } from '../src/domain/user/user-list.ts';
import type { TestTenant } from '../test/support/factories.ts';
import type { Bench } from './support/bench.ts';
import { logInStaff, type Client } from './support/client.ts';
import { atMost, formatNumber, formatSamples, type JobResult } from './support/results.ts';
import { median, percentile } from './support/statistics.ts';

/** Few or no matches after many rows, or very many: terms for which a plan is easily wrong. */
const DIFFICULT_TERMS = ['zzz', 'wwqq', 'qxj', 'example.com', '+15550', 'corp1', 'smith', 'person number1'];

interface Latencies {
  /** Milliseconds by term. */
  page: Map<string, number>;
  statement: Map<string, number>;
}

/** Searches users in a large and a small tenant, and by the statement of the list alone. */
export async function search(bench: Bench): Promise<JobResult> {
  const large = await bench.largeTenant();
  const small = await bench.smallTenant();
  const terms = [...(await mixedTerms(bench, large)), ...DIFFICULT_TERMS];
  const portal = await bench.startPortal({}, { profile: 'search' });
  try {
    const staff = {
      large: await logInStaff(bench, portal, large),
      small: await logInStaff(bench, portal, small),
    };
    const samples = { large: [] as Latencies[], small: [] as Latencies[] };
    for (let round = 0; round <= bench.rounds; round++) {
      for (const size of ['large', 'small'] as const) {
        const tenant = size === 'large' ? large : small;
        const latencies = await measureTerms(bench, { tenant, client: staff[size], terms });
        // The first round reads the rows into the cache.
        if (round > 0) samples[size].push(latencies);
      }
    }
    return toResult(terms, samples);
  } finally {
    await portal.stop();
  }
}

async function measureTerms(
  { database }: Bench,
  { tenant, client, terms }: { tenant: TestTenant; client: Client; terms: readonly string[] },
): Promise<Latencies> {
  const page = new Map<string, number>();
  const statement = new Map<string, number>();
  for (const term of terms) {
    const { status, ms } = await client.get(`/users?q=${encodeURIComponent(term)}`);
    // An error page counts as measured, because it came after a timeout.
    if (status !== 200 && status !== 503) throw new Error(`The search for ${term} returned status ${status}`);
    page.set(term, ms);
    const { query } = userList.parse({ q: term });
    const startedAt = performance.now();
    await readTenant(database, tenant.id, (db) => [userList.counted(db, query)]);
    statement.set(term, performance.now() - startedAt);
  }
  return { page, statement };
}

function toResult(
  terms: readonly string[],
  { large, small }: { large: Latencies[]; small: Latencies[] },
): JobResult {
  const percentiles = (rounds: readonly Latencies[], key: keyof Latencies, percent: number) =>
    rounds.map((round) => percentile([...round[key].values()], percent));
  const row = (name: string, rounds: readonly Latencies[], key: keyof Latencies) => [
    name,
    ...[50, 95, 100].map((percent) => formatSamples(percentiles(rounds, key, percent))),
  ];
  const slowest = terms
    .map((term) => ({ term, ms: median(large.map(({ page }) => page.get(term)!)) }))
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, 8);
  return {
    title: `Searches for users with ${terms.length} terms, one after the other, in milliseconds`,
    figures: [
      {
        name: 'search in the large tenant, p50',
        unit: 'ms',
        samples: percentiles(large, 'page', 50),
        goal: atMost(10, 8),
      },
      {
        name: 'search in the large tenant, p95',
        unit: 'ms',
        samples: percentiles(large, 'page', 95),
        goal: atMost(80, 45),
      },
    ],
    columns: ['', 'p50', 'p95', 'max'],
    rows: [
      row('page, large tenant', large, 'page'),
      row('statement of the rows alone, large tenant', large, 'statement'),
      row('page, 1,000 users', small, 'page'),
      row('statement of the rows alone, 1,000 users', small, 'statement'),
    ],
    notes: [
      `The slowest: ${slowest.map(({ term, ms }) => `\`${term}\` ${formatNumber(ms)} ms`).join(', ')}.`,
    ],
  };
}

/** 50 terms like those that staff type, from evenly spread users of the tenant. */
async function mixedTerms({ owner }: Bench, tenant: TestTenant): Promise<string[]> {
  interface Person {
    email: string;
    first_name: string;
    last_name: string;
    phone: string;
  }
  const { rows } = await owner.query<Person>(
    `select email, first_name, last_name, phone
     from (select *, row_number() over (order by id) as n, count(*) over () as total from users
       where tenant_id = $1 and audience = 'customer' and phone is not null and first_name is not null) as numbered
     where n % (total / 50) = 1 order by id limit 50`,
    [tenant.id],
  );
  return rows.map((person, n) => termOf(person, n % 10));
}

function termOf(
  {
    email,
    first_name,
    last_name,
    phone,
  }: { email: string; first_name: string; last_name: string; phone: string },
  kind: number,
): string {
  const terms = [
    email,
    `${first_name} ${last_name}`,
    last_name,
    first_name,
    phone,
    email.split('@')[0]!,
    `${first_name} ${last_name.slice(0, 2)}`,
    phone.slice(-6),
    first_name.slice(0, 2),
    last_name.slice(0, 4),
  ];
  return terms[kind]!;
}
