import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { findFreePort } from '../../src/embedded-postgres/server-process.ts';
import { buildProgram, untilReady } from './portal-process.ts';
import type { TestPortal } from './portal.ts';

/** Longer than a test holds a lock: the role gives up earlier. */
const PATIENT = '-c lock_timeout=60s -c statement_timeout=60s';

/** Under load a start takes longer than a few seconds. */
const MAX_READY_TRIES = 600;

/** Statements of the process wait for a lock of the test until it is released. */
export interface HeldLock {
  release(): Promise<void>;
}

/** A process with web server and workers on the database of a test portal. The test stops it at a lock and kills it. */
export class KilledPortal {
  readonly #portal: TestPortal;
  readonly #isPatient: boolean;
  readonly #locks: HeldLock[] = [];
  #child: ChildProcess | undefined;
  #port: number | undefined;

  /** A patient process waits for the locks of the test longer than the portal does. */
  constructor(portal: TestPortal, { isPatient = true }: { isPatient?: boolean } = {}) {
    this.#portal = portal;
    this.#isPatient = isPatient;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** The same after each start. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const { urls, config, mailbox } = this.#portal;
    const databaseUrl = (url: string) => (this.#isPatient ? patient(url) : url);
    this.#port ??= await findFreePort();
    const env = {
      PATH: process.env['PATH'],
      NODE_ENV: 'development',
      PORT: String(this.#port),
      PORTAL_DOMAIN: config.portalDomain,
      OPERATIONS_DOMAIN: config.operationsDomain,
      TRUST_PROXY: '1',
      DATABASE_URL: databaseUrl(urls.app),
      DATABASE_PLATFORM_URL: databaseUrl(urls.platform),
      SECRET_KEYS: config.secretKeys.join(),
      SMTP_URL: mailbox.url,
      DATA_DIR: config.dataDir,
      DEMO: '0',
      MIGRATE_ON_START: '0',
      ...(config.stripeApiUrl !== undefined && { STRIPE_API_URL: config.stripeApiUrl }),
    };
    buildProgram();
    const options: SpawnOptions = { env, stdio: ['ignore', 'ignore', 'inherit'] };
    this.#child = spawn(process.execPath, ['dist/src/server.js'], options);
  }

  /** Runs a statement that takes a lock in a transaction of its own. */
  async hold(statement: string, values: unknown[] = []): Promise<HeldLock> {
    const client = new pg.Client({
      connectionString: this.#portal.urls.superuser,
      options: '-c search_path=app',
    });
    // The database of a test that failed is dropped.
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin');
    await client.query(statement, values);
    const lock = { release: () => client.end() };
    this.#locks.push(lock);
    return lock;
  }

  /** Until a statement of the process waits for a lock. */
  async untilBlocked(): Promise<void> {
    while ((await this.#blocked()).length === 0) {
      if (this.#child?.exitCode !== null) throw new Error('The process has ended');
      await delay(10);
    }
  }

  /** The database ends the statements that wait for a lock, or their connections. */
  async endBlocked(by: 'pg_cancel_backend' | 'pg_terminate_backend'): Promise<void> {
    for (const pid of await this.#blocked()) await this.#portal.owner.query(`select ${by}($1)`, [pid]);
  }

  async untilReady(): Promise<void> {
    await untilReady(this.#port!, MAX_READY_TRIES);
  }

  async release(): Promise<void> {
    for (const lock of this.#locks.splice(0)) await lock.release();
  }

  /** As `kill -9`. What its connections wait for has no effect. */
  async kill(): Promise<void> {
    const { owner } = this.#portal;
    const child = this.#child!;
    this.#child = undefined;
    if (child.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    for (const pid of await this.#blocked())
      await owner.query('select pg_terminate_backend($1, 5000)', [pid]);
    await this.release();
  }

  async close(): Promise<void> {
    if (this.#child) await this.kill();
    await this.release();
  }

  async #blocked(): Promise<number[]> {
    const { rows } = await this.#portal.owner.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.map(({ pid }) => pid);
  }
}

function patient(url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent(PATIENT)}`;
}
