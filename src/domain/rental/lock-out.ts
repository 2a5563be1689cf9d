import type { TenantDb } from '../../database/tenant-db.ts';
import { systemActor, type Actor } from '../actor.ts';
import { recordAudit, recordAudits } from '../audit/record-audit.ts';
import { lockAccounts } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays } from '../billing/civil-date.ts';
import { refuse } from '../form/parse-values.ts';
import { openSql } from '../invoice/invoice.ts';
import type { RentalResult } from './notice.ts';
import { lockRental, updateRental } from './lock-rental.ts';
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
  return { ok: true, rental: { id, unit_code: unit.code } };
}

const MAX_LOCKED = 500;
const REASON = 'Overdue';

/**
 * Locks customers out of units with an invoice that is due for longer than the settings allow. A disputed part and a
 * pending invoice do not count. Returns the rentals: fewer than the limit of one transaction when none is left.
 */
export async function lockOutOverdue(db: TenantDb, billing: Billing): Promise<UnlockedRental[]> {
  const { lock_out_after_days, today } = billing;
  if (lock_out_after_days === null) return [];
  const lastDue = addDays(today, -lock_out_after_days - 1);
  const { rows: accounts } = await db.raw<{ rows: { id: string }[] }>(
    `select distinct i.billing_account_id as id from invoices i
     join invoice_lines l on l.tenant_id = ? and l.invoice_id = i.id
     join rentals r on r.tenant_id = ? and r.id = l.rental_id
     where i.tenant_id = ? and r.status = 'active' and r.locked_out_at is null and ${OVERDUE}
     order by 1 limit ${MAX_LOCKED}`,
    [db.tenantId, db.tenantId, db.tenantId, lastDue],
  );
  const ids = accounts.map(({ id }) => id);
  // A payment that another transaction stores meanwhile is seen by the update.
  await lockAccounts(db, ids);
  const { rows } = await db.raw<{ rows: UnlockedRental[] }>(
    `update rentals r set locked_out_at = ?::timestamptz, locked_out_reason = ?, version = r.version + 1
     from units u
     where r.tenant_id = ? and u.tenant_id = ? and u.id = r.unit_id and r.billing_account_id = any(?::uuid[])
       and r.status = 'active' and r.locked_out_at is null
       and exists (select 1 from invoice_lines l
         join invoices i on i.tenant_id = ? and i.id = l.invoice_id
         where l.tenant_id = ? and l.rental_id = r.id and ${OVERDUE})
     returning r.id, u.code as unit_code`,
    [billing.now, REASON, db.tenantId, db.tenantId, ids, db.tenantId, db.tenantId, lastDue],
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
  return rows;
}

const OVERDUE = `i.kind = 'invoice' and i.status in ('sent', 'failed')
  and i.due_on <= ?::date and ${openSql('i')} > i.disputed_cents`;
