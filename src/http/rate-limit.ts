import { createHmac } from 'node:crypto';
import type { Request } from 'express';
import type { Database } from '../database/pools.ts';
import { TooManyRequests } from '../errors.ts';
import type { PersonKey } from './person-key.ts';

declare const brand: unique symbol;

/** An IPv4 address or the /64 of an IPv6 address. Only ipPrefix() makes it. */
export type IpPrefix = string & { readonly [brand]: 'IP prefix' };

type IpPurpose = 'login-ip' | 'forgot-ip' | 'activate-ip' | 'bad-token';

type PersonPurpose = 'login' | 'known-device-login' | 'current-password' | 'change-email';

/** Counts an IP across all tenants and portals, or a person at one portal of one tenant (with `ip`, from that IP only). */
export type Counter =
  { purpose: IpPurpose; ip: IpPrefix } | { purpose: PersonPurpose; person: PersonKey; ip?: IpPrefix };

/**
 * Counters in PostgreSQL, shared by all processes, released by time alone. A key is an HMAC, so that the table contains
 * no email and no IP address.
 * Each attempt is taken before the work, in one statement, so that parallel attempts count too.
 */
export class Throttle {
  readonly #database: Database;
  readonly #key: string;

  constructor(database: Database, secretKey: string) {
    this.#database = database;
    this.#key = secretKey;
  }

  /**
   * At most `limit` in a window of `seconds`, which begins with the first.
   *
   * @throws {TooManyRequests} with the seconds left of the window
   */
  async take(counter: Counter, { limit, seconds }: { limit: number; seconds: number }) {
    const key = this.#hash(counter);
    const { rowCount } = await this.#database.app.query(
      `insert into throttle_counters as t (key, count, last_at, expires_at)
       values ($1, 1, now(), now() + make_interval(secs => $3))
       on conflict (key) do update set
         count = case when t.expires_at <= now() then 1 else t.count + 1 end,
         last_at = now(),
         expires_at = case when t.expires_at <= now() then excluded.expires_at else t.expires_at end
       where t.expires_at <= now() or t.count < $2`,
      [key, limit, seconds],
    );
    if (rowCount === 0) throw new TooManyRequests(await this.#secondsUntil(key, 'expires_at'));
  }

  /**
   * Free for `free` attempts in `seconds`; after that each must wait 1, 2, 4 … `most` seconds after the one before.
   * An attempt inside the wait neither counts nor lengthens it.
   *
   * @throws {TooManyRequests} with the seconds left of the wait
   */
  async takeWithWait(
    counter: Counter,
    { free, seconds, most }: { free: number; seconds: number; most: number },
  ) {
    const key = this.#hash(counter);
    const wait = `make_interval(secs => case when t.count < $2::int then 0::float8 else least($4::float8, power(2::float8, least(t.count - $2::int, 10))) end)`;
    const { rowCount } = await this.#database.app.query(
      `insert into throttle_counters as t (key, count, last_at, expires_at)
       values ($1, 1, now(), now() + make_interval(secs => $3))
       on conflict (key) do update set
         count = case when t.expires_at <= now() then 1 else t.count + 1 end,
         last_at = now(), expires_at = excluded.expires_at
       where t.expires_at <= now() or now() >= t.last_at + ${wait}`,
      [key, free, seconds, most],
    );
    if (rowCount === 1) return;
    throw new TooManyRequests(
      await this.#secondsUntil(key, `least(t.expires_at, t.last_at + ${wait.replaceAll('$4', '$3')})`, [
        free,
        most,
      ]),
    );
  }

  /** Resets the counter after a successful attempt. */
  async forget(counter: Counter): Promise<void> {
    await this.#database.app.query('delete from throttle_counters where key = $1', [this.#hash(counter)]);
  }

  async giveBack(counter: Counter): Promise<void> {
    await this.#database.app.query(
      'update throttle_counters set count = greatest(count - 1, 0) where key = $1',
      [this.#hash(counter)],
    );
  }

  async #secondsUntil(key: string, when: string, more: number[] = []): Promise<number> {
    const { rows } = await this.#database.app.query<{ left: string }>(
      `select extract(epoch from ${when} - now()) as left from throttle_counters t where key = $1`,
      [key, ...more],
    );
    return Math.max(1, Math.ceil(Number(rows[0]?.left ?? 1)));
  }

  #hash(counter: Counter): string {
    const person = 'person' in counter ? counter.person : null;
    const parts = [counter.purpose, person, counter.ip ?? null];
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('base64url');
  }
}

/** IPv4 as it is, IPv6 by its /64: one household, one counter. */
export function ipPrefix(req: Request): IpPrefix {
  return shorten(req.ip ?? '') as IpPrefix;
}

function shorten(address: string): string {
  const ip = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups.length - after.length }, () => '0');
  return [...groups, ...zeros, ...after]
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':');
}
