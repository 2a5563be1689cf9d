import { build } from 'esbuild';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import type { TestPortal } from './portal.ts';

// Next to src, which finds other folders of the project by its place.
const PROGRAM = `tmp/killed-task-worker-${process.pid}.mjs`;

let bundled: Promise<unknown> | undefined;

/** Starts a process that runs the tasks of the portal until the test kills it. `batchSize` is that of its backfill. */
export async function startKilledTaskWorker(
  { urls, config }: Pick<TestPortal, 'urls' | 'config'>,
  batchSize = 100,
): Promise<ChildProcess> {
  await (bundled ??= bundle());
  const values = [urls.app, urls.platform, String(batchSize), config.filesUrl];
  const worker = spawn(process.execPath, [PROGRAM, ...values], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(worker.stdout, 'data');
  return worker;
}

/** One file, because loading hundreds of modules takes most of the time of a start. */
async function bundle(): Promise<void> {
  process.once('exit', () => rmSync(PROGRAM, { force: true }));
  await build({
    entryPoints: ['test/support/killed-task-worker.ts'],
    outfile: PROGRAM,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
}
