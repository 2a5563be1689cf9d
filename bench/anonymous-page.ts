import { createTenant } from '../test/support/factories.ts';
import { startBareExpress } from './support/bare-express.ts';
import { Client } from './support/client.ts';
import { comparePages, PAGE_COLUMNS } from './support/page-load.ts';
import { startBenchPortal } from './support/portal.ts';
import { countStatements } from './support/postgres-log.ts';
import type { BenchmarkResult } from './support/results.ts';

export async function run(): Promise<BenchmarkResult> {
  const portal = await startBenchPortal();
  const bare = await startBareExpress();
  try {
    const tenant = await createTenant(portal);
    const client = new Client(portal, tenant.account);
    const rows = await comparePages({
      'static string': { ...bare, path: '/', client: new Client(bare, 'localhost') },
      '/account/login': { ...portal, path: '/account/login', client },
      '/account/forgot-password': { ...portal, path: '/account/forgot-password', client },
    });
    const statements = await countStatements(portal, () => client.get('/account/login'));
    return {
      title: 'an anonymous page against a static string from a bare Express app',
      columns: PAGE_COLUMNS,
      rows,
      notes: [`/account/login sends ${statements} statements.`],
    };
  } finally {
    bare.close();
    await portal.close();
  }
}
