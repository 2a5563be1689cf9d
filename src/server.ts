import cluster from 'node:cluster';
import { readConfig, withEnvFile, type Config } from './config.ts';
import { claimDataFolder } from './embedded-postgres/data-folder.ts';
import type { Running } from './start-portal.ts';
import { reportFailure, WebProcesses } from './web-processes.ts';

const DRAIN_SECONDS = 20;
/** After SHUTDOWN_DELAY_S. With its default of 5 s the stop ends before the 30 s after which Kubernetes kills. */
const MAX_STOP_SECONDS = 24;
const REPEATED_SIGNAL_MS = 1_000;

const running: Running = { isStarted: false, isStopping: false };

try {
  await start(readConfig(withEnvFile(process.env)));
} catch (error) {
  // A stop that was requested during the start closes the connections that the start uses.
  if (!running.isStopping) await exitWithFailure(error);
}

/** With WORKERS > 1 the web server runs in forked processes; this one keeps the database and the worker. */
async function start(config: Config): Promise<void> {
  if (cluster.isPrimary && !config.databaseUrl) claimDataFolder(config.dataDir);
  stopOnSignal(config);
  // Before the other imports, so that all processes load their modules at the same time.
  if (cluster.isPrimary && config.run.web && config.workers > 1)
    running.web = new WebProcesses(config.workers, { PORTAL_CLOCK: `${config.clockOffsetMs}ms` });
  const { startPortal } = await import('./start-portal.ts');
  await startPortal(running, config);
}

async function exitWithFailure(error: unknown): Promise<never> {
  const { startFailure } = await import('./start-failure.ts');
  const failure = startFailure(error);
  if (cluster.isWorker) await reportFailure(failure);
  else console.error(failure.message);
  if (running.web instanceof WebProcesses) running.web.kill();
  process.exit(failure.exitCode);
}

/** A signal of the terminal arrives a second time through npm, so only a later repetition skips the draining. */
function stopOnSignal({ shutdownDelaySeconds }: Config): void {
  let firstSignalAt: number | undefined;
  if (cluster.isWorker) process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP', ...(cluster.isWorker ? [] : ['SIGINT'])]) {
    process.on(signal, () => {
      if (firstSignalAt !== undefined) {
        const isRepeat = performance.now() - firstSignalAt < REPEATED_SIGNAL_MS;
        return cluster.isPrimary && !isRepeat ? process.exit(1) : undefined;
      }
      firstSignalAt = performance.now();
      running.isStopping = true;
      exitAfter(shutdownDelaySeconds + MAX_STOP_SECONDS);
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

/** A dead connection to the database, for example, would hold the stop. The embedded database stops with this process. */
function exitAfter(seconds: number): void {
  const exit = () => {
    console.error(`The stop was not finished after ${seconds} seconds.`);
    if (running.web instanceof WebProcesses) running.web.kill();
    process.exit(1);
  };
  setTimeout(exit, seconds * 1000).unref();
}

async function stop({ web, worker, connection }: Running): Promise<void> {
  await Promise.all([web?.stop(DRAIN_SECONDS), worker?.stop()]);
  await connection?.stop();
}
