import type { PlatformDb } from '../../database/as-platform.ts';
import { BEGINNING, eventColumns, isSealed, rootOf, sealColumns, type Seal } from './audit-chain.ts';

export interface AuditVerdict {
  seals: number;
  events: number;
  /** The first thing that is wrong, in a sentence; null when the log is as it was sealed. */
  problem: string | null;
}

const CHUNK = 50;

/** Goes through a tenant's chain link by link and through the events that each of them covers. */
export async function verifyAudit(
  db: PlatformDb,
  tenantId: string,
  secretKeys: readonly string[],
): Promise<AuditVerdict> {
  const verdict: AuditVerdict = { seals: 0, events: 0, problem: null };
  let last: Seal | undefined;
  for (let seals = await sealsAfter(db, tenantId, 0); seals.length > 0;) {
    for (const seal of seals) {
      const problem = await problemWith(db, seal, last, secretKeys);
      if (problem) return { ...verdict, problem: `Seal ${seal.number}: ${problem}` };
      verdict.seals += 1;
      verdict.events += seal.events;
      last = seal;
    }
    seals = seals.length < CHUNK ? [] : await sealsAfter(db, tenantId, last!.number);
  }
  return verdict;
}

async function sealsAfter(db: PlatformDb, tenantId: string, number: number): Promise<Seal[]> {
  const { rows } = (await db.knex.raw(
    `select ${sealColumns} from audit_seals where tenant_id = ? and number > ? order by number limit ${CHUNK}`,
    [tenantId, number],
  )) as { rows: Seal[] };
  return rows;
}

async function problemWith(
  db: PlatformDb,
  seal: Seal,
  last: Seal | undefined,
  secretKeys: readonly string[],
): Promise<string | null> {
  if (seal.number !== (last?.number ?? 0) + 1) return 'the one before it is missing';
  if (!seal.previous_hash.equals(last?.hash ?? BEGINNING)) return 'it does not follow the one before it';
  if (!isSealed(seal, secretKeys)) return 'it was changed, or was not made with one of SECRET_KEYS';
  const events = await coveredBy(db, seal, last);
  if (events.length !== seal.events)
    return `it covers ${seal.events} events, and there are ${events.length} from ${seal.from_at} to ${seal.to_at}`;
  if (!rootOf(events).equals(seal.root)) return `an event from ${seal.from_at} to ${seal.to_at} was changed`;
  return null;
}

async function coveredBy(db: PlatformDb, seal: Seal, last: Seal | undefined): Promise<object[]> {
  const after = last ? 'and (e.at, e.id) > (:after_at::timestamptz, :after_id::uuid)' : '';
  const { rows } = (await db.knex.raw(
    `select ${eventColumns} from audit_events e
     where e.tenant_id = :tenant_id and (e.at, e.id) <= (:to_at::timestamptz, :to_id::uuid) ${after}
     order by e.at, e.id limit :most`,
    {
      tenant_id: seal.tenant_id,
      to_at: seal.to_at,
      to_id: seal.to_id,
      most: seal.events + 1,
      ...(last && { after_at: last.to_at, after_id: last.to_id }),
    },
  )) as { rows: object[] };
  return rows;
}
