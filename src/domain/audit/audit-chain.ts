import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** A link of a tenant's chain, as `audit_seals` keeps it. */
export interface Seal {
  tenant_id: string;
  number: number;
  /** As text, to the microsecond: a Date would lose some. */
  from_at: string;
  to_at: string;
  to_id: string;
  events: number;
  root: Buffer;
  previous_hash: Buffer;
  hash: Buffer;
}

type Unsigned = Omit<Seal, 'hash'>;

/** What the first link hangs on. */
export const BEGINNING = Buffer.alloc(32);

const text = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${column}`;

/** The columns that are sealed, times as text; all there are. */
export const eventColumns = `tenant_id, ${text('at')}, id, event, actor_kind, actor_id, actor_name,
  target_type, target_id, target_name, outcome, changes, ip, user_agent, request_id`;

export const sealColumns = `tenant_id, number::int, ${text('from_at')}, ${text('to_at')}, to_id, events, root,
  previous_hash, hash`;

/** Rows as bytes that do not depend on the database: JSON with its keys in order, one line each. */
export function rootOf(events: readonly object[]): Buffer {
  const hash = createHash('sha256');
  for (const event of events) hash.update(`${canonical(event)}\n`);
  return hash.digest();
}

/** Nobody can make a link without the key, which is not in the database. */
export function hashOf(seal: Unsigned, secretKey: string): Buffer {
  const { tenant_id, number, from_at, to_at, to_id, events } = seal;
  const words = canonical({ tenant_id, number, from_at, to_at, to_id, events });
  return createHmac('sha256', keyOf(secretKey))
    .update(seal.previous_hash)
    .update(seal.root)
    .update(words)
    .digest();
}

/** Made with any of the keys that verify. */
export function isSealed(seal: Seal, secretKeys: readonly string[]): boolean {
  return secretKeys.some((key) => timingSafeEqual(hashOf(seal, key), seal.hash));
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (isPlain(each) ? sorted(each) : each));
}

function sorted(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function keyOf(secretKey: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, '', 'audit seal', 32));
}
