import { pick, selectRows } from '../database/columns.ts';
import { tenantScan } from '../database/scan-tenants.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import type { EmailRow } from './decide-email.ts';

/** Emails of a worker that stopped without recording the outcome are due again at this time. */
export const LEASE_END = "date_trunc('milliseconds', now()) + interval '2 minutes'";

/** `due_at` is the end of the lease and identifies its holder. */
export type ClaimedEmail = Pick<EmailRow, 'id' | 'due_at'>;

export const findDueTenants = tenantScan('due emails', (db, tenantId) => {
  const emails = db
    .from('emails')
    .where(tenantId === undefined ? {} : { tenant_id: tenantId })
    .where('due_at', '<=', db.knex.fn.now())
    .groupBy('tenant_id')
    .orderByRaw('min(due_at)')
    .limit(2000);
  return selectRows(emails, pick('emails', 'tenant_id'));
});

export async function claimEmails(db: TenantDb, limit: number): Promise<ClaimedEmail[]> {
  // Without `materialized` the planner may evaluate `due` once for each row and claim more than the limit.
  const { rows } = await db.raw<{ rows: ClaimedEmail[] }>(
    `with due as materialized (
       select tenant_id, id from emails where tenant_id = ? and due_at <= now()
       order by due_at limit ? for update skip locked
     )
     update emails e set due_at = ${LEASE_END} from due
     where e.tenant_id = ? and e.tenant_id = due.tenant_id and e.id = due.id
     returning e.id, e.due_at`,
    [db.tenantId, limit, db.tenantId],
  );
  return rows;
}

/** Returns undefined if the lease has been lost. */
export async function lockClaimedEmail(db: TenantDb, claimed: ClaimedEmail): Promise<EmailRow | undefined> {
  const row = await db.from('emails').where(whereClaimed(claimed)).forUpdate().first();
  return row as EmailRow | undefined;
}

export async function releaseEmails(db: TenantDb, claimed: readonly ClaimedEmail[]): Promise<void> {
  for (const email of claimed) {
    await db
      .from('emails')
      .where(whereClaimed(email))
      .update({ due_at: db.raw('now()') });
  }
}

function whereClaimed({ id, due_at }: ClaimedEmail): ClaimedEmail {
  return { id, due_at };
}
