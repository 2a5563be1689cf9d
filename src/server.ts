import cluster from 'node:cluster';
import { createApp } from './app.ts';
import { readConfig, withEnvFile, type Config } from './config.ts';
import { connectDatabase, type Connection } from './database/connect.ts';
import { reachCurrentSchema } from './database/current-schema.ts';
import { shareCores } from './domain/password/hash-password.ts';
import { TenantDirectory } from './domain/tenant/tenant-directory.ts';
import { claimDataFolder } from './embedded-postgres/data-folder.ts';
import { listen, type RunningServer } from './http/server.ts';
import { createLog, type Log } from './log.ts';
import { startFailure } from './start-failure.ts';
import { startMessage } from './start-message.ts';
import { WebProcesses } from './web-processes.ts';
import { startWorker, type Worker } from './worker.ts';

const DRAIN_SECONDS = 25;
const REPEATED_SIGNAL_MS = 1_000;

interface Running {
  connection: Connection;
  web?: RunningServer | WebProcesses;
  worker?: Worker;
  isStarted: boolean;
}

let isStopping = false;

try {
  await start(readConfig(withEnvFile(process.env)));
} catch (error) {
  // A stop that was requested during the start closes the connections that the start uses.
  if (!isStopping) exitWithFailure(error);
}

function exitWithFailure(error: unknown): never {
  const { message, exitCode } = startFailure(error);
  console.error(message);
  process.exit(exitCode);
}

/** With WORKERS > 1 the web server runs in forked processes; this one keeps the database and the worker. */
async function start(config: Config): Promise<void> {
  const log = createLog(config.production ? 'info' : 'warn');
  const isPrimary = cluster.isPrimary;
  if (isPrimary && !config.databaseUrl) claimDataFolder(config.dataDir);

  const mayPrepare = config.migrateOnStart || !config.databaseUrl;
  const connection = await connectDatabase(config, {
    isPortal: isPrimary,
    schema: isPrimary && mayPrepare ? 'prepare' : undefined,
    waitMs: 10_000,
    warn: (message) => log.warn(message),
    log,
  });
  const running: Running = { connection, isStarted: false };
  stopOnSignal(running);

  // Listens before it migrates, so that /livez responds during long migrations.
  if (config.run.web) await startWeb(running, config, log);
  if (isStopping) return;
  await reachCurrentSchema(connection.database, {
    ownerUrl: isPrimary && config.migrateOnStart ? connection.urls.owner : undefined,
    // The forks wait for the same migrations.
    ...(isPrimary && { warn: (message: string) => void (isStopping || log.warn(message)) }),
  });
  if (isPrimary && !isStopping) await startBackground(running, config, log);
  running.isStarted = true;
  if (isPrimary && !isStopping) console.log(await startMessage(config, connection.database));
}

async function startWeb(running: Running, config: Config, log: Log): Promise<void> {
  if (cluster.isPrimary && config.workers > 1) {
    const web = new WebProcesses();
    running.web = web;
    return web.start(config.workers);
  }
  const { database } = running.connection;
  shareCores(config.workers);
  const app = createApp({
    config,
    database,
    directory: new TenantDirectory(database, config),
    log,
    isStarted: () => running.isStarted,
    isReady: () => !isStopping,
  });
  running.web = await listen(app, config);
}

async function startBackground(running: Running, config: Config, log: Log): Promise<void> {
  const { connection } = running;
  if (config.demo) await seedDemo(config, connection);
  if (config.run.worker && !isStopping)
    running.worker = startWorker({ config, database: connection.database, log });
}

async function seedDemo(config: Config, { database }: Connection): Promise<void> {
  const { seedDemo: seed } = await import('../seeds/demo.ts');
  await seed(database, config);
}

/** A signal of the terminal arrives a second time through npm, so only a later repetition skips the draining. */
function stopOnSignal(running: Running): void {
  let firstSignalAt: number | undefined;
  if (cluster.isWorker) process.on('SIGINT', () => {});
  for (const signal of cluster.isWorker ? ['SIGTERM'] : ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      if (firstSignalAt !== undefined) {
        const isRepeat = performance.now() - firstSignalAt < REPEATED_SIGNAL_MS;
        return cluster.isPrimary && !isRepeat ? process.exit(1) : undefined;
      }
      firstSignalAt = performance.now();
      isStopping = true;
      void stop(running).then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
    });
  }
}

async function stop({ web, worker, connection }: Running): Promise<void> {
  await Promise.all([web?.stop(DRAIN_SECONDS), worker?.stop()]);
  await connection.stop();
}
