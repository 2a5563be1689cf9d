import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { readConfig, type Config } from '../../src/config.ts';
import { startEmbeddedPostgres, type DatabaseUrls } from '../../src/embedded-postgres/embedded-postgres.ts';
import { findFreePort } from '../../src/embedded-postgres/server-process.ts';
import { openDatabase, type Database } from '../../src/database/pools.ts';
import { TenantDirectory } from '../../src/domain/tenant/tenant-directory.ts';

/** The built program in production mode, with its own process and database. */
export interface BenchPortal {
  port: number;
  pid: number;
  /** The settings of the program. */
  env: Record<string, string>;
  config: Config;
  database: Database;
  directory: TenantDirectory;
  owner: pg.Pool;
  urls: DatabaseUrls;
  postgresLog: string;
  close(): Promise<void>;
}

export async function startBenchPortal(settings: Record<string, string> = {}): Promise<BenchPortal> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'portico-bench-'));
  const remove = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', remove);
  const server = await startEmbeddedPostgres({ dataDir });
  const { urls } = server;
  const port = await findFreePort();
  const env = { ...portalSettings(urls, port, dataDir), ...settings };
  const program = startProgram(env, path.join(dataDir, 'portal.log'));
  await waitUntilReady(port, program, path.join(dataDir, 'portal.log'));

  const config = readConfig(env);
  const database = await openDatabase({ appUrl: urls.app, platformUrl: urls.platform });
  const owner = new pg.Pool({ connectionString: urls.superuser, max: 2, options: '-c search_path=app' });
  owner.on('error', () => undefined);
  const close = async () => {
    program.kill('SIGTERM');
    if (program.exitCode === null) await once(program, 'exit');
    await Promise.all([database.close(), owner.end()]);
    await server.stop();
    remove();
  };
  const directory = new TenantDirectory(database, config);
  const postgresLog = path.join(dataDir, 'postgres.log');
  return { port, pid: program.pid!, env, config, database, directory, owner, urls, postgresLog, close };
}

function portalSettings(urls: DatabaseUrls, port: number, dataDir: string): Record<string, string> {
  return {
    NODE_ENV: 'production',
    PORT: String(port),
    PORTAL_DOMAIN: 'portal.example',
    OPERATIONS_DOMAIN: 'operations.example',
    TRUST_PROXY: '1',
    DATABASE_URL: urls.app,
    // A superuser, because it also prepares the empty server.
    DATABASE_OWNER_URL: urls.superuser,
    DATABASE_PLATFORM_URL: urls.platform,
    DATA_DIR: dataDir,
    SECRET_KEYS: 'a secret of the bench that is long enough',
    SMTP_URL: 'smtp://127.0.0.1:9',
    // The mail sink of the bench offers no STARTTLS.
    SMTP_TLS: 'none',
    RUN: 'web',
    MIGRATE_ON_START: '1',
  };
}

function startProgram(env: Record<string, string>, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a');
  const program = spawn(process.execPath, [path.resolve(import.meta.dirname, '../../dist/src/server.js')], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return program;
}

async function waitUntilReady(port: number, program: ChildProcess, logFile: string): Promise<void> {
  for (let attempt = 0; attempt < 600 && program.exitCode === null; attempt++) {
    const isReady = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await pause(50);
  }
  throw new Error(`The portal did not start:\n${readFileSync(logFile, 'utf8')}`);
}
