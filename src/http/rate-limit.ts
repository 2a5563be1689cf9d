import { createHmac } from 'node:crypto';
import type { Request } from 'express';
import type pg from 'pg';
import type { PlatformDb } from '../database/as-platform.ts';
import { convertRead, type ConvertedRead } from '../database/in-tenant.ts';
import { rawStatement, type Statement } from '../database/statement.ts';
import { isStatementError, type Database } from '../database/pools.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { TooManyRequests } from '../errors.ts';
import type { Log } from '../log.ts';
import { clientAddress } from './client-address.ts';
import type { Portal } from './find-portal.ts';
import { ProcessCounters } from './process-counters.ts';

declare const ipPrefixBrand: unique symbol;
declare const personKeyBrand: unique symbol;

/** An IPv4 address or the /64 of an IPv6 address. Only ipPrefix() makes it. */
export type IpPrefix = string & { readonly [ipPrefixBrand]: 'IP prefix' };

/** Identifies a person at one portal of one tenant. Only personKey() makes it. */
export type PersonKey = string & { readonly [personKeyBrand]: 'person key' };

type IpPurpose = 'login-ip' | 'forgot-ip' | 'activate-ip' | 'bad-token';

type PersonPurpose =
  | 'login'
  | 'known-device-login'
  | 'current-password'
  | 'change-email'
  | 'send-document'
  | 'activation-code'
  | 'activation-email';

/** An IP is counted across tenants and portals, a person per tenant and portal (with `ip`: from that IP only). */
export type Counter =
  | { purpose: IpPurpose; ip: IpPrefix }
  | { purpose: PersonPurpose; person: PersonKey; ip?: IpPrefix };

/** The window begins with the first attempt. */
interface WindowLimit {
  counter: Counter;
  seconds: number;
  limit: number;
}

/** After `free` attempts each one must wait 1, 2, 4 … `maxWait` seconds. An attempt during the wait is not counted. */
interface BackoffLimit {
  counter: Counter;
  seconds: number;
  free: number;
  maxWait: number;
}

export type Limit = WindowLimit | BackoffLimit;

/** Empty while attempts are counted in the process. */
export type Consumption = (db: TenantDb) => ConvertedRead<void>[];

/** What a correct password changes. */
export interface ReleasedCounters {
  reset: Counter;
  /** Gets back one attempt. */
  refunded?: Counter;
}

const RESET = 'delete from throttle_counters where key = $1';

// The condition on `refunded` makes PostgreSQL update before it deletes.
const RESET_AND_REFUND = `with refunded as (
    update throttle_counters set count = greatest(count - 1, 0) where key = $2 returning key
  )
  ${RESET} and (select count(*) from refunded) >= 0`;

const RETRY_MS = 10_000;

/**
 * Consume before the work, so that parallel attempts count. Keys are HMACs, so the table holds no email or IP address.
 * While statements on the table fail, for example because it is locked, each process counts on its own.
 */
export class Throttle {
  readonly #database: Database;
  readonly #key: string;
  readonly #log: Log;
  readonly #processCounters = new ProcessCounters();
  #retryAt = 0;

  constructor(database: Database, secretKey: string, log: Log) {
    this.#database = database;
    this.#key = secretKey;
    this.#log = log;
  }

  /**
   * Counts an attempt in every counter, unless one refuses it: then in those before. The counter of an IP comes before
   * that of a person in every statement, so that parallel attempts wait for each other without a deadlock.
   *
   * @throws {TooManyRequests} with the seconds until the counter that refused allows an attempt
   */
  consume(...limits: Limit[]): Promise<void> {
    return this.#run(
      async () => refuseWhenExceeded(await this.#query<Refusal>(this.#consumption(limits))),
      async () => this.#consumeInProcess(limits),
    );
  }

  /** The same in one round trip with the reads of `readTenant`, to which `read` adds the consumption. */
  consumeWith<Result>(
    limits: readonly Limit[],
    read: (consumption: Consumption) => Promise<Result>,
  ): Promise<Result> {
    const consumption: Consumption = (db) => {
      const statement = rawStatement<pg.QueryResult<Refusal>>(db, this.#consumption(limits));
      return [convertRead(statement, refuseWhenExceeded)];
    };
    return this.#run(
      () => read(consumption),
      () => {
        this.#consumeInProcess(limits);
        return read(() => []);
      },
    );
  }

  async reset(counter: Counter): Promise<void> {
    const key = this.#hash(counter);
    this.#processCounters.reset(key);
    await this.#run(
      () => this.#query({ text: RESET, values: [key] }),
      async () => undefined,
    );
  }

  /** In the transaction that a correct password began. */
  release(db: Pick<TenantDb | PlatformDb, 'defer'>, { reset, refunded }: ReleasedCounters): void {
    this.#processCounters.reset(this.#hash(reset));
    if (Date.now() < this.#retryAt) return;
    db.defer(
      refunded
        ? { text: RESET_AND_REFUND, values: [this.#hash(reset), this.#hash(refunded)] }
        : { text: RESET, values: [this.#hash(reset)] },
    );
  }

  /** A failure of `inTable` is one of the table only if `inProcess` succeeds, which reads the same without it. */
  async #run<Result>(inTable: () => Promise<Result>, inProcess: () => Promise<Result>): Promise<Result> {
    if (Date.now() < this.#retryAt) return inProcess();
    try {
      return await inTable();
    } catch (error) {
      if (!isStatementError(error)) throw error;
      const result = await inProcess();
      this.#retryAt = Date.now() + RETRY_MS;
      this.#log.warn(
        { err: error },
        'the table of throttle counters failed: attempts are counted per process',
      );
      return result;
    }
  }

  /** @throws {TooManyRequests} */
  #consumeInProcess(limits: readonly Limit[]): void {
    for (const limit of limits) {
      const seconds = this.#processCounters.consume(this.#hash(limit.counter), limit);
      if (seconds !== undefined) throw new TooManyRequests(seconds);
    }
  }

  #query<Row extends object>({ text, values }: Statement): Promise<pg.QueryResult<Row>> {
    return this.#database.app.query<Row>(text, values);
  }

  #consumption(limits: readonly Limit[]): Statement {
    return consumeStatement(limits, (counter) => this.#hash(counter));
  }

  #hash(counter: Counter): string {
    const person = 'person' in counter ? counter.person : null;
    const parts = [counter.purpose, person, counter.ip ?? null];
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('base64url');
  }
}

interface Refusal {
  seconds_left: number | null;
}

/** @throws {TooManyRequests} */
function refuseWhenExceeded({ rows: [refusal] }: pg.QueryResult<Refusal>): void {
  if (refusal) throw new TooManyRequests(Math.max(1, refusal.seconds_left ?? 1));
}

/** One row for the refused attempt, none for a counted one. */
function consumeStatement(limits: readonly Limit[], hash: (counter: Counter) => string): Statement {
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const parts = limits.map((limit, n) => {
    const key = `${parameter(hash(limit.counter))}::text`;
    const before = n === 0 ? 'true' : `exists (select from counted_${n - 1})`;
    const { isAllowed, allowedAt, expiresAt } = limitExpressions(limit, parameter);
    return {
      count: `counted_${n} as (
        insert into throttle_counters as t (key, count, last_at, expires_at)
        select ${key}, 1, now(), now() + make_interval(secs => ${parameter(limit.seconds)}) where ${before}
        on conflict (key) do update set
          count = case when t.expires_at <= excluded.last_at then 1 else t.count + 1 end,
          last_at = excluded.last_at,
          expires_at = ${expiresAt}
        where t.expires_at <= excluded.last_at or ${isAllowed}
        returning key
      )`,
      refuse: `
        select ceil(extract(epoch from least(t.expires_at, ${allowedAt}) - now()))::int as seconds_left
        from (values (1)) as refused left join throttle_counters t on t.key = ${key}
        where ${before} and not exists (select from counted_${n})`,
    };
  });
  const text = `with ${parts.map(({ count }) => count).join(', ')} ${parts.map(({ refuse }) => refuse).join(' union all ')}`;
  return { text, values };
}

/** The counter is `t`; excluded.last_at is the current time, because Citus refuses now() after DO UPDATE. */
function limitExpressions(limit: Limit, parameter: (value: unknown) => string) {
  if ('limit' in limit)
    return {
      isAllowed: `t.count < ${parameter(limit.limit)}::int`,
      allowedAt: 't.expires_at',
      expiresAt: 'case when t.expires_at <= excluded.last_at then excluded.expires_at else t.expires_at end',
    };
  const free = `${parameter(limit.free)}::int`;
  const wait = `make_interval(secs => least(${parameter(limit.maxWait)}::float8, power(2::float8, least(t.count - ${free}, 10))))`;
  return {
    isAllowed: `t.count < ${free} or excluded.last_at - t.last_at >= ${wait}`,
    allowedAt: `t.last_at + ${wait}`,
    expiresAt: 'excluded.expires_at',
  };
}

/** `identifier` is the normalised email address or the user id. */
export function personKey(portal: Portal, identifier: string): PersonKey {
  const tenantId = portal.kind === 'platform' ? null : portal.tenant.id;
  return JSON.stringify([tenantId, portal.kind, identifier]) as PersonKey;
}

export function ipPrefix(req: Request): IpPrefix {
  return prefixOf(clientAddress(req)) as IpPrefix;
}

function prefixOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups.length - after.length }, () => '0');
  return [...groups, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':');
}
