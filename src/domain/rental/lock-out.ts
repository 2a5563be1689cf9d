import { NIL_ID } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { systemActor, type Actor } from '../actor.ts';
import { recordAudit, recordAudits } from '../audit/record-audit.ts';
import { lockAccounts } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays } from '../billing/civil-date.ts';
import { refuse } from '../form/parse-values.ts';
import { openSql } from '../invoice/invoice.ts';
import type { RentalResult } from './notice.ts';
import { queueRentalEmails } from './queue-rental-emails.ts';
import { lockRental, updateRental } from './lock-rental.ts';
import type { Rental } from './rental-queries.ts';
import type { UnlockedRental } from './unlock-rentals.ts';

/** The customer sees no access code until the rental is unlocked. @throws {NotFound} */
export async function lockOut(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, reason }: { id: string; reason: string },
): Promise<RentalResult> {
  const { rental, unit } = await lockRental(db, id);
  if (rental.status !== 'active') return refuse({ field: 'reason', code: 'rental_not_active' });
  if (rental.locked_out_at !== null) return refuse({ field: 'reason', code: 'locked_out_already' });
  updateRental(db, rental, { locked_out_at: billing.now, locked_out_reason: reason });
  recordAudit(db, actor, {
    event: 'rental.locked_out',
    target: { type: 'rental', id, name: unit.code },
    changes: { reason: [null, reason] },
  });
  await queueRentalEmails(db, billing, 'lockedOut', [{ ...rental, unit_code: unit.code }]);
  return { ok: true, rental: { id, unit_code: unit.code } };
}

/** Does nothing to a rental that is not locked out. @throws {NotFound} */
export async function unlock(
  db: TenantDb,
  actor: Actor,
  { id, reason }: { id: string; reason: string | null },
): Promise<RentalResult> {
  const { rental, unit } = await lockRental(db, id);
  if (rental.locked_out_at === null) return { ok: true, rental: { id, unit_code: unit.code } };
  updateRental(db, rental, { locked_out_at: null, locked_out_reason: null });
  recordAudit(db, actor, {
    event: 'rental.unlocked',
    target: { type: 'rental', id, name: unit.code },
    changes: { reason: [null, reason] },
  });
  await queueRentalEmails(db, { sends_emails: true }, 'unlocked', [{ ...rental, unit_code: unit.code }]);
  return { ok: true, rental: { id, unit_code: unit.code } };
}

export const MAX_LOCKED = 500;
const REASON = 'Overdue';

export type OverdueRental = Pick<Rental, 'id' | 'billing_account_id'>;

/**
 * Locks customers out of units with an invoice that is due for longer than the settings allow. A disputed part and a
 * pending invoice do not count. Returns the rentals: fewer than the limit of one transaction when none is left.
 */
export async function lockOutOverdue(db: TenantDb, billing: Billing): Promise<UnlockedRental[]> {
  return lockOutRentals(db, billing, await listOverdueRentals(db, billing));
}

/** Those after the id `after`. */
export async function listOverdueRentals(
  db: TenantDb,
  billing: Billing,
  after = NIL_ID,
): Promise<OverdueRental[]> {
  const lastDue = lastDueDay(billing);
  if (lastDue === null) return [];
  const { rows } = await db.raw<{ rows: OverdueRental[] }>(
    `select distinct r.id, r.billing_account_id from invoices i
     join invoice_lines l on l.tenant_id = ? and l.invoice_id = i.id
     join rentals r on r.tenant_id = ? and r.id = l.rental_id
     where i.tenant_id = ? and r.status = 'active' and r.locked_out_at is null and r.id > ? and ${OVERDUE}
     order by r.id limit ${MAX_LOCKED}`,
    [db.tenantId, db.tenantId, db.tenantId, after, lastDue, lastDue],
  );
  return rows;
}

/** An invoice that was due on this day or before locks its rentals; null for none. */
function lastDueDay({ lock_out_after_days, today }: Billing) {
  return lock_out_after_days === null ? null : addDays(today, -lock_out_after_days - 1);
}

/** Of those that are still overdue. */
export async function lockOutRentals(
  db: TenantDb,
  billing: Billing,
  overdue: readonly OverdueRental[],
): Promise<UnlockedRental[]> {
  const lastDue = lastDueDay(billing);
  if (lastDue === null || overdue.length === 0) return [];
  // A payment that another transaction stores meanwhile is seen by the update.
  await lockAccounts(
    db,
    overdue.map(({ billing_account_id }) => billing_account_id),
  );
  const { rows } = await db.raw<{ rows: (UnlockedRental & { billing_account_id: string })[] }>(
    `update rentals r set locked_out_at = ?::timestamptz, locked_out_reason = ?, version = r.version + 1
     from units u
     where r.tenant_id = ? and u.tenant_id = ? and u.id = r.unit_id and r.id = any(?::uuid[])
       and r.status = 'active' and r.locked_out_at is null
       and exists (select 1 from invoice_lines l
         join invoices i on i.tenant_id = ? and i.id = l.invoice_id
         where l.tenant_id = ? and l.rental_id = r.id and ${OVERDUE})
     returning r.id, r.billing_account_id, u.code as unit_code`,
    [
      billing.now,
      REASON,
      db.tenantId,
      db.tenantId,
      overdue.map(({ id }) => id),
      db.tenantId,
      db.tenantId,
      lastDue,
      lastDue,
    ],
  );
  recordAudits(
    db,
    systemActor('Billing run'),
    rows.map(({ id, unit_code }) => ({
      event: 'rental.locked_out',
      target: { type: 'rental', id, name: unit_code },
      changes: { reason: [null, REASON] },
    })),
  );
  await queueRentalEmails(db, billing, 'lockedOut', rows);
  return rows;
}

const OVERDUE = `i.kind = 'invoice' and i.status in ('sent', 'failed')
  and i.due_on <= ?::date and (i.due_again_on is null or i.due_again_on <= ?::date)
  and ${openSql('i')} > i.disputed_cents`;
