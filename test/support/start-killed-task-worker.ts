import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { bundle } from './bundle.ts';
import type { TestPortal } from './portal.ts';

/** Starts a process that runs the tasks of the portal until the test kills it. `batchSize` is that of its backfill. */
export async function startKilledTaskWorker(
  { urls, config }: Pick<TestPortal, 'urls' | 'config'>,
  batchSize = 100,
): Promise<ChildProcess> {
  const program = await bundle('test/support/killed-task-worker.ts');
  const values = [urls.app, urls.platform, String(batchSize), config.filesUrl];
  const worker = spawn(process.execPath, [program, ...values], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(worker.stdout, 'data');
  return worker;
}
