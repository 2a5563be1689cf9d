import { createApp } from './app.ts';
import type { Config } from './config.ts';
import type { Database } from './database/pools.ts';
import { shareCores } from './domain/password/hash-password.ts';
import { TenantDirectory } from './domain/tenant/tenant-directory.ts';
import { loadPageViews } from './http/render-page.ts';
import { listen, type RunningServer } from './http/server.ts';
import type { Log } from './log.ts';
import { isEmailView, openEmailViews } from './mail/render-email.ts';
import type { Running } from './start-portal.ts';
import type { Views } from './views.ts';

export async function startWeb(
  running: Running,
  database: Database,
  config: Config,
  log: Log,
): Promise<RunningServer> {
  shareCores(config.workers);
  const views = loadPageViews(config);
  const app = createApp({
    config,
    database,
    directory: new TenantDirectory(database, config),
    log,
    isStarted: () => running.isStarted,
    isReady: () => !running.isStopping,
    views,
  });
  const server = await listen(app, config);
  openViews(views).catch((err: unknown) => log.error({ err }, 'A view cannot be compiled'));
  return server;
}

async function openViews(pages: Views): Promise<void> {
  await pages.openAll((name) => !isEmailView(name));
  // For previews.
  await openEmailViews();
}
