import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findFreePort } from '../src/embedded-postgres/server-process.ts';
import { createTenant } from '../test/support/factories.ts';
import { startBenchPortal } from './support/portal.ts';
import { formatNumber, median, type BenchmarkResult } from './support/results.ts';

const root = path.resolve(import.meta.dirname, '..');
const STARTS = 3;
const FIRST_START_BUDGET_SECONDS = 10;
const LATER_START_BUDGET_SECONDS = 3;
const BUILT_STARTS = 9;
const BUILT_START_BUDGET_SECONDS = 1;

/** The time to the first page: of `npm start` in a fresh clone and in later starts, and of the built program. */
export async function run(): Promise<BenchmarkResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'portico-start-'));
  const clone = path.join(folder, 'clone');
  try {
    execFileSync('git', ['clone', '--quiet', root, clone]);
    const install = await measureSeconds(() =>
      runNpm(clone, ['ci', '--no-audit', '--no-fund', '--loglevel=error']),
    );
    const first = [];
    const second = [];
    const afterKill = [];
    for (let n = 0; n < STARTS; n++) {
      const dataDir = path.join(folder, `data-${n}`);
      first.push(await measureNpmStart(clone, dataDir, 'SIGTERM'));
      second.push(await measureNpmStart(clone, dataDir, 'SIGKILL'));
      afterKill.push(await measureNpmStart(clone, dataDir, 'SIGTERM'));
    }
    const built = await measureBuiltStarts(['1', '2']);
    const row = (name: string, samples: number[], budget: number) => [
      name,
      formatNumber(median(samples)),
      formatNumber(median(samples) / budget),
    ];
    return {
      title: 'from the start to the first page, in relation to the budget',
      columns: ['start', 'seconds', 'share of budget'],
      rows: [
        ['npm ci, not included', formatNumber(install), ''],
        row('npm start, first', first, FIRST_START_BUDGET_SECONDS),
        row('npm start, second', second, LATER_START_BUDGET_SECONDS),
        row('npm start after kill -9', afterKill, LATER_START_BUDGET_SECONDS),
        ...[...built].map(([workers, samples]) =>
          row(`built program with WORKERS=${workers}`, samples, BUILT_START_BUDGET_SECONDS),
        ),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function measureSeconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

async function runNpm(cwd: string, args: readonly string[]): Promise<void> {
  const [code] = (await once(spawn('npm', args, { cwd, stdio: 'inherit' }), 'exit')) as [number];
  if (code !== 0) throw new Error(`npm ${args.join(' ')} exited with code ${code}`);
}

function measureNpmStart(cwd: string, dataDir: string, signal: NodeJS.Signals): Promise<number> {
  return measureStart({ command: 'npm', args: ['start'], cwd, env: { DATA_DIR: dataDir }, signal });
}

/** With a database that runs and is migrated. The settings alternate, so that a busy machine slows all of them. */
async function measureBuiltStarts(settings: readonly string[]): Promise<Map<string, number[]>> {
  const portal = await startBenchPortal();
  const samples = new Map(settings.map((workers) => [workers, [] as number[]]));
  try {
    const { account } = await createTenant(portal);
    for (let n = 0; n < BUILT_STARTS; n++) {
      for (const [workers, seconds] of samples) {
        const env = { ...portal.env, WORKERS: workers };
        const start = {
          command: process.execPath,
          args: ['dist/src/server.js'],
          cwd: root,
          env,
          host: account,
        };
        seconds.push(await measureStart({ ...start, signal: 'SIGTERM' }));
      }
    }
  } finally {
    await portal.close();
  }
  return samples;
}

interface Start {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  host?: string;
  /** Ends the process group after the measurement. */
  signal: NodeJS.Signals;
}

/** Returns the seconds until the login page is served. */
async function measureStart({ command, args, cwd, env, host, signal }: Start): Promise<number> {
  const port = await findFreePort();
  const { PATH, HOME } = process.env;
  const options = { cwd, env: { PATH, HOME, ...env, PORT: String(port) }, detached: true };
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    return await measureSeconds(() => waitUntilServed(port, child, host));
  } finally {
    const ended = once(child, 'exit');
    process.kill(-child.pid!, signal);
    await ended;
    await waitUntilStopped(port);
  }
}

async function waitUntilServed(port: number, child: ChildProcess, host?: string): Promise<void> {
  while (child.exitCode === null) {
    if ((await fetchStatus(port, host)) === 200) return;
    await pause(25);
  }
  throw new Error('The program exited');
}

async function waitUntilStopped(port: number): Promise<void> {
  while ((await fetchStatus(port)) !== undefined) await pause(25);
  await pause(1_000);
}

function fetchStatus(port: number, host = `acme.portal.localhost:${port}`): Promise<number | undefined> {
  const headers = { host };
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/account/login', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', () => resolve(undefined));
  });
}
