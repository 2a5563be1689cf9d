import cluster from 'node:cluster';
import { createApp } from './app.ts';
import { readConfig, withEnvFile, type Config } from './config.ts';
import { connectDatabase, type Connection } from './database/connect.ts';
import { TenantDirectory } from './domain/tenant/tenant-directory.ts';
import { claimDataFolder } from './embedded-postgres/data-folder.ts';
import { listen, type RunningServer } from './http/server.ts';
import { createLog } from './log.ts';
import { startFailure } from './start-failure.ts';
import { startMessage } from './start-message.ts';
import { WebProcesses } from './web-processes.ts';
import { startWorker, type Worker } from './worker.ts';

const DRAIN_SECONDS = 25;
const REPEATED_SIGNAL_MS = 1_000;

interface Running {
  connection: Connection;
  web?: RunningServer | WebProcesses;
  worker: Worker | undefined;
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

  const connection = await connectDatabase(config, {
    isPortal: isPrimary,
    migrate: isPrimary,
    waitMs: 10_000,
    warn: (message) => log.warn(message),
  });
  const { database } = connection;
  if (isPrimary && config.demo) await seedDemo(config, connection);

  const worker = isPrimary && config.run.worker ? startWorker({ config, database, log }) : undefined;
  const running: Running = { connection, worker };
  stopOnSignal(running);

  if (config.run.web && isPrimary && config.workers > 1) {
    const web = new WebProcesses();
    running.web = web;
    await web.start(config.workers);
  } else if (config.run.web) {
    const directory = new TenantDirectory(database, config);
    const wakeMail = () => worker?.wakeMail();
    const app = createApp({ config, database, directory, log, wakeMail, isReady: () => !isStopping });
    running.web = await listen(app, config);
  }
  if (isPrimary && !isStopping) console.log(await startMessage(config, database));
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
