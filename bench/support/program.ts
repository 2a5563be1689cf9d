import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { findFreePort } from '../../src/embedded-postgres/server-process.ts';

/** A server process, which may have forked others. */
export interface Program {
  port: number;
  pid: number;
  /** From the start of the process to the first page. */
  startSeconds: number;
  stop(): Promise<void>;
}

export interface ProgramOptions {
  file: string;
  cwd: string;
  /** Besides PORT. */
  env: Record<string, string>;
  logFile: string;
  /** The page that is polled until it has status 200. */
  firstPage: { host: string; path: string };
  nodeOptions?: readonly string[];
}

const START_TIMEOUT_MS = 60_000;

export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { file, cwd, env, logFile, nodeOptions = [] } = options;
  const port = await findFreePort();
  const log = openSync(logFile, 'a');
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...nodeOptions, file], {
    cwd,
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', PORT: String(port), ...env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  await waitForPage(port, child, options);
  const startSeconds = (performance.now() - startedAt) / 1000;
  const stop = async () => {
    if (child.exitCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  };
  return { port, pid: child.pid!, startSeconds, stop };
}

async function waitForPage(port: number, child: ChildProcess, { logFile, firstPage, file }: ProgramOptions) {
  const end = performance.now() + START_TIMEOUT_MS;
  while (child.exitCode === null && performance.now() < end) {
    if ((await statusOf(port, firstPage)) === 200) return;
    await pause(3);
  }
  child.kill('SIGKILL');
  throw new Error(`${file} did not start:\n${readFileSync(logFile, 'utf8')}`);
}

function statusOf(port: number, { host, path }: ProgramOptions['firstPage']): Promise<number | undefined> {
  const options = { host: '127.0.0.1', port, path, headers: { host }, agent: false };
  return new Promise((resolve) => {
    const request = http.get(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', () => resolve(undefined));
  });
}
