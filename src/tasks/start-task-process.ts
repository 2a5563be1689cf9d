import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ScanDeps } from '../database/scan-tenants.ts';
import { taskQueue } from '../domain/task/task-actions.ts';
import { taskProcessFile } from '../project-folder.ts';
import { startQueueWorker, type StopSignals } from './queue-worker.ts';

/** By default, V8 lets the heap grow to four times the objects in use: an import of a million rows added 190 MiB. */
const HEAP_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=100'];

/**
 * Runs background tasks in a process of their own, which is started when a task is due and ends when none has been for
 * a while. A large import then delays neither pages nor emails.
 */
export function startTaskProcess(deps: ScanDeps, { clockOffsetMs }: { clockOffsetMs: number }) {
  let running: ChildProcess | undefined;
  const runProcess = async ({ isStopping }: StopSignals) => {
    running = fork(taskProcessFile, [`${clockOffsetMs}ms`], {
      execArgv: [...process.execArgv, ...HEAP_FLAGS],
    });
    const [code, signal] = (await once(running, 'exit')) as [number | null, string | null];
    if (code !== 0 && !isStopping())
      throw new Error(`The process of background tasks ended with ${signal ?? `exit code ${code}`}`);
  };
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
    stop: () => {
      const stopped = worker.stop();
      running?.kill('SIGTERM');
      return stopped;
    },
  };
}
