import type { PlatformDb } from '../../database/as-platform.ts';
import {
  GENESIS_HASH,
  eventColumns,
  hasValidHash,
  rootHash,
  sealColumns,
  type Seal,
  type SealableEvent,
} from './audit-chain.ts';
import { hasValidPersonalData } from './personal-data.ts';

export interface AuditVerification {
  seals: number;
  events: number;
  /** A sentence about the first problem; null if all seals are valid. */
  problem: string | null;
}

const BATCH_SIZE = 50;

export async function verifyAudit(
  db: PlatformDb,
  tenantId: string,
  secretKeys: readonly string[],
): Promise<AuditVerification> {
  const verified: AuditVerification = { seals: 0, events: 0, problem: null };
  let previous: Seal | undefined;
  for (let seals = await listSealsAfter(db, tenantId, 0); seals.length > 0;) {
    for (const seal of seals) {
      const problem = await findProblem(db, seal, previous, secretKeys);
      if (problem) return { ...verified, problem: `Seal ${seal.number}: ${problem}` };
      verified.seals += 1;
      verified.events += seal.events;
      previous = seal;
    }
    seals = seals.length < BATCH_SIZE ? [] : await listSealsAfter(db, tenantId, previous!.number);
  }
  return verified;
}

async function listSealsAfter(db: PlatformDb, tenantId: string, number: number): Promise<Seal[]> {
  const { rows } = await db.knex.raw<{ rows: Seal[] }>(
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
  return null;
}

async function listSealedEvents(
  db: PlatformDb,
  seal: Seal,
  previous: Seal | undefined,
): Promise<SealableEvent[]> {
  const after = previous ? 'and (e.at, e.id) > (:after_at::timestamptz, :after_id::uuid)' : '';
  const { rows } = await db.knex.raw<{ rows: SealableEvent[] }>(
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
