import { createStaff, createTenant } from '../test/support/factories.ts';
import { Caller } from './support/caller.ts';
import { fill, settle, type Crowd } from './support/crowd.ts';
import { pagesToVisit } from './support/list-pages.ts';
import { latency } from './support/load.ts';
import { offences, plansOf, watchPlans } from './support/plans.ts';
import { startBenchPortal, type BenchPortal } from './support/portal.ts';
import { interleaved, median, ratio } from './support/rounds.ts';
import { rounded, times, type Answer } from './support/table.ts';

const SMALL: Crowd = { users: 1_000, companies: 100, emails: 1_000, events: 1_000 };
const BIG: Crowd = { users: 250_000, companies: 25_000, emails: 250_000, events: 250_000 };

const ROUNDS = 3;
const VISITS = 15;

/** Does a page take longer where there is more of everything? */
export async function ask(): Promise<Answer> {
  const portal = await startBenchPortal();
  try {
    const small = await staffOf(portal, SMALL);
    const big = await staffOf(portal, BIG);
    await settle(portal.owner);
    const pages = { small: await pagesToVisit(small), big: await pagesToVisit(big) };

    const waits = new Map<string, { small: number[]; big: number[] }>();
    for (const [name, path] of Object.entries(pages.big)) {
      const smallPath = pages.small[name]!;
      const runs = {
        small: () => latency(small, smallPath, VISITS),
        big: () => latency(big, path, VISITS),
      };
      waits.set(name, await interleaved(ROUNDS, runs));
    }
    await watchPlans(portal);
    const rows: string[][] = [];
    const notes: string[] = [];
    for (const [name, path] of Object.entries(pages.big)) {
      const { small: few, big: many } = waits.get(name)!;
      const found = await offencesOf(portal, big, path);
      rows.push([
        name,
        rounded(median(few)),
        rounded(median(many)),
        times(ratio(many, few)),
        `${found.length}`,
      ]);
      notes.push(...found.map((offence) => `${name}: ${offence}`));
    }
    return {
      about: `the same pages of a tenant of ${BIG.users} people and of one of ${SMALL.users}`,
      columns: ['page', 'small, p50 ms', 'big, p50 ms', 'ratio', 'plans to mend'],
      rows,
      notes,
    };
  } finally {
    await portal.close();
  }
}

/** Signed in to a tenant of that size. */
async function staffOf(portal: BenchPortal, crowd: Crowd): Promise<Caller> {
  const tenant = await createTenant(portal);
  await fill(portal.owner, tenant.id, crowd);
  const staff = new Caller(portal, tenant.operations);
  await staff.logIn('/login', await createStaff(portal, tenant));
  return staff;
}

async function offencesOf(portal: BenchPortal, staff: Caller, path: string): Promise<string[]> {
  await staff.get(path);
  const plans = await plansOf(portal, () => staff.get(path));
  if (process.env['PLANS']) console.log(path, JSON.stringify(plans, null, 1));
  return plans.flatMap((executed) => {
    const found = offences(executed);
    return found.length > 0 ? [`${found.join('; ')}\n  ${oneLine(executed['Query Text'])}`] : [];
  });
}

function oneLine(sql: string): string {
  return sql.replace(/\s+/g, ' ').slice(0, 600);
}
