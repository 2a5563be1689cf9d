import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { PlatformDb } from '../../database/as-platform.ts';
import { NIL_ID } from '../../database/new-id.ts';
import { asText, sealedFields, type Chain, type ChainEvent } from './chain.ts';
import { canonicalJson } from './canonical-json.ts';

export interface Seal {
  /** NIL_ID for a seal of the platform console's events. */
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

export const GENESIS_HASH = Buffer.alloc(32);

/** Transactions that take longer than MAX_TRANSACTION_MINUTES are not committed, so no earlier event follows a seal. */
export const SEALABLE_BEFORE = `now() - interval '5 minutes'`;

const MAX_EVENTS = 1_000;

export const sealColumns = `tenant_id, number::float8, ${asText('from_at')}, ${asText('to_at')}, to_id, events, root,
  previous_hash, hash`;

/** Canonical JSON, so that the hash does not depend on the output format of the database. */
export function rootHash(events: readonly ChainEvent[]): Buffer {
  const hash = createHash('sha256');
  for (const event of events) hash.update(`${canonicalJson(sealedFields(event))}\n`);
  return hash.digest();
}

export function hasValidHash(seal: Seal, secretKeys: readonly string[]): boolean {
  const isHash = (hash: Buffer) => hash.length === seal.hash.length && timingSafeEqual(hash, seal.hash);
  return secretKeys.some((key) => isHash(sealHash(seal, key)));
}

/** Returns undefined when there are no events or another process has inserted the seal. */
export async function sealEvents(db: PlatformDb, chain: Chain, secretKey: string): Promise<Seal | undefined> {
  const last = await findLastSeal(db, chain.id);
  const events = await listEventsAfter(db, chain, last);
  if (events.length === 0) return undefined;
  const unsigned = {
    tenant_id: chain.id,
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
  if (inserted.length === 0) return undefined;
  await db.raw('select app.advance_audit_head(?)', [chain.id]);
  return seal;
}

async function findLastSeal(db: PlatformDb, chainId: string): Promise<Seal | undefined> {
  const { rows } = await db.raw<{ rows: Seal[] }>(
    `select ${sealColumns} from audit_seals where tenant_id = ? order by number desc limit 1`,
    [chainId],
  );
  return rows[0];
}

async function listEventsAfter(
  db: PlatformDb,
  { id, table, columns, where }: Chain,
  seal: Seal | undefined,
): Promise<ChainEvent[]> {
  const { rows } = await db.raw<{ rows: ChainEvent[] }>(
    `select ${columns} from ${table} e
     where ${where} and (e.at, e.id) > (:after_at::timestamptz, :after_id::uuid) and e.at < ${SEALABLE_BEFORE}
     order by e.at, e.id limit ${MAX_EVENTS}`,
    { chain_id: id, after_at: seal?.to_at ?? '-infinity', after_id: seal?.to_id ?? NIL_ID },
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
