import type { TenantDb } from '../../database/tenant-db.ts';
import type { Row } from '../../database/tables.ts';
import type { UnitStatus } from './unit.ts';

export type RentalStatus = Row<'rentals'>['status'];

/**
 * A rental is active from its first day until the move-out is completed, so the status does not depend on the date. Of
 * several rentals the active one counts.
 */
export function unitStatus(
  { blocked_reason }: { blocked_reason: string | null },
  rentals: readonly RentalStatus[],
): UnitStatus {
  if (blocked_reason !== null) return 'blocked';
  if (rentals.includes('active')) return 'occupied';
  return rentals.includes('reserved') ? 'reserved' : 'available';
}

/** Stores what `unitStatus` returns. The units must be locked; after a change of a rental, see `recomputeOccupancy`. */
export function recomputeUnitStatus(db: TenantDb, unitIds: readonly string[]): void {
  db.defer(
    db.raw(
      `with derived as (
         select u.id, case
           when u.blocked_reason is not null then 'blocked'
           when bool_or(r.status = 'active') then 'occupied'
           when bool_or(r.status = 'reserved') then 'reserved'
           else 'available' end as status
         from units u
         left join rentals r on r.tenant_id = u.tenant_id and r.unit_id = u.id and r.status in ('reserved', 'active')
         where u.tenant_id = ? and u.id = any(?::uuid[])
         group by u.tenant_id, u.id)
       update units set status = derived.status, updated_at = now()
       from derived
       where units.tenant_id = ? and units.id = derived.id and units.status <> derived.status`,
      [db.tenantId, [...unitIds], db.tenantId],
    ),
  );
}
