import { asPlatform, type PlatformDb } from '../../database/as-platform.ts';
import type { Database } from '../../database/pools.ts';
import { GENESIS_HASH, hasValidHash, rootHash, sealColumns, type Seal } from './audit-chain.ts';
import { findHead, type AuditHead } from './audit-head.ts';
import type { AuditEvent } from './audit.ts';
import { asText, isTenantEvent, type Chain, type ChainEvent, type TenantEvent } from './chain.ts';
import { hasValidPersonalData, isErased } from './personal-data.ts';

export interface AuditVerification {
  seals: number;
  events: number;
  /** Of the last valid seal, in hexadecimal; null without seals. */
  hash: string | null;
  /** A sentence about the first problem; null if all seals are valid and the heads are among them. */
  problem: string | null;
}

export interface VerifyOptions {
  secretKeys: readonly string[];
  /** A head that was printed or logged earlier. */
  earlierHead?: AuditHead | undefined;
}

const BATCH_SIZE = 50;

/** In several transactions, because a transaction may take MAX_TRANSACTION_MINUTES only. */
export async function verifyAudit(
  database: Database,
  chain: Chain,
  { secretKeys, earlierHead }: VerifyOptions,
): Promise<AuditVerification> {
  // Read first: seals that are added meanwhile have a later head.
  const head = await asPlatform(database, async (db) => findHead(db, chain.id));
  const heads = [head, earlierHead].filter((each) => each !== undefined);
  const verified: AuditVerification = { seals: 0, events: 0, hash: null, problem: null };
  const verifyBatch = async (db: PlatformDb, last: Seal | undefined): Promise<Seal | undefined> => {
    const seals = await listSealsAfter(db, chain.id, last?.number ?? 0);
    let previous = last;
    for (const seal of seals) {
      const problem =
        (await findProblem(db, chain, seal, previous, secretKeys)) ?? findWrongHead(heads, verified, seal);
      verified.problem = problem && `Seal ${seal.number}: ${problem}`;
      if (problem) return undefined;
      verified.seals += 1;
      verified.events += seal.events;
      verified.hash = seal.hash.toString('hex');
      previous = seal;
    }
    return seals.length < BATCH_SIZE ? undefined : previous;
  };
  let last: Seal | undefined;
  do last = await asPlatform(database, (db) => verifyBatch(db, last), { isLong: true });
  while (last);
  verified.problem ??= await findMissingHead(database, chain.id, heads, verified);
  return verified;
}

/** `verified` ends before the seal. */
function findWrongHead(
  heads: readonly AuditHead[],
  verified: AuditVerification,
  { number, hash, events }: Seal,
): string | null {
  const wrong = heads.find(
    (head) =>
      head.seals === number &&
      (head.hash !== hash.toString('hex') || head.events !== verified.events + events),
  );
  return wrong ? `it is not the one of the recorded head, ${headText(wrong)}` : null;
}

async function findMissingHead(
  database: Database,
  chainId: string,
  heads: readonly AuditHead[],
  { seals }: AuditVerification,
): Promise<string | null> {
  const beyond = heads.find((head) => head.seals > seals);
  if (beyond) return `The log ends at seal ${seals}, and its recorded head is ${headText(beyond)}`;
  const head = await asPlatform(database, async (db) => findHead(db, chainId));
  return seals > (head?.seals ?? 0) ? `Seal ${seals}: no head was recorded for it` : null;
}

function headText({ seals, events, hash }: AuditHead): string {
  return `seal ${seals} with ${events} events and hash ${hash}`;
}

async function listSealsAfter(db: PlatformDb, chainId: string, number: number): Promise<Seal[]> {
  const { rows } = await db.raw<{ rows: Seal[] }>(
    `select ${sealColumns} from audit_seals where tenant_id = ? and number > ? order by number limit ${BATCH_SIZE}`,
    [chainId, number],
  );
  return rows;
}

async function findProblem(
  db: PlatformDb,
  chain: Chain,
  seal: Seal,
  previous: Seal | undefined,
  secretKeys: readonly string[],
): Promise<string | null> {
  if (seal.number !== (previous?.number ?? 0) + 1) return 'the one before it is missing';
  if (!seal.previous_hash.equals(previous?.hash ?? GENESIS_HASH))
    return 'it does not follow the one before it';
  if (!hasValidHash(seal, secretKeys)) return 'it was changed, or was not made with one of SECRET_KEYS';
  const events = await listSealedEvents(db, chain, seal, previous);
  if (events.length !== seal.events)
    return `it covers ${seal.events} events, and there are ${events.length} from ${seal.from_at} to ${seal.to_at}`;
  const tenantEvents = events.filter(isTenantEvent);
  if (!rootHash(events).equals(seal.root) || !tenantEvents.every(hasValidPersonalData))
    return `an event from ${seal.from_at} to ${seal.to_at} was changed`;
  if (!(await areErasuresRecorded(db, seal, tenantEvents)))
    return `an event from ${seal.from_at} to ${seal.to_at} was erased, and the erasure is not recorded`;
  return null;
}

async function areErasuresRecorded(
  db: PlatformDb,
  seal: Seal,
  events: readonly TenantEvent[],
): Promise<boolean> {
  const erased = events.filter(isErased);
  if (erased.length === 0) return true;
  const erasedAt = await findErasures(db, seal, erased);
  const isRecorded = (key: string | null, at: string) => key !== null && (erasedAt.get(key) ?? '') >= at;
  return erased.every((event) => erasureKeys(event).every((key) => isRecorded(key, event.at)));
}

/** The user or email whose erasure explains each erased part of an event; null if none can. */
function erasureKeys(event: TenantEvent): (string | null)[] {
  const { actor_kind, actor_id, target_type, target_id, actor_salt, target_salt } = event;
  const target = target_id && erasureKey(target_type, target_id);
  const anonymous = actor_kind === 'anonymous' ? target : null;
  const actor = actor_id === null ? anonymous : erasureKey('user', actor_id);
  return [...(actor_salt === null ? [actor] : []), ...(target_salt === null ? [target] : [])];
}

function erasureKey(type: string | null, id: string): string {
  return `${type} ${id}`;
}

/** The time of the last erasure of each user, and of each email that an erasure names. */
async function findErasures(
  db: PlatformDb,
  seal: Seal,
  erased: readonly TenantEvent[],
): Promise<Map<string, string>> {
  const event: AuditEvent = 'user.personal_data_erased';
  const ids = [...new Set(erased.map(({ target_id }) => target_id))];
  const { rows } = await db.raw<{ rows: { at: string; user_id: string; email_ids: string[] }[] }>(
    `select ${asText('at')}, e.target_id as user_id,
       array(select id from unnest(:ids::text[]) as id where jsonb_exists(e.changes -> 'emails', id)) as email_ids
     from audit_events e
     where e.tenant_id = :tenant_id and e.event = :event and e.target_type = 'user'
       and e.at >= :from_at::timestamptz
     order by e.at`,
    { ids, event, tenant_id: seal.tenant_id, from_at: seal.from_at },
  );
  const keysOf = ({ user_id, email_ids }: (typeof rows)[number]) => [
    erasureKey('user', user_id),
    ...email_ids.map((id) => erasureKey('email', id)),
  ];
  return new Map(rows.flatMap((row) => keysOf(row).map((key) => [key, row.at] as const)));
}

async function listSealedEvents(
  db: PlatformDb,
  { id, table, columns, where }: Chain,
  seal: Seal,
  previous: Seal | undefined,
): Promise<ChainEvent[]> {
  const after = previous ? 'and (e.at, e.id) > (:after_at::timestamptz, :after_id::uuid)' : '';
  const { rows } = await db.raw<{ rows: ChainEvent[] }>(
    `select ${columns} from ${table} e
     where ${where} and (e.at, e.id) <= (:to_at::timestamptz, :to_id::uuid) ${after}
     order by e.at, e.id limit :limit`,
    {
      chain_id: id,
      to_at: seal.to_at,
      to_id: seal.to_id,
      limit: seal.events + 1,
      ...(previous && { after_at: previous.to_at, after_id: previous.to_id }),
    },
  );
  return rows;
}
