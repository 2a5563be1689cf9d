import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudits } from '../audit/record-audit.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { openSql } from '../invoice/invoice.ts';
import { queueRentalEmails } from './queue-rental-emails.ts';

export interface UnlockedRental {
  id: string;
  unit_code: string;
}

/**
 * Unlocks the rentals of the invoices that have no open invoice left, in the transaction that settles the invoices.
 * The accounts of the invoices must be locked.
 */
export async function unlockPaidRentals(
  db: TenantDb,
  actor: Actor,
  billing: Pick<Billing, 'sends_emails'>,
  invoiceIds: readonly string[],
): Promise<UnlockedRental[]> {
  const ids = await listLockedOut(db, invoiceIds);
  if (ids.length === 0) return [];
  // OFFSET keeps the subquery from being joined for all open invoices of the tenant.
  const { rows } = await db.raw<{ rows: (UnlockedRental & { billing_account_id: string })[] }>(
    `update rentals r set locked_out_at = null, locked_out_reason = null, version = r.version + 1, updated_at = now()
     from units u
     where r.tenant_id = ? and r.id = any(?::uuid[]) and r.locked_out_at is not null
       and u.tenant_id = ? and u.id = r.unit_id
       and not exists (select 1 from invoice_lines l
         join invoices i on i.tenant_id = ? and i.id = l.invoice_id
         where l.tenant_id = ? and l.rental_id = r.id and i.kind = 'invoice'
           and i.status in ('sent', 'pending', 'failed') and ${openSql('i')} > 0 offset 0)
     returning r.id, r.billing_account_id, u.code as unit_code`,
    [db.tenantId, ids, db.tenantId, db.tenantId, db.tenantId],
  );
  recordAudits(
    db,
    actor,
    rows.map(({ id, unit_code }) => ({
      event: 'rental.unlocked',
      target: { type: 'rental', id, name: unit_code },
    })),
  );
  await queueRentalEmails(db, billing, 'unlocked', rows);
  return rows;
}

/** Most payments are for rentals that are not locked out. */
async function listLockedOut(db: TenantDb, invoiceIds: readonly string[]): Promise<string[]> {
  if (invoiceIds.length === 0) return [];
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `select r.id from rentals r
     where r.tenant_id = ? and r.locked_out_at is not null and r.id = any(array(
       select l.rental_id from invoice_lines l where l.tenant_id = ? and l.invoice_id = any(?::uuid[])))`,
    [db.tenantId, db.tenantId, [...invoiceIds]],
  );
  return rows.map(({ id }) => id);
}
