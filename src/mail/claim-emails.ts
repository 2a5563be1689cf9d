import { asPlatform } from '../database/as-platform.ts';
import type { Database } from '../database/pools.ts';
import type { TenantDb } from '../database/tenant-db.ts';

/** How long a claimed mail is nobody else's. Whoever dies holding it lets it go after that. */
export const LEASE = "date_trunc('milliseconds', now()) + interval '2 minutes'";

/** A row that this worker holds: its due_at is the lease's end, and the proof of holding it. */
export interface ClaimedEmail {
  id: string;
  due_at: Date;
}

/** The tenants with mail to send, whoever waits longest first. Reads every tenant's outbox, locks nothing. */
export async function findDueTenants(database: Database): Promise<string[]> {
  const due = await asPlatform(database, (db) =>
    db
      .from('emails')
      .where('due_at', '<=', db.knex.fn.now())
      .groupBy('tenant_id')
      .orderByRaw('min(due_at)')
      .limit(2000)
      .pluck('tenant_id'),
  );
  return due as string[];
}

/** Takes up to `most` due mails of one tenant that nobody else is taking. */
export async function claimEmails(db: TenantDb, most: number): Promise<ClaimedEmail[]> {
  // Materialised, or the planner may run the limited part again for each row, and take them all.
  const { rows } = await db.raw(
    `with due as materialized (
       select tenant_id, id from emails where tenant_id = ? and due_at <= now()
       order by due_at limit ? for update skip locked
     )
     update emails e set due_at = ${LEASE} from due
     where e.tenant_id = ? and e.tenant_id = due.tenant_id and e.id = due.id
     returning e.id, e.due_at`,
    [db.tenantId, most, db.tenantId],
  );
  return rows as ClaimedEmail[];
}

/** The row, locked, if the lease is still ours. */
export async function lockClaimed<Row extends object>(
  db: TenantDb,
  claimed: ClaimedEmail,
): Promise<Row | undefined> {
  return (await db.from('emails').where(held(claimed)).forUpdate().first()) as Row | undefined;
}

/** Gives back what was claimed and not begun, for the next worker to take at once. */
export async function releaseEmails(db: TenantDb, claimed: readonly ClaimedEmail[]): Promise<void> {
  for (const email of claimed) {
    await db
      .from('emails')
      .where(held(email))
      .update({ due_at: db.raw('now()') });
  }
}

function held({ id, due_at }: ClaimedEmail): ClaimedEmail {
  return { id, due_at };
}
