import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { addDays, later, type CivilDate } from '../billing/civil-date.ts';
import { found } from '../../errors.ts';
import type { FieldError } from '../form/parse-values.ts';
import { lockSite } from '../site/site-queries.ts';
import type { Unit } from '../unit/unit-queries.ts';
import { CUSTOMER_NAME, joinUnitAndCustomer } from './rental-queries.ts';

export const otherColumns = (db: TenantDb) => ({
  ...pick('rentals as r', 'id', 'starts_on', 'ends_on'),
  customer: db.raw<string>(CUSTOMER_NAME),
});

export type OtherRental = RowOf<ReturnType<typeof otherColumns>>;

export interface Stay {
  from: CivilDate;
  /** Null: without an end. */
  to: CivilDate | null;
  /** This rental does not count. */
  except?: string;
}

/**
 * The reason why the locked unit cannot be rented on these days, naming the other rental and the first free day. The
 * last day of a rental is a day in the unit.
 */
export async function occupancyError(
  db: TenantDb,
  unit: Pick<Unit, 'id' | 'site_id' | 'code' | 'blocked_reason'>,
  stay: Stay,
  field = 'unit_id',
): Promise<FieldError | undefined> {
  const error = stay.except === undefined ? await closedError(db, unit, field) : undefined;
  if (error) return error;
  const rentals = await selectRows(rentalsFrom(db, [unit.id], stay.from), otherColumns(db));
  return overlapError(unit, rentals, stay, field);
}

/** The part of `occupancyError` about other rentals. `listed` has those of the unit with a day on or after the first. */
export function overlapError(
  { code }: Pick<Unit, 'code'>,
  listed: readonly OtherRental[],
  stay: Stay,
  field: string,
): FieldError | undefined {
  const rentals = listed.filter((rental) => rental.id !== stay.except);
  const other = rentals.find((rental) => overlaps(rental, stay));
  if (!other) return undefined;
  const params = { unit: code, customer: other.customer, start: other.starts_on };
  const last = rentals.at(-1)!;
  if (rentals.some(({ ends_on }) => ends_on === null))
    return { field, code: 'unit_rented_from', params: { ...params, day: other.starts_on } };
  const end = rentals.reduce((latest, { ends_on }) => later(latest, ends_on!), last.ends_on!);
  return {
    field,
    code: 'unit_rented_to',
    params: { ...params, day: other.ends_on!, free: addDays(end, 1) },
  };
}

/** Rentals that exist go on. */
async function closedError(
  db: TenantDb,
  { site_id, code, blocked_reason }: Pick<Unit, 'site_id' | 'code' | 'blocked_reason'>,
  field: string,
): Promise<FieldError | undefined> {
  return closedErrorOf(found(await lockSite(db, site_id, 'share')), { code, blocked_reason }, field);
}

/** Why the unit gets no new rental. Its site is locked. */
export function closedErrorOf(
  { name, status }: { name: string; status: string },
  { code, blocked_reason }: Pick<Unit, 'code' | 'blocked_reason'>,
  field: string,
): FieldError | undefined {
  if (status === 'archived') return { field, code: 'site_archived', params: { unit: code, site: name } };
  if (blocked_reason === null) return undefined;
  return { field, code: 'unit_is_blocked', params: { unit: code, reason: blocked_reason } };
}

function overlaps({ starts_on, ends_on }: OtherRental, { from, to }: Stay): boolean {
  return (to === null || starts_on <= to) && (ends_on === null || ends_on >= from);
}

/** With a day on or after `from`, the earliest first. A move-in in the past may overlap with a rental that has ended. */
export function rentalsFrom(db: TenantDb, unitIds: readonly string[], from: CivilDate) {
  return joinUnitAndCustomer(db.from('rentals as r'))
    .whereRaw('r.unit_id = any(?::uuid[])', [[...unitIds]])
    .whereIn('r.status', ['reserved', 'active', 'ended'])
    .whereRaw('(r.ends_on is null or r.ends_on >= ?::date)', [from])
    .orderBy(['r.starts_on', 'r.id']);
}
