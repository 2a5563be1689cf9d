import { pick, selectRow, selectRows } from '../../database/columns.ts';
import { NIL_ID } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { systemActor, type Actor } from '../actor.ts';
import { recordAudit, recordAudits } from '../audit/record-audit.ts';
import { lockAccounts } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { restOf } from '../billing/tax.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { issueCreditNote } from '../invoice/credit-note.ts';
import { deleteInvoice } from '../invoice/invoice-actions.ts';
import {
  findInvoiceForUpdate,
  listLines,
  type InvoiceForUpdate,
  type Line,
} from '../invoice/invoice-queries.ts';
import { openSql } from '../invoice/invoice.ts';
import { lockUnits } from '../unit/unit-queries.ts';
import { recomputeUnitStatus } from '../unit/unit-status.ts';
import { closeRequests } from './close-requests.ts';
import type { RentalResult } from './notice.ts';
import { queueRentalEmails, type EmailedRental } from './queue-rental-emails.ts';
import {
  listRentalInvoices,
  lockRental,
  lockRentalRows,
  updateRental,
  type LockedRental,
  type Rental,
} from './rental-queries.ts';

/** Staff hand over the unit. @throws {NotFound} */
export async function completeMoveIn(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  id: string,
): Promise<RentalResult> {
  const locked = await lockRental(db, id);
  const error = await startError(db, billing, locked.rental);
  if (error) return refuse(error);
  const started = [{ ...locked.rental, unit_code: locked.unit.code }];
  startRentals(db, actor, started);
  await emailStarted(db, billing, started);
  return { ok: true, rental: { id, unit_code: locked.unit.code } };
}

async function startError(
  db: TenantDb,
  { today, is_agreement_required }: Billing,
  { id, status, starts_on, transferred_from_id }: Rental,
): Promise<FieldError | undefined> {
  const field = 'start';
  if (status !== 'reserved') return { field, code: 'not_reserved' };
  if (starts_on > today) return { field, code: 'starts_later', params: { day: starts_on } };
  if (!is_agreement_required || transferred_from_id !== null) return undefined;
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
  recomputeUnitStatus(
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

async function emailStarted(
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

export const MAX_STARTED = 500;

export type ReservationToStart = Pick<Rental, 'id' | 'unit_id'>;

/**
 * Starts the reservations whose day has come and whose agreement is signed if it must be. Call it after
 * `endDueRentals`. Returns how many: fewer than the limit of one transaction when none is left.
 */
export async function startDueReservations(db: TenantDb, billing: Billing): Promise<number> {
  return startReservations(db, billing, await listReservationsToStart(db, billing));
}

/** Those after the id `after`. */
export function listReservationsToStart(
  db: TenantDb,
  { today, is_agreement_required }: Billing,
  after = NIL_ID,
) {
  const due = db
    .from('rentals as r')
    .where('r.status', 'reserved')
    .where('r.starts_on', '<=', today)
    .where('r.id', '>', after)
    .orderBy('r.id')
    .limit(MAX_STARTED);
  if (is_agreement_required)
    void due.where((rows) =>
      rows
        .whereNotNull('r.transferred_from_id')
        .orWhereRaw('exists (select 1 from agreements a where a.tenant_id = ? and a.rental_id = r.id)', [
          db.tenantId,
        ]),
    );
  return selectRows(due, pick('rentals as r', 'id', 'unit_id'));
}

/** Of those that are still reserved. Returns how many. */
export async function startReservations(
  db: TenantDb,
  billing: Billing,
  rows: readonly ReservationToStart[],
): Promise<number> {
  const units = await lockUnits(
    db,
    rows.map(({ unit_id }) => unit_id),
  );
  const rentals = await lockRentalRows(
    db,
    rows.map(({ id }) => id),
  );
  const started = rentals
    .filter(({ status }) => status === 'reserved')
    .map((rental) => ({ ...rental, unit_code: units.get(rental.unit_id)!.code }));
  startRentals(db, systemActor('Billing run'), started);
  await emailStarted(db, billing, started);
  const transferred = started.flatMap(({ transferred_from_id }) => transferred_from_id ?? []);
  closeRequests(db, systemActor('Billing run'), billing, { rental_ids: transferred, status: 'completed' });
  return started.length;
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

async function cancelLocked(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { rental, unit }: Pick<LockedRental, 'rental' | 'unit'>,
  reason: string,
): Promise<RentalResult> {
  const { id } = rental;
  if (rental.status !== 'reserved') return refuse({ field: 'reason', code: 'not_reserved' });
  if (rental.transferred_from_id !== null) return refuse({ field: 'reason', code: 'part_of_transfer' });
  for (const invoice of await listRentalInvoices(db, id)) {
    const refused = await takeBack(db, actor, billing, { id, invoice_id: invoice.id, reason });
    if (refused) return refused;
  }
  updateRental(db, rental, {
    status: 'cancelled',
    next_period_on: null,
    reserved_until: null,
    deposit_settled_on: billing.today,
  });
  recomputeUnitStatus(db, [unit.id]);
  closeRequests(db, actor, billing, { rental_ids: [id], status: 'cancelled', reason });
  recordAudit(db, actor, {
    event: 'rental.cancelled',
    target: { type: 'rental', id, name: unit.code },
    changes: { reason: [null, reason] },
  });
  return { ok: true, rental: { id, unit_code: unit.code } };
}

/** Deletes an invoice that has only lines of the rental and on which nothing was paid; credits the lines otherwise. */
async function takeBack(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, invoice_id, reason }: { id: string; invoice_id: string; reason: string },
): Promise<RefusedValues | undefined> {
  const invoice = (await findInvoiceForUpdate(db, invoice_id))!;
  if (invoice.kind === 'credit_note' || invoice.status === 'deleted') return undefined;
  const lines = await listLines(db, invoice_id);
  const own = lines.filter(({ rental_id }) => rental_id === id);
  const isOwn = own.length === lines.length;
  const result = await takeBackLines(db, actor, billing, { invoice, own, isOwn, reason });
  return result.ok ? undefined : result;
}

function takeBackLines(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { invoice, own, isOwn, reason }: { invoice: InvoiceForUpdate; own: Line[]; isOwn: boolean; reason: string },
): Promise<{ ok: true } | RefusedValues> {
  const { id, status } = invoice;
  if (isOwn && (status === 'draft' || isUntouched(invoice)))
    return deleteInvoice(db, actor, billing, { id, reason });
  const parts = own
    .map((line) => ({ position: line.position, net_cents: restOf(line).net_cents }))
    .filter(({ net_cents }) => net_cents !== 0n);
  if (parts.length === 0) return Promise.resolve({ ok: true });
  return issueCreditNote(db, actor, billing, { invoice_id: id, parts, reason });
}

function isUntouched(invoice: InvoiceForUpdate): boolean {
  const { status, paid_cents, credited_cents, written_off_cents, credit_noted_cents } = invoice;
  const isUnpaid = status === 'sent' || status === 'failed';
  return (
    isUnpaid && [paid_cents, credited_cents, written_off_cents, credit_noted_cents].every((sum) => sum === 0n)
  );
}

export const MAX_EXPIRED = 50;

export type ReservationToExpire = Pick<Rental, 'id' | 'unit_id' | 'billing_account_id'>;

/**
 * Cancels reservations whose issued invoice was not paid in time. Returns how many: fewer than the limit of one
 * transaction when none is left.
 */
export async function expireReservations(db: TenantDb, billing: Billing): Promise<number> {
  return cancelUnpaid(db, billing, await listReservationsToExpire(db, billing));
}

/** Of those reservations that are still not paid. Returns how many. */
export async function cancelUnpaid(
  db: TenantDb,
  billing: Billing,
  due: readonly ReservationToExpire[],
): Promise<number> {
  const units = await lockUnits(
    db,
    due.map(({ unit_id }) => unit_id),
  );
  await lockAccounts(
    db,
    due.map(({ billing_account_id }) => billing_account_id),
  );
  const rentals = await lockRentalRows(
    db,
    due.map(({ id }) => id),
  );
  // An invoice may have been paid while the locks were awaited.
  const unpaid = expiredReservations(db, billing).whereRaw('r.id = any(?::uuid[])', [
    due.map(({ id }) => id),
  ]);
  const expired = new Set((await selectRows(unpaid, expiredColumns)).map(({ id }) => id));
  const actor = systemActor('Billing run');
  const cancelled = rentals.filter(({ id }) => expired.has(id));
  for (const rental of cancelled) {
    const unit = units.get(rental.unit_id)!;
    const result = await cancelLocked(
      db,
      actor,
      billing,
      { rental, unit },
      'The reservation was not paid in time',
    );
    if (!result.ok) throw new Error(`Reservation ${rental.id} cannot expire: ${result.errors[0]!.code}`);
  }
  return cancelled.length;
}

const expiredColumns = pick('rentals as r', 'id', 'unit_id', 'billing_account_id');

/** Those after the id `after`. */
export function listReservationsToExpire(db: TenantDb, billing: Billing, after = NIL_ID) {
  const rentals = expiredReservations(db, billing)
    .where('r.id', '>', after)
    .orderBy('r.id')
    .limit(MAX_EXPIRED);
  return selectRows(rentals, expiredColumns);
}

function expiredReservations(db: TenantDb, { now }: Billing) {
  return db
    .from('rentals as r')
    .where('r.status', 'reserved')
    .whereNull('r.transferred_from_id')
    .where('r.reserved_until', '<', now)
    .whereRaw(
      `exists (select 1 from invoice_lines l
         join invoices i on i.tenant_id = ? and i.id = l.invoice_id
         where l.tenant_id = ? and l.rental_id = r.id and i.kind = 'invoice'
           and i.status in ('sent', 'failed') and ${openSql('i')} > 0)`,
      [db.tenantId, db.tenantId],
    );
}
