import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findFreePort } from '../src/embedded-postgres/server-process.ts';
import { median } from './support/rounds.ts';
import { rounded, type Answer } from './support/table.ts';

const root = path.resolve(import.meta.dirname, '..');
const STARTS = 3;
const FIRST_BUDGET = 10;
const NEXT_BUDGET = 3;

/** How long from `npm start` to the first page, in a fresh clone of what is committed and in one that ran before? */
export async function ask(): Promise<Answer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'portico-start-'));
  const clone = path.join(folder, 'clone');
  try {
    execFileSync('git', ['clone', '--quiet', root, clone]);
    const install = await seconds(() => npm(clone, ['ci', '--no-audit', '--no-fund', '--loglevel=error']));
    const first = [];
    const next = [];
    const afterKill = [];
    for (let n = 0; n < STARTS; n++) {
      const dataDir = path.join(folder, `data-${n}`);
      first.push(await start(clone, dataDir, 'SIGTERM'));
      next.push(await start(clone, dataDir, 'SIGKILL'));
      afterKill.push(await start(clone, dataDir, 'SIGTERM'));
    }
    const row = (what: string, taken: number[], budget: number) => [
      what,
      rounded(median(taken)),
      rounded(median(taken) / budget),
    ];
    return {
      about: '`npm start` to the first page; the ratio is to what it may take',
      columns: ['start', 'seconds', 'of the budget'],
      rows: [
        ['npm ci, not counted', rounded(install), ''],
        row('first', first, FIRST_BUDGET),
        row('second', next, NEXT_BUDGET),
        row('after kill -9', afterKill, NEXT_BUDGET),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

async function npm(cwd: string, args: readonly string[]): Promise<void> {
  const [code] = (await once(spawn('npm', args, { cwd, stdio: 'inherit' }), 'exit')) as [number];
  if (code !== 0) throw new Error(`npm ${args.join(' ')} left with ${code}`);
}

/** Seconds until the login page of the demo is served; then the whole group of processes gets the signal. */
async function start(cwd: string, dataDir: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
  const port = await findFreePort();
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: dataDir, PORT: String(port) };
  const child = spawn('npm', ['start'], { cwd, env, detached: true, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    return await seconds(() => isServed(port, child));
  } finally {
    const ended = once(child, 'exit');
    process.kill(-child.pid!, signal);
    await ended;
    await isFree(port);
  }
}

async function isServed(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    if ((await statusOf(port)) === 200) return;
    await pause(25);
  }
  throw new Error('npm start ended');
}

/** npm is gone before what it started. */
async function isFree(port: number): Promise<void> {
  while ((await statusOf(port)) !== undefined) await pause(25);
  await pause(1_000);
}

function statusOf(port: number): Promise<number | undefined> {
  const headers = { host: `acme.portal.localhost:${port}` };
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/account/login', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', () => resolve(undefined));
  });
}
