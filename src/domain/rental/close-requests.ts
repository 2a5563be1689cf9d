import { column, pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import type { Billing } from '../billing/billing-settings.ts';
import type { Address } from '../email/queue-billing-emails.ts';

interface Closing {
  rental_ids: readonly string[];
  status: 'completed' | 'cancelled';
  reason?: string;
}

/** Closes the requests of the rentals that were approved. One that staff did not decide is cancelled. */
export function closeRequests(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { rental_ids, status, reason }: Closing,
): void {
  if (rental_ids.length === 0) return;
  db.defer(
    db.raw(
      `update requests set
         status = case when status = 'approved' then ? else 'cancelled' end,
         decided_by = case when decided_by is null then ?::uuid else decided_by end,
         decided_at = case when decided_at is null then ?::timestamptz else decided_at end,
         reason = case when reason is null then ? else reason end,
         version = version + 1
       where tenant_id = ? and rental_id = any(?::uuid[]) and status in ('requested', 'approved')`,
      [status, actor.id, billing.now, reason ?? null, db.tenantId, [...rental_ids]],
    ),
  );
}

const approved = {
  ...pick('requests as q', 'id', 'user_id', 'version'),
  email: column('users as u', 'email'),
};

/** Cancels the request that led to the transfer. Returns the customer who sent it, if they have an email address. */
export async function closeTransferRequest(
  db: TenantDb,
  rentalId: string,
  reason: string,
): Promise<Address | undefined> {
  const requests = db
    .from('requests as q')
    .join('users as u', { 'u.tenant_id': 'q.tenant_id', 'u.id': 'q.user_id' })
    .where({ 'q.rental_id': rentalId, 'q.kind': 'transfer', 'q.status': 'approved' });
  const request = await selectRow(requests, approved);
  if (!request) return undefined;
  const { id, user_id, version, email } = request;
  const columns = { status: 'cancelled' as const, reason, version: version + 1 };
  db.defer(db.from('requests').where({ id }).update(columns));
  return email === null ? undefined : { user_id, to_address: email };
}
