import { createHmac } from 'node:crypto';
import type { Request } from 'express';
import type { Database } from '../database/pools.ts';
import { TooManyRequests } from '../errors.ts';
import type { Portal } from './find-portal.ts';

declare const ipPrefixBrand: unique symbol;
declare const personKeyBrand: unique symbol;

/** An IPv4 address or the /64 of an IPv6 address. Only ipPrefix() makes it. */
export type IpPrefix = string & { readonly [ipPrefixBrand]: 'IP prefix' };

/** Identifies a person at one portal of one tenant. Only personKey() makes it. */
export type PersonKey = string & { readonly [personKeyBrand]: 'person key' };

type IpPurpose = 'login-ip' | 'forgot-ip' | 'activate-ip' | 'bad-token';

type PersonPurpose = 'login' | 'known-device-login' | 'current-password' | 'change-email';

/** An IP is counted across tenants and portals, a person per tenant and portal (with `ip`: from that IP only). */
export type Counter =
  { purpose: IpPurpose; ip: IpPrefix } | { purpose: PersonPurpose; person: PersonKey; ip?: IpPrefix };

/** Consume before the work, so that parallel attempts count. Keys are HMACs, so the table holds no email or IP address. */
export class Throttle {
  readonly #database: Database;
  readonly #key: string;

  constructor(database: Database, secretKey: string) {
    this.#database = database;
    this.#key = secretKey;
  }

  /** The window begins with the first attempt. @throws {TooManyRequests} with the seconds left of the window */
  async consume(counter: Counter, { limit, seconds }: { limit: number; seconds: number }): Promise<void> {
    await this.#consume(
      {
        isAllowed: 't.count < $3::int',
        allowedAt: 't.expires_at',
        expiresAt:
          'case when t.expires_at <= excluded.last_at then excluded.expires_at else t.expires_at end',
      },
      [this.#hash(counter), seconds, limit],
    );
  }

  /**
   * After `free` attempts each one must wait 1, 2, 4 … `maxWait` seconds. An attempt during the wait is not counted.
   * @throws {TooManyRequests} with the seconds left of the wait
   */
  async consumeWithBackoff(
    counter: Counter,
    { free, seconds, maxWait }: { free: number; seconds: number; maxWait: number },
  ): Promise<void> {
    const wait = 'make_interval(secs => least($4::float8, power(2::float8, least(t.count - $3::int, 10))))';
    await this.#consume(
      {
        isAllowed: `t.count < $3::int or excluded.last_at - t.last_at >= ${wait}`,
        allowedAt: `t.last_at + ${wait}`,
        expiresAt: 'excluded.expires_at',
      },
      [this.#hash(counter), seconds, free, maxWait],
    );
  }

  async reset(counter: Counter): Promise<void> {
    await this.#database.app.query('delete from throttle_counters where key = $1', [this.#hash(counter)]);
  }

  async refund(counter: Counter): Promise<void> {
    await this.#database.app.query(
      'update throttle_counters set count = greatest(count - 1, 0) where key = $1',
      [this.#hash(counter)],
    );
  }

  /**
   * The SQL expressions refer to the counter as `t`; of `values`, $1 is the key and $2 the seconds until it expires.
   * excluded.last_at is the current time: Citus refuses now() after DO UPDATE.
   */
  async #consume(
    { isAllowed, allowedAt, expiresAt }: Record<'isAllowed' | 'allowedAt' | 'expiresAt', string>,
    values: (string | number)[],
  ): Promise<void> {
    const { rows } = await this.#database.app.query<{ seconds_left: number | null }>(
      `with accepted as (
         insert into throttle_counters as t (key, count, last_at, expires_at)
         values ($1, 1, now(), now() + make_interval(secs => $2))
         on conflict (key) do update set
           count = case when t.expires_at <= excluded.last_at then 1 else t.count + 1 end,
           last_at = excluded.last_at,
           expires_at = ${expiresAt}
         where t.expires_at <= excluded.last_at or ${isAllowed}
         returning key
       )
       select ceil(extract(epoch from least(t.expires_at, ${allowedAt}) - now()))::int as seconds_left
       from (values (1)) as refused left join throttle_counters t on t.key = $1
       where not exists (select from accepted)`,
      values,
    );
    if (rows[0]) throw new TooManyRequests(Math.max(1, rows[0].seconds_left ?? 1));
  }

  #hash(counter: Counter): string {
    const person = 'person' in counter ? counter.person : null;
    const parts = [counter.purpose, person, counter.ip ?? null];
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('base64url');
  }
}

/** `identifier` is the normalised email address or the user id. */
export function personKey(portal: Portal, identifier: string): PersonKey {
  const tenantId = portal.kind === 'platform' ? null : portal.tenant.id;
  return JSON.stringify([tenantId, portal.kind, identifier]) as PersonKey;
}

export function ipPrefix(req: Request): IpPrefix {
  return prefixOf(req.ip ?? '') as IpPrefix;
}

function prefixOf(address: string): string {
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
