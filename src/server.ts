import cluster from 'node:cluster';
import { createApp } from './app.ts';
import { ConfigError, readConfig, withEnvFile, type Config } from './config.ts';
import { connectDatabase, type Connection } from './database/connect.ts';
import { claimDataFolder } from './database/data-folder.ts';
import { TenantDirectory } from './domain/tenant/tenant-directory.ts';
import { listen, type Listening } from './http/listen.ts';
import { createLog } from './log.ts';
import { startMessage } from './start-message.ts';
import { startWorker, type Worker } from './worker.ts';

const EXIT_CONFIG = 78;
const DRAIN_SECONDS = 25;

interface Portal {
  connection: Connection;
  listening: Listening | undefined;
  worker: Worker | undefined;
}

let isReady = true;

try {
  await start(readConfig(withEnvFile(process.env)));
} catch (error) {
  console.error(explain(error));
  process.exit(error instanceof ConfigError ? EXIT_CONFIG : 1);
}

/** One process is all of it, unless WORKERS forks web processes: then this one keeps the database and the worker. */
async function start(config: Config): Promise<void> {
  const log = createLog(config.production ? 'info' : 'warn');
  const isFirst = cluster.isPrimary;
  if (isFirst && !config.databaseUrl) claimDataFolder(config.dataDir);

  const connection = await connectDatabase(config, {
    isPortal: isFirst,
    migrate: isFirst,
    wait: 10_000,
    say: (sentence) => log.warn(sentence),
  });
  const { database } = connection;
  if (isFirst && config.demo) await seedDemo(config, connection);

  const forks = isFirst && config.run.web && config.workers > 1 ? config.workers : 0;
  const worker = isFirst && config.run.worker ? startWorker({ config, database, log }) : undefined;
  const portal: Portal = { connection, worker, listening: undefined };
  stopWhenAsked(portal);

  for (let n = 0; n < forks; n++) cluster.fork();
  if (forks > 0) cluster.on('exit', () => void (isReady && cluster.fork()));
  if (config.run.web && forks === 0) {
    const directory = new TenantDirectory(database, config);
    const nudgeMail = () => worker?.nudgeMail();
    const app = createApp({ config, database, directory, log, nudgeMail, isReady: () => isReady });
    portal.listening = await listen(app, config);
  }
  if (isFirst) console.log(await startMessage(config, database));
}

async function seedDemo(config: Config, { database }: Connection): Promise<void> {
  const { seedDemo: seed } = await import('../seeds/demo.ts');
  await seed(database, config);
}

/** Not ready → drain → exit 0. A second signal does not wait. */
function stopWhenAsked(portal: Portal): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (!isReady) process.exit(1);
      isReady = false;
      void stop(portal).then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
    });
  }
}

async function stop({ listening, worker, connection }: Portal): Promise<void> {
  for (const fork of Object.values(cluster.workers ?? {})) fork?.kill('SIGTERM');
  await listening?.drain(DRAIN_SECONDS);
  await worker?.stop();
  await connection.stop();
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port } = error as { code?: string; port?: number };
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken. Stop what listens there, or choose another with PORT.`;
  if (code === 'EACCES' && port !== undefined)
    return `Port ${port} may not be used by this account. Choose another with PORT.`;
  // What we throw ourselves is a sentence already; anything else needs its trace.
  return error.constructor === Error || error.name === 'TypeError'
    ? (error.stack ?? error.message)
    : error.message;
}
