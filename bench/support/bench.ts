import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { readConfig, type Config } from '../../src/config.ts';
import { prepareAndMigrate } from '../../src/database/connect.ts';
import { openDatabase, type Database } from '../../src/database/pools.ts';
import { TenantDirectory } from '../../src/domain/tenant/tenant-directory.ts';
import {
  startEmbeddedPostgres,
  type DatabaseUrls,
  type EmbeddedPostgres,
} from '../../src/embedded-postgres/embedded-postgres.ts';
import { createTenant, type TestTenant } from '../../test/support/factories.ts';
import { fillLargeTenant, LARGE_TENANT, type LargeTenantSize } from './fill-large-tenant.ts';
import { startProgram, type Program } from './program.ts';

const root = path.resolve(import.meta.dirname, '../..');

const SMALL_TENANT: LargeTenantSize = {
  users: 1_000,
  companies: 100,
  emails: 1_000,
  events: 2_000,
  months: 13,
  rentals: 1_000,
  hasCustomFields: true,
  hasLabels: true,
};
/** Other tenants beside those that are measured. */
const OTHER_TENANT: LargeTenantSize = {
  ...SMALL_TENANT,
  rentals: 0,
  hasCustomFields: false,
  hasLabels: false,
  isVacuumed: false,
};
const OTHER_TENANTS = 1_000;
const QUICK_TENANT: LargeTenantSize = {
  ...LARGE_TENANT,
  users: 10_000,
  companies: 1_000,
  emails: 10_000,
  events: 20_000,
  rentals: 1_000,
};

export interface BenchOptions {
  isQuick: boolean;
  /** Where each job writes the CPU profiles of its web processes. */
  profileDir?: string | undefined;
  /** The folder of an older, built checkout, which some jobs measure beside this one. */
  baselineDir?: string | undefined;
}

/** A database with tenants of both sizes, on which each job starts the built program. */
export class Bench {
  readonly isQuick: boolean;
  readonly rounds: number;
  /** The length of one measurement. */
  readonly seconds: number;
  readonly baselineDir: string | undefined;
  readonly config: Config;
  readonly database: Database;
  readonly directory: TenantDirectory;
  /** As a superuser. */
  readonly owner: pg.Pool;
  readonly urls: DatabaseUrls;
  readonly dataDir: string;
  readonly #env: Record<string, string>;
  readonly #server: EmbeddedPostgres;
  readonly #profileDir: string | undefined;
  #small: Promise<TestTenant> | undefined;
  #large: Promise<TestTenant> | undefined;
  #others: Promise<void> | undefined;

  constructor(
    { isQuick, profileDir, baselineDir }: BenchOptions,
    server: EmbeddedPostgres,
    database: Database,
    { dataDir, env }: { dataDir: string; env: Record<string, string> },
  ) {
    this.isQuick = isQuick;
    this.rounds = isQuick ? 2 : 5;
    this.seconds = isQuick ? 0.5 : 3;
    this.baselineDir = baselineDir;
    this.#profileDir = profileDir && path.resolve(profileDir);
    this.config = readConfig({ NODE_ENV: 'production', ...env });
    this.database = database;
    this.directory = new TenantDirectory(database, this.config);
    this.urls = server.urls;
    this.owner = new pg.Pool({
      connectionString: server.urls.superuser,
      max: 4,
      options: '-c search_path=app',
    });
    this.owner.on('error', () => undefined);
    this.dataDir = dataDir;
    this.#env = env;
    this.#server = server;
  }

  /** The process that starts all others of PostgreSQL. */
  get postmasterPid(): number {
    return Number(readFileSync(path.join(this.dataDir, 'pg18/postmaster.pid'), 'utf8').split('\n')[0]);
  }

  get postgresLog(): string {
    return path.join(this.dataDir, 'postgres.log');
  }

  smallTenant(): Promise<TestTenant> {
    return (this.#small ??= this.#createFilledTenant(SMALL_TENANT));
  }

  /** Of a million users; of ten thousand in a quick run. */
  largeTenant(): Promise<TestTenant> {
    return (this.#large ??= this.#createFilledTenant(this.isQuick ? QUICK_TENANT : LARGE_TENANT));
  }

  /** Adds 1,000 tenants of 1,000 users; ten in a quick run. */
  addOtherTenants(): Promise<void> {
    return (this.#others ??= this.#createOtherTenants(this.isQuick ? 10 : OTHER_TENANTS));
  }

  /** Starts the built program with two web processes; `folder` is that of another checkout. */
  async startPortal(
    settings: Record<string, string> = {},
    { folder = root, profile }: { folder?: string; profile?: string } = {},
  ): Promise<Program> {
    const { account } = await this.smallTenant();
    return startProgram({
      file: path.join(folder, 'dist/src/server.js'),
      cwd: folder,
      env: { ...this.#env, ...settings },
      logFile: path.join(this.dataDir, 'portal.log'),
      firstPage: { host: account, path: '/account/login' },
      nodeOptions: folder === root && profile ? this.#profileOptions(profile) : [],
    });
  }

  /** Starts a command of the built program. */
  startCommand(args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
    return spawn(process.execPath, [path.join(root, 'dist/src/cli.js'), ...args], {
      env: { NODE_ENV: 'production', ...this.#env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  startReference(file: string, env: Record<string, string>, firstPage: string): Promise<Program> {
    return startProgram({
      file: path.join(root, 'bench/references', file),
      cwd: root,
      env: { DATABASE_URL: this.urls.superuser, ...env },
      logFile: path.join(this.dataDir, 'reference.log'),
      firstPage: { host: 'localhost', path: firstPage },
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.database.close(), this.owner.end()]);
    await this.removeDatabase();
  }

  /** Also while jobs use it, when the run is interrupted. */
  async removeDatabase(): Promise<void> {
    await this.#server.stop();
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 });
  }

  async #createFilledTenant(size: LargeTenantSize): Promise<TestTenant> {
    const tenant = await createTenant(this);
    const startedAt = performance.now();
    await fillLargeTenant(this.urls.superuser, tenant.id, size);
    await this.owner.query('checkpoint');
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    console.error(`Filled a tenant of ${size.users} users in ${seconds} s.`);
    return tenant;
  }

  async #createOtherTenants(count: number): Promise<void> {
    const startedAt = performance.now();
    for (let n = 0; n < count; n++) {
      const { id } = await createTenant(this);
      await fillLargeTenant(this.urls.superuser, id, OTHER_TENANT);
    }
    await this.owner.query('vacuum (analyze)');
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    console.error(`Filled ${count} tenants of ${OTHER_TENANT.users} users in ${seconds} s.`);
  }

  #profileOptions(job: string): string[] {
    if (this.#profileDir === undefined) return [];
    const dir = path.join(this.#profileDir, job);
    mkdirSync(dir, { recursive: true });
    // Those of an earlier run.
    for (const file of readdirSync(dir)) if (file.endsWith('.cpuprofile')) rmSync(path.join(dir, file));
    return ['--cpu-prof', '--cpu-prof-dir', dir];
  }
}

export async function startBench(options: BenchOptions): Promise<Bench> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'portico-bench-'));
  // So that filling a large tenant does not wait for checkpoints.
  const server = await startEmbeddedPostgres({ dataDir, settings: { max_wal_size: '4GB' } });
  const env = portalSettings(server.urls, dataDir);
  const { superuser, app, platform } = server.urls;
  await prepareAndMigrate(
    { administrator: superuser, owner: superuser, app, platform },
    readConfig({ ...env, NODE_ENV: 'production' }),
  );
  const database = await openDatabase({ appUrl: app, platformUrl: platform });
  return new Bench(options, server, database, { dataDir, env });
}

function portalSettings(urls: DatabaseUrls, dataDir: string): Record<string, string> {
  return {
    PORTAL_DOMAIN: 'portal.example',
    OPERATIONS_DOMAIN: 'operations.example',
    TRUST_PROXY: '1',
    DATABASE_URL: urls.app,
    DATABASE_PLATFORM_URL: urls.platform,
    DATA_DIR: dataDir,
    SECRET_KEYS: 'a secret of the bench that is long enough',
    SMTP_URL: 'smtp://127.0.0.1:9',
    // The mail sink of the bench offers no STARTTLS.
    SMTP_TLS: 'none',
    RUN: 'web',
    WORKERS: '2',
  };
}
