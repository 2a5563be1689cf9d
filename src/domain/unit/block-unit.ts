import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { refuse, type FieldError } from '../form/parse-values.ts';
import { listUnitRentals, type UnitRental } from './unit-rentals.ts';
import { lockUnits } from './unit-queries.ts';
import { recomputeUnitStatus } from './unit-status.ts';
import type { BlockValues } from './unit.ts';

/** An occupied unit is refused. Reservations stay, so that the user must confirm to block a unit that has one. */
export async function blockUnit(
  db: TenantDb,
  actor: Actor,
  id: string,
  { reason, keeps_reservation }: BlockValues,
) {
  const unit = found((await lockUnits(db, [id])).get(id));
  const { code } = unit;
  if (unit.blocked_reason !== null) return refuse({ field: 'reason', code: 'unit_blocked' });
  const rentals = await listUnitRentals(db, id);
  if (unit.status === 'occupied') return refuse(occupiedError(code, rentals));
  if (unit.status === 'reserved' && !keeps_reservation)
    return refuse({ field: 'keeps_reservation', code: 'unit_reserved' });
  await db
    .from('units')
    .where({ id })
    .update({ status: 'blocked', blocked_reason: reason, ...newVersion(db, unit.version) });
  recordAudit(db, actor, {
    event: 'unit.blocked',
    target: { type: 'unit', id, name: code },
    changes: { reason: [null, reason] },
  });
  return { ok: true as const, unit };
}

/** The viewer may see the unit and not its rental. */
function occupiedError(unit: string, rentals: readonly UnitRental[]): FieldError {
  const active = rentals.find(({ status }) => status === 'active');
  if (!active) return { field: 'reason', code: 'unit_occupied', params: { unit } };
  const { customer, ends_on } = active;
  if (ends_on === null) return { field: 'reason', code: 'unit_rented', params: { unit, customer } };
  return { field: 'reason', code: 'unit_rented_until', params: { unit, customer, day: ends_on } };
}

/** Does nothing to a unit that is not blocked. @throws {NotFound} */
export async function unblockUnit(db: TenantDb, actor: Actor, id: string) {
  const unit = found((await lockUnits(db, [id])).get(id));
  if (unit.blocked_reason === null) return unit;
  await db
    .from('units')
    .where({ id })
    .update({ status: 'available', blocked_reason: null, ...newVersion(db, unit.version) });
  recomputeUnitStatus(db, [id]);
  recordAudit(db, actor, {
    event: 'unit.unblocked',
    target: { type: 'unit', id, name: unit.code },
    changes: { reason: [unit.blocked_reason, null] },
  });
  return unit;
}

function newVersion(db: TenantDb, version: number) {
  return { version: version + 1, updated_at: db.raw<Date>('now()') };
}
