import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit, recordAudits } from '../audit/record-audit.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { rentError } from '../company/check-status.ts';
import { refuse, type FieldError } from '../form/parse-values.ts';
import { closeRequests } from './close-requests.ts';
import type { RentalResult } from './notice.ts';
import { queueRentalEmails, type EmailedRental } from './queue-rental-emails.ts';
import type { Rental } from './rental-queries.ts';
import { lockRental, updateRental, type LockedRental } from './lock-rental.ts';
import { takeBackInvoices } from './take-back-invoices.ts';
import { recomputeOccupancy } from './renting.ts';

/** Staff hand over the unit. @throws {NotFound} */
export async function completeMoveIn(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  id: string,
): Promise<RentalResult> {
  const locked = await lockRental(db, id);
  const error = await startError(db, billing, locked);
  if (error) return refuse(error);
  const started = [{ ...locked.rental, unit_code: locked.unit.code }];
  startRentals(db, actor, started);
  await emailStarted(db, billing, started);
  return { ok: true, rental: { id, unit_code: locked.unit.code } };
}

async function startError(
  db: TenantDb,
  { today, is_agreement_required }: Billing,
  { account, rental: { id, status, starts_on, transferred_from_id } }: LockedRental,
): Promise<FieldError | undefined> {
  const field = 'start';
  if (status !== 'reserved') return { field, code: 'not_reserved' };
  if (starts_on > today) return { field, code: 'starts_later', params: { day: starts_on } };
  // A transfer was agreed on before.
  if (transferred_from_id !== null) return undefined;
  const error = await rentError(db, account, field);
  if (error || !is_agreement_required) return error;
  const agreement = await selectRow(db.from('agreements').where({ rental_id: id }), pick('agreements', 'id'));
  return agreement ? undefined : { field, code: 'agreement_missing' };
}

/** The units and the rentals are locked. */
export function startRentals(
  db: TenantDb,
  actor: Actor,
  rentals: readonly (Pick<Rental, 'id' | 'unit_id'> & { unit_code: string })[],
): void {
  if (rentals.length === 0) return;
  const ids = rentals.map(({ id }) => id);
  db.defer(
    db.raw(
      `update rentals set status = 'active', reserved_until = null, version = version + 1, updated_at = now()
       where tenant_id = ? and id = any(?::uuid[]) and status = 'reserved'`,
      [db.tenantId, ids],
    ),
  );
  recomputeOccupancy(
    db,
    rentals.map(({ unit_id }) => unit_id),
  );
  recordAudits(
    db,
    actor,
    rentals.map(({ id, unit_code }) => ({
      event: 'rental.started',
      target: { type: 'rental', id, name: unit_code },
    })),
  );
}

export async function emailStarted(
  db: TenantDb,
  billing: Billing,
  rentals: readonly (Rental & { unit_code: string })[],
): Promise<void> {
  const started = rentals.map((rental) => ({ ...rental, on: rental.starts_on }));
  const movedIn = started.filter(({ transferred_from_id }) => transferred_from_id === null);
  await queueRentalEmails(db, billing, 'moveInCompleted', movedIn);
  for (const rental of started) if (rental.transferred_from_id) await emailTransferred(db, billing, rental);
}

async function emailTransferred(
  db: TenantDb,
  billing: Billing,
  rental: EmailedRental & { transferred_from_id: string | null },
): Promise<void> {
  const former = db
    .from('rentals as r')
    .join('units as u', { 'u.tenant_id': 'r.tenant_id', 'u.id': 'r.unit_id' })
    .where('r.id', rental.transferred_from_id);
  const unit = await selectRow(former, pick('units as u', 'code'));
  await queueRentalEmails(db, billing, 'transferCompleted', [rental], { old_unit_code: unit?.code ?? '' });
}

/** Takes back its invoices. @throws {NotFound} */
export async function cancelReservation(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, reason }: { id: string; reason: string },
): Promise<RentalResult> {
  const locked = await lockRental(db, id);
  return cancelLocked(db, actor, billing, locked, reason);
}

/** The unit, the account and the rental are locked. */
export async function cancelLocked(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { rental, unit }: Pick<LockedRental, 'rental' | 'unit'>,
  reason: string,
): Promise<RentalResult> {
  const { id } = rental;
  if (rental.status !== 'reserved') return refuse({ field: 'reason', code: 'not_reserved' });
  if (rental.transferred_from_id !== null) return refuse({ field: 'reason', code: 'part_of_transfer' });
  const taken = await takeBackInvoices(db, actor, billing, { id, reason });
  if (!taken.ok) return taken;
  updateRental(db, rental, {
    status: 'cancelled',
    next_period_on: null,
    reserved_until: null,
    deposit_cents: rental.deposit_cents,
    deposit_settled_on: billing.today,
  });
  recomputeOccupancy(db, [unit.id]);
  closeRequests(db, actor, billing, { rental_ids: [id], status: 'cancelled', reason });
  recordAudit(db, actor, {
    event: 'rental.cancelled',
    target: { type: 'rental', id, name: unit.code },
    changes: { reason: [null, reason] },
  });
  return { ok: true, rental: { id, unit_code: unit.code } };
}
