import cluster from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from './config.ts';
import { openConnection, verifyWhenReachable, type Connection } from './database/connect.ts';
import { reachCurrentSchema, schemaProblem } from './database/current-schema.ts';
import type { RunningServer } from './http/server.ts';
import { createLog, type Log } from './log.ts';
import { startFailure } from './start-failure.ts';
import { untilParentIsConnected, WebProcesses } from './web-processes.ts';
import type { Worker } from './worker.ts';

export interface Running {
  connection?: Connection;
  web?: RunningServer | WebProcesses;
  worker?: Worker;
  isStarted: boolean;
  isStopping: boolean;
}

/** Imports the parts of the program only where they run: the parent of web processes never loads the application. */
export async function startPortal(running: Running, config: Config): Promise<void> {
  const log = createLog(config.production ? 'info' : 'warn');
  const warn = (message: string) => void (running.isStopping || log.warn(message));
  // Loads while the database connects.
  const loading = config.run.web && !running.web ? import('./start-web.ts') : undefined;
  if (cluster.isWorker) await untilParentIsConnected();
  const connection = await openConnection(config, { isPortal: cluster.isPrimary, warn, log });
  running.connection = connection;
  if (running.isStopping) return connection.stop();
  const verified = verify(running, connection, config, warn);
  // Listens although the server cannot be reached, so that /livez responds.
  await Promise.race([verified, delay(MAX_WAIT_MS)]);
  if (running.isStopping) return;

  // A web process that is replaced receives requests as soon as it listens.
  if (cluster.isWorker) running.isStarted = (await schemaProblem(connection.database)) === null;
  // Listens before it migrates, so that /livez responds during long migrations.
  if (running.web instanceof WebProcesses) await running.web.start();
  if (loading) running.web = await (await loading).startWeb(running, connection.database, config, log);
  await verified;
  if (running.isStopping) return;
  await reachCurrentSchema(connection.database, {
    ownerUrl: cluster.isPrimary && config.migrateOnStart ? connection.urls.owner : undefined,
    // The forks wait for the same migrations.
    ...(cluster.isPrimary && { warn }),
  });
  let isDemoNew = false;
  if (cluster.isPrimary && !running.isStopping)
    isDemoNew = await startBackground(running, connection, config, log);
  running.isStarted = true;
  if (cluster.isPrimary && !running.isStopping) await printStartMessage(connection, config, isDemoNew);
}

/** Before the port is opened. */
const MAX_WAIT_MS = 1_000;

async function verify(
  running: Running,
  connection: Connection,
  config: Config,
  warn: (message: string) => void,
): Promise<void> {
  const mayPrepare = config.migrateOnStart || !config.databaseUrl;
  await verifyWhenReachable(connection, config, {
    schema: cluster.isPrimary && mayPrepare ? 'prepare' : undefined,
    isStopping: () => running.isStopping,
    // The forks wait for the same server.
    wait: (error) =>
      void (cluster.isPrimary && warn(`Waiting for the database. ${startFailure(error).message}`)),
  });
}

/** Returns whether the demo is new. */
async function startBackground(
  running: Running,
  { database }: Connection,
  config: Config,
  log: Log,
): Promise<boolean> {
  const isDemoNew = config.demo && (await (await import('../seeds/demo.ts')).seedDemo(database, config));
  if (!config.run.worker) return isDemoNew;
  const { startWorker } = await import('./worker.ts');
  if (!running.isStopping) running.worker = startWorker({ config, database, log });
  return isDemoNew;
}

async function printStartMessage(
  { database }: Connection,
  config: Config,
  isDemoNew: boolean,
): Promise<void> {
  const { startMessage } = await import('./start-message.ts');
  console.log(await startMessage(config, database, { isDemoNew }));
}
