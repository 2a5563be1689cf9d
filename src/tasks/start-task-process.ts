import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { onWakeUp, wake, type QueueTable } from '../database/queue.ts';
import type { ScanDeps } from '../database/scan-tenants.ts';
import { taskQueue } from '../domain/task/task-actions.ts';
import { taskProcessFile } from '../project-folder.ts';
import { startQueueWorker, type StopSignals } from './queue-worker.ts';

/** By default, V8 lets the heap grow to four times the objects in use: an import of a million rows added 190 MiB. */
const HEAP_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=100'];

/** After a process that has failed. */
const RESTART_DELAY_MS = 5_000;

/**
 * Runs background tasks in a process of their own, which is started when a task is due and ends when none has been for
 * a while. A large import then delays neither pages nor emails.
 */
export function startTaskProcess(
  deps: ScanDeps,
  { clockOffsetMs }: { clockOffsetMs: number },
): { stop(): Promise<void> } {
  let running: ChildProcess | undefined;
  const stopping = new AbortController();
  const runProcess = async ({ isStopping }: StopSignals) => {
    running = fork(taskProcessFile, [`${clockOffsetMs}ms`], {
      execArgv: [...process.execArgv, ...HEAP_FLAGS],
    });
    running.on('message', (table: QueueTable) => wake(table));
    const [code, signal] = (await once(running, 'exit')) as [number | null, string | null];
    running = undefined;
    if (code === 0 || isStopping()) return;
    deps.log.error({ code, signal }, 'the process of background tasks has failed; it is started again');
    await pause(RESTART_DELAY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
  };
  const removeListener = onWakeUp(taskQueue, () => running?.send(taskQueue.table, () => undefined));
  const worker = startQueueWorker(deps, {
    queue: taskQueue,
    concurrency: 1,
    serve: async (_tenantId, stop) => {
      // It serves all tenants.
      if (!stop!.isStopping()) await runProcess(stop!);
      return false;
    },
  });
  return {
    stop: async () => {
      removeListener();
      stopping.abort();
      const stopped = worker.stop();
      running?.kill('SIGTERM');
      await stopped;
    },
  };
}
