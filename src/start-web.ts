import { createApp } from './app.ts';
import type { Config } from './config.ts';
import type { Database } from './database/pools.ts';
import { shareCores } from './domain/password/hash-password.ts';
import { TenantDirectory } from './domain/tenant/tenant-directory.ts';
import { listen, type RunningServer } from './http/server.ts';
import type { Log } from './log.ts';
import type { Running } from './start-portal.ts';

export function startWeb(
  running: Running,
  database: Database,
  config: Config,
  log: Log,
): Promise<RunningServer> {
  shareCores(config.workers);
  const app = createApp({
    config,
    database,
    directory: new TenantDirectory(database, config),
    log,
    isStarted: () => running.isStarted,
    isReady: () => !running.isStopping,
  });
  return listen(app, config);
}
