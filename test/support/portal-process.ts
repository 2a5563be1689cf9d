import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '../../src/embedded-postgres/server-process.ts';
import type { TestDatabase } from './database.ts';

export interface PortalProcess {
  child: ChildProcess;
  /** What the process has printed so far. */
  output(): string;
  ended: Promise<{ code: number | null; output: string }>;
}

export interface PortalProcesses {
  port: number;
  env: Record<string, string>;
  /** `stdout` is a file descriptor whose text `output` does not contain. */
  start(more?: Record<string, string>, stdout?: number): PortalProcess;
  kill(): void;
}

/** Writes dist/ once for all test files of a run, also when they run in parallel. */
export function buildProgram(): void {
  const lock = path.join(tmpdir(), `portico-test-build-${process.env['TEST_RUN']}`);
  const built = path.join(lock, 'built');
  while (!existsSync(built)) {
    if (!tryMkdir(lock)) {
      sleep(100);
      continue;
    }
    try {
      execFileSync('npm', ['run', '--silent', 'build']);
    } catch (error) {
      rmSync(lock, { recursive: true });
      throw error;
    }
    writeFileSync(built, '');
  }
}

function tryMkdir(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Processes of the built program in production, where migrations run only with MIGRATE_ON_START=1. */
export async function preparePortalProcesses({ urls }: Pick<TestDatabase, 'urls'>): Promise<PortalProcesses> {
  buildProgram();
  const port = await findFreePort();
  const env = {
    NODE_ENV: 'production',
    PORT: String(port),
    PORTAL_DOMAIN: 'portal.example',
    OPERATIONS_DOMAIN: 'operations.example',
    DATABASE_URL: urls.app,
    DATABASE_OWNER_URL: urls.superuser,
    DATABASE_PLATFORM_URL: urls.platform,
    SECRET_KEYS: 'a secret of the tests that is long enough',
    SMTP_URL: 'smtp://127.0.0.1:9',
    SHUTDOWN_DELAY_S: '0',
  };
  const started: ChildProcess[] = [];
  const start = (more: Record<string, string> = {}, stdout?: number) => {
    const child = spawn(process.execPath, ['dist/src/server.js'], {
      env: { PATH: process.env['PATH'], ...env, ...more },
      stdio: ['pipe', stdout ?? 'pipe', 'pipe'],
    });
    started.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += String(text)));
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
    return { child, output: () => output, ended };
  };
  const kill = () => {
    for (const child of started) child.kill('SIGKILL');
  };
  return { port, env, start, kill };
}

/** Of a running process whose main thread has started them. */
export function childrenOf(pid: number): number[] {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').match(/\d+/g);
  return (pids ?? []).map(Number);
}

export interface Received {
  status: number;
  text: string;
  headers: http.IncomingHttpHeaders;
}

/** A request to the platform console; undefined when the port refuses it. */
export function ask(port: number, path: string, host = 'operations.example'): Promise<Received | undefined> {
  return new Promise((resolve) => {
    const request = http.get({ port, host: '127.0.0.1', path, headers: { Host: host } }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
    });
    request.on('error', () => resolve(undefined));
  });
}

export async function untilStatus(port: number, path: string, status: number, maxTries = 150): Promise<void> {
  for (let tries = 0; tries < maxTries; tries++) {
    if ((await ask(port, path))?.status === status) return;
    await delay(100);
  }
  throw new Error(`The portal did not respond with ${status} on ${path}`);
}

export function untilReady(port: number, maxTries?: number): Promise<void> {
  return untilStatus(port, '/readyz', 200, maxTries);
}
