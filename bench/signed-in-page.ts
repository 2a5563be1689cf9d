import { createCustomer, createStaff, createTenant } from '../test/support/factories.ts';
import { Caller } from './support/caller.ts';
import { comparePages, PAGE_COLUMNS } from './support/compare-pages.ts';
import { startBenchPortal } from './support/portal.ts';
import { statementsOf } from './support/statements.ts';
import type { Answer } from './support/table.ts';

/** What does a page cost that knows who asks? */
export async function ask(): Promise<Answer> {
  const portal = await startBenchPortal();
  try {
    const tenant = await createTenant(portal);
    const person = await createCustomer(portal, tenant);
    for (let n = 0; n < 30; n++) await createCustomer(portal, tenant);
    const customer = new Caller(portal, tenant.account);
    await customer.logIn('/account/login', person);
    const staff = new Caller(portal, tenant.operations);
    await staff.logIn('/login', await createStaff(portal, tenant));

    const rows = await comparePages({
      '/account/login': { ...portal, path: '/account/login', caller: new Caller(portal, tenant.account) },
      '/account': { ...portal, path: '/account', caller: customer },
      '/users': { ...portal, path: '/users', caller: staff },
    });
    const account = await statementsOf(portal, () => customer.get('/account'));
    const users = await statementsOf(portal, () => staff.get('/users'));
    return {
      about: 'a signed-in page against the login page',
      columns: PAGE_COLUMNS,
      rows,
      notes: [
        `/account sends ${account} statements, /users ${users}: begin, set local and commit of each round trip among them.`,
      ],
    };
  } finally {
    await portal.close();
  }
}
