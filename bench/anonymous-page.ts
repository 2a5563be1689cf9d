import { createTenant } from '../test/support/factories.ts';
import { startBareExpress } from './support/bare-express.ts';
import { Caller } from './support/caller.ts';
import { comparePages, PAGE_COLUMNS } from './support/compare-pages.ts';
import { startBenchPortal } from './support/portal.ts';
import { statementsOf } from './support/statements.ts';
import type { Answer } from './support/table.ts';

/** What does a page cost that nobody has to sign in for? */
export async function ask(): Promise<Answer> {
  const portal = await startBenchPortal();
  const bare = await startBareExpress();
  try {
    const tenant = await createTenant(portal);
    const visitor = new Caller(portal, tenant.account);
    const page = (path: string) => ({ ...portal, path, caller: visitor });
    const rows = await comparePages({
      'static string': { ...bare, path: '/', caller: new Caller(bare, 'localhost') },
      '/account/login': page('/account/login'),
      '/account/forgot-password': page('/account/forgot-password'),
    });
    const statements = await statementsOf(portal, () => visitor.get('/account/login'));
    return {
      about: 'an anonymous page against a static string from a bare Express app',
      columns: PAGE_COLUMNS,
      rows,
      notes: [`/account/login sends ${statements} statements.`],
    };
  } finally {
    bare.close();
    await portal.close();
  }
}
