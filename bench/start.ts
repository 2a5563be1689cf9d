import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findFreePort } from '../src/embedded-postgres/server-process.ts';
import { formatNumber, type JobResult } from './support/results.ts';
import { median } from './support/statistics.ts';

const root = path.resolve(import.meta.dirname, '..');
const STARTS = 3;
const FIRST_START_BUDGET_SECONDS = 10;
const LATER_START_BUDGET_SECONDS = 3;

/** The time from `npm start` to the first page, in a fresh clone of the commit and in later starts. */
export async function start(): Promise<JobResult> {
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
      first.push(await measureStart(clone, dataDir, 'SIGTERM'));
      second.push(await measureStart(clone, dataDir, 'SIGKILL'));
      afterKill.push(await measureStart(clone, dataDir, 'SIGTERM'));
    }
    const row = (name: string, samples: number[], budget: number) => [
      name,
      formatNumber(median(samples)),
      formatNumber(median(samples) / budget),
    ];
    return {
      title: '`npm start` in a fresh clone of the commit to the first page, in relation to its budget',
      figures: [],
      columns: ['start', 'seconds', 'share of budget'],
      rows: [
        ['npm ci, not included', formatNumber(install), ''],
        row('first', first, FIRST_START_BUDGET_SECONDS),
        row('second', second, LATER_START_BUDGET_SECONDS),
        row('after kill -9', afterKill, LATER_START_BUDGET_SECONDS),
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

/** Returns the seconds until the login page is served; then sends the signal to the process group. */
async function measureStart(cwd: string, dataDir: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
  const port = await findFreePort();
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: dataDir, PORT: String(port) };
  const child = spawn('npm', ['start'], { cwd, env, detached: true, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    return await measureSeconds(() => waitUntilServed(port, child));
  } finally {
    const ended = once(child, 'exit');
    process.kill(-child.pid!, signal);
    await ended;
    await waitUntilStopped(port);
  }
}

async function waitUntilServed(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    if ((await fetchStatus(port)) === 200) return;
    await pause(25);
  }
  throw new Error('npm start exited');
}

async function waitUntilStopped(port: number): Promise<void> {
  while ((await fetchStatus(port)) !== undefined) await pause(25);
  await pause(1_000);
}

function fetchStatus(port: number): Promise<number | undefined> {
  const headers = { host: `acme.portal.localhost:${port}` };
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/account/login', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', () => resolve(undefined));
  });
}
