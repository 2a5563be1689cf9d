import { createCustomer, createStaff, createTenant } from '../test/support/factories.ts';
import { Client } from './support/client.ts';
import { comparePages, PAGE_COLUMNS } from './support/page-load.ts';
import { startBenchPortal } from './support/portal.ts';
import { countStatements } from './support/postgres-log.ts';
import type { BenchmarkResult } from './support/results.ts';

export async function run(): Promise<BenchmarkResult> {
  const portal = await startBenchPortal();
  try {
    const tenant = await createTenant(portal);
    const user = await createCustomer(portal, tenant);
    for (let n = 0; n < 30; n++) await createCustomer(portal, tenant);
    const customer = new Client(portal, tenant.account);
    await customer.logIn('/account/login', user);
    const staff = new Client(portal, tenant.operations);
    await staff.logIn('/login', await createStaff(portal, tenant));

    const rows = await comparePages({
      '/account/login': { ...portal, path: '/account/login', client: new Client(portal, tenant.account) },
      '/account': { ...portal, path: '/account', client: customer },
      '/users': { ...portal, path: '/users', client: staff },
    });
    const account = await countStatements(portal, () => customer.get('/account'));
    const users = await countStatements(portal, () => staff.get('/users'));
    return {
      title: 'a signed-in page against the login page',
      columns: PAGE_COLUMNS,
      rows,
      notes: [
        `/account sends ${account} statements, /users ${users}, with begin, set local and commit of each round trip.`,
      ],
    };
  } finally {
    await portal.close();
  }
}
