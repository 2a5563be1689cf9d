import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { PlatformDb } from '../../database/as-platform.ts';
import { NIL_ID } from '../../database/new-id.ts';
import type { Actor } from '../actor.ts';
import { canonicalJson, isObject } from './canonical-json.ts';
import { ERASABLE_COLUMNS, type PersonalData } from './personal-data.ts';

export interface Seal {
  tenant_id: string;
  number: number;
  /** Times are text, because a Date has no microseconds. */
  from_at: string;
  to_at: string;
  to_id: string;
  events: number;
  root: Buffer;
  previous_hash: Buffer;
  hash: Buffer;
}

type UnsignedSeal = Omit<Seal, 'hash'>;

export interface SealableEvent extends PersonalData {
  at: string;
  id: string;
  actor_kind: Actor['kind'];
  actor_id: string | null;
  target_type: string | null;
  target_id: string | null;
}

export const GENESIS_HASH = Buffer.alloc(32);

/** Transactions that take longer than MAX_TRANSACTION_MINUTES are not committed, so no earlier event follows a seal. */
export const SEALABLE_BEFORE = `now() - interval '5 minutes'`;

const MAX_EVENTS = 5_000;

/** With microseconds, which a Date does not have. */
export const asText = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${column}`;

export const eventColumns = `tenant_id, ${asText('at')}, id, event, actor_kind, actor_id, actor_name,
  target_type, target_id, target_name, outcome, changes, ip, user_agent, request_id,
  actor_salt, actor_digest, target_salt, target_digest`;

export const sealColumns = `tenant_id, number::float8, ${asText('from_at')}, ${asText('to_at')}, to_id, events, root,
  previous_hash, hash`;

/** Canonical JSON, so that the hash does not depend on the output format of the database. */
export function rootHash(events: readonly SealableEvent[]): Buffer {
  const hash = createHash('sha256');
  for (const event of events) hash.update(`${canonicalJson(sealedFields(event))}\n`);
  return hash.digest();
}

/** Digests stand for the personal data, so that it can be erased from a sealed event. */
function sealedFields(event: SealableEvent): object {
  const fields = Object.entries(event).filter(([column]) => !ERASABLE_COLUMNS.has(column));
  return {
    ...Object.fromEntries(fields),
    actor_digest: event.actor_digest.toString('hex'),
    target_digest: event.target_digest.toString('hex'),
    changed_fields: isObject(event.changes) ? Object.keys(event.changes).sort() : null,
  };
}

export function hasValidHash(seal: Seal, secretKeys: readonly string[]): boolean {
  const isHash = (hash: Buffer) => hash.length === seal.hash.length && timingSafeEqual(hash, seal.hash);
  return secretKeys.some((key) => isHash(sealHash(seal, key)));
}

/** Returns undefined when there are no events or another process has inserted the seal. */
export async function sealEvents(
  db: PlatformDb,
  tenantId: string,
  secretKey: string,
): Promise<Seal | undefined> {
  const last = await findLastSeal(db, tenantId);
  const events = await listEventsAfter(db, tenantId, last);
  if (events.length === 0) return undefined;
  const unsigned = {
    tenant_id: tenantId,
    number: (last?.number ?? 0) + 1,
    from_at: events[0]!.at,
    to_at: events.at(-1)!.at,
    to_id: events.at(-1)!.id,
    events: events.length,
    root: rootHash(events),
    previous_hash: last?.hash ?? GENESIS_HASH,
  };
  const seal = { ...unsigned, hash: sealHash(unsigned, secretKey) };
  const inserted = await db
    .fromUntyped('audit_seals')
    .insert(seal)
    .onConflict(['tenant_id', 'number'])
    .ignore()
    .returning('number');
  return inserted.length > 0 ? seal : undefined;
}

async function findLastSeal(db: PlatformDb, tenantId: string): Promise<Seal | undefined> {
  const { rows } = await db.raw<{ rows: Seal[] }>(
    `select ${sealColumns} from audit_seals where tenant_id = ? order by number desc limit 1`,
    [tenantId],
  );
  return rows[0];
}

async function listEventsAfter(
  db: PlatformDb,
  tenantId: string,
  seal: Seal | undefined,
): Promise<SealableEvent[]> {
  const { rows } = await db.raw<{ rows: SealableEvent[] }>(
    `select ${eventColumns} from audit_events e
     where e.tenant_id = ? and (e.at, e.id) > (?::timestamptz, ?::uuid) and e.at < ${SEALABLE_BEFORE}
     order by e.at, e.id limit ?`,
    [tenantId, seal?.to_at ?? '-infinity', seal?.to_id ?? NIL_ID, MAX_EVENTS],
  );
  return rows;
}

/** A MAC, because write access to the database must not be enough to create a valid seal. */
function sealHash(seal: UnsignedSeal, secretKey: string): Buffer {
  const { tenant_id, number, from_at, to_at, to_id, events } = seal;
  return createHmac('sha256', deriveKey(secretKey))
    .update(seal.previous_hash)
    .update(seal.root)
    .update(canonicalJson({ tenant_id, number, from_at, to_at, to_id, events }))
    .digest();
}

function deriveKey(secretKey: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, '', 'audit seal', 32));
}
