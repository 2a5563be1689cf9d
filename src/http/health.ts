import { Router } from 'express';
import type { AppDeps } from '../app.ts';
import { pendingMigrations } from '../database/migrate.ts';
import type { Database } from '../database/pools.ts';

/** On any host, for those who run the portal: /livez (the process), /readyz (database, migrations, not draining). */
export function health({ database, isReady }: Pick<AppDeps, 'database' | 'isReady'>): Router {
  const router = Router();
  router.get('/livez', (_req, res) => void res.type('text').send('ok\n'));
  router.get('/readyz', async (_req, res) => {
    const problem = isReady() ? await problemOf(database) : 'draining';
    res
      .status(problem ? 503 : 200)
      .type('text')
      .send(`${problem ?? 'ready'}\n`);
  });
  return router;
}

async function problemOf(database: Database): Promise<string | null> {
  try {
    const pending = await pendingMigrations(database.app);
    return pending.length > 0 ? `migrations to run: ${pending.length}` : null;
  } catch {
    return 'the database does not answer';
  }
}
