import { Router } from 'express';
import type { AppDeps } from '../app.ts';

/** On any host, for those who run the portal: /livez (the process), /readyz (the database, and not draining). */
export function health({ database, isReady }: Pick<AppDeps, 'database' | 'isReady'>): Router {
  const router = Router();
  router.get('/livez', (_req, res) => void res.type('text').send('ok\n'));
  router.get('/readyz', async (_req, res) => {
    if (!isReady()) return void res.status(503).type('text').send('draining\n');
    const answers = await database.app.query('select 1 from tenants limit 1').then(
      () => true,
      () => false,
    );
    res
      .status(answers ? 200 : 503)
      .type('text')
      .send(answers ? 'ready\n' : 'the database does not answer\n');
  });
  return router;
}
