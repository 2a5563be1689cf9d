import { asPlatform, type PlatformDb } from '../../database/as-platform.ts';
import type { Database } from '../../database/pools.ts';
import {
  asText,
  GENESIS_HASH,
  eventColumns,
  hasValidHash,
  rootHash,
  sealColumns,
  type Seal,
  type SealableEvent,
} from './audit-chain.ts';
import type { AuditEvent } from './audit.ts';
import { hasValidPersonalData, isErased } from './personal-data.ts';

export interface AuditVerification {
  seals: number;
  events: number;
  /** A sentence about the first problem; null if all seals are valid. */
  problem: string | null;
}

const BATCH_SIZE = 50;

/** In several transactions, because a transaction may take MAX_TRANSACTION_MINUTES only. */
export async function verifyAudit(
  database: Database,
  tenantId: string,
  secretKeys: readonly string[],
): Promise<AuditVerification> {
  const verified: AuditVerification = { seals: 0, events: 0, problem: null };
  const verifyBatch = async (db: PlatformDb, last: Seal | undefined): Promise<Seal | undefined> => {
    const seals = await listSealsAfter(db, tenantId, last?.number ?? 0);
    let previous = last;
    for (const seal of seals) {
      const problem = await findProblem(db, seal, previous, secretKeys);
      verified.problem = problem && `Seal ${seal.number}: ${problem}`;
      if (problem) return undefined;
      verified.seals += 1;
      verified.events += seal.events;
      previous = seal;
    }
    return seals.length < BATCH_SIZE ? undefined : previous;
  };
  let last: Seal | undefined;
  do last = await asPlatform(database, (db) => verifyBatch(db, last), { isLong: true });
  while (last);
  return verified;
}

async function listSealsAfter(db: PlatformDb, tenantId: string, number: number): Promise<Seal[]> {
  const { rows } = await db.raw<{ rows: Seal[] }>(
    `select ${sealColumns} from audit_seals where tenant_id = ? and number > ? order by number limit ${BATCH_SIZE}`,
    [tenantId, number],
  );
  return rows;
}

async function findProblem(
  db: PlatformDb,
  seal: Seal,
  previous: Seal | undefined,
  secretKeys: readonly string[],
): Promise<string | null> {
  if (seal.number !== (previous?.number ?? 0) + 1) return 'the one before it is missing';
  if (!seal.previous_hash.equals(previous?.hash ?? GENESIS_HASH))
    return 'it does not follow the one before it';
  if (!hasValidHash(seal, secretKeys)) return 'it was changed, or was not made with one of SECRET_KEYS';
  const events = await listSealedEvents(db, seal, previous);
  if (events.length !== seal.events)
    return `it covers ${seal.events} events, and there are ${events.length} from ${seal.from_at} to ${seal.to_at}`;
  if (!rootHash(events).equals(seal.root) || !events.every(hasValidPersonalData))
    return `an event from ${seal.from_at} to ${seal.to_at} was changed`;
  if (!(await areErasuresRecorded(db, seal, events)))
    return `an event from ${seal.from_at} to ${seal.to_at} was erased, and the erasure is not recorded`;
  return null;
}

async function areErasuresRecorded(
  db: PlatformDb,
  seal: Seal,
  events: readonly SealableEvent[],
): Promise<boolean> {
  const erased = events.filter(isErased);
  if (erased.length === 0) return true;
  const erasedAt = await findErasures(db, seal, erased);
  const isRecorded = (key: string | null, at: string) => key !== null && (erasedAt.get(key) ?? '') >= at;
  return erased.every((event) => erasureKeys(event).every((key) => isRecorded(key, event.at)));
}

/** The user or email whose erasure explains each erased part of an event; null if none can. */
function erasureKeys(event: SealableEvent): (string | null)[] {
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
  erased: readonly SealableEvent[],
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
  seal: Seal,
  previous: Seal | undefined,
): Promise<SealableEvent[]> {
  const after = previous ? 'and (e.at, e.id) > (:after_at::timestamptz, :after_id::uuid)' : '';
  const { rows } = await db.raw<{ rows: SealableEvent[] }>(
    `select ${eventColumns} from audit_events e
     where e.tenant_id = :tenant_id and (e.at, e.id) <= (:to_at::timestamptz, :to_id::uuid) ${after}
     order by e.at, e.id limit :limit`,
    {
      tenant_id: seal.tenant_id,
      to_at: seal.to_at,
      to_id: seal.to_id,
      limit: seal.events + 1,
      ...(previous && { after_at: previous.to_at, after_id: previous.to_id }),
    },
  );
  return rows;
}
