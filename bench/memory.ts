import { setTimeout as pause } from 'node:timers/promises';
import { createCustomer } from '../test/support/factories.ts';
import type { Bench } from './support/bench.ts';
import { Client, logInStaff } from './support/client.ts';
import { measureLoad } from './support/http-load.ts';
import { processTree, proportionalMemory } from './support/processes.ts';
import { atMost, formatSamples, type JobResult } from './support/results.ts';

/** The memory of the portal's processes after each round of load on a public and two signed-in pages. */
export async function memory(bench: Bench): Promise<JobResult> {
  const tenant = await bench.smallTenant();
  const portal = await bench.startPortal({}, { profile: 'memory' });
  try {
    const anonymous = new Client(portal, tenant.account);
    const customer = new Client(portal, tenant.account);
    await customer.logIn('/account/login', await createCustomer(bench, tenant));
    const staff = await logInStaff(bench, portal, tenant);
    const pages = [
      { ...portal, path: '/account/login', headers: anonymous.headers() },
      { ...portal, path: '/account', headers: customer.headers() },
      { ...portal, path: '/users', headers: staff.headers() },
    ];

    const samples: { first: number; forks: number }[] = [];
    for (let round = 0; round < bench.rounds; round++) {
      for (const page of pages) await measureLoad(bench, page);
      await pause(1_000);
      const [first, ...forks] = processTree(portal.pid).map(proportionalMemory);
      samples.push({ first: first!, forks: forks.reduce((sum, mebibytes) => sum + mebibytes, 0) });
    }
    const total = samples.map(({ first, forks }) => first + forks);
    return {
      title: 'Memory (PSS) after load on the login page, `/account` and `/users`',
      figures: [
        { name: 'memory with two web processes', unit: 'MiB', samples: total, goal: atMost(170, 120) },
      ],
      columns: ['processes', 'MiB'],
      rows: [
        ['the two web processes', formatSamples(samples.map(({ forks }) => forks))],
        ['the process that starts them', formatSamples(samples.map(({ first }) => first))],
        ['together', formatSamples(total)],
      ],
    };
  } finally {
    await portal.stop();
  }
}
