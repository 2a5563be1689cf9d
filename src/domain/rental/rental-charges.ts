import { column, nullable, pick, selectRow, selectRows } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { oneYearAfter } from '../billing/billing-period.ts';
import type { Billing } from '../billing/billing-settings.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import type { Row } from '../../database/tables.ts';
import { refuse, type FieldError } from '../form/parse-values.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { taxRateError } from '../tax-rate/tax-rate-queries.ts';
import type { RentalResult } from './notice.ts';
import type { Rental } from './rental-queries.ts';
import { lockRental } from './lock-rental.ts';

export const chargeKinds = ['insurance', 'fee', 'discount'] as const;

export type ChargeKind = Row<'rental_charges'>['kind'];

export interface ChargeValues {
  id: string;
  kind: ChargeKind;
  description: string;
  /** Of each period. Null for a discount of a part of the rent. */
  amount: bigint | null;
  amount_ppm: number | null;
  tax_rate_id: string | null;
  starts_on: CivilDate;
  is_prorated: boolean;
}

const columns = {
  ...pick('rental_charges as rc', 'id', 'kind', 'description', 'amount_cents', 'amount_ppm', 'starts_on'),
  ...pick('rental_charges as rc', 'ends_on', 'is_prorated'),
  tax_name: nullable(column('tax_rates as x', 'name')),
};

/** The latest first. */
export function listCharges(db: TenantDb, rentalId: string) {
  const charges = db
    .from('rental_charges as rc')
    .leftJoin('tax_rates as x', { 'x.tenant_id': 'rc.tenant_id', 'x.id': 'rc.tax_rate_id' })
    .where('rc.rental_id', rentalId)
    .orderBy('rc.id', 'desc')
    .limit(200);
  return selectRows(charges, columns);
}

/** Charges something with every period that is billed from now on. @throws {NotFound} */
export async function addCharge(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, amount, ...values }: ChargeValues,
): Promise<RentalResult> {
  const { rental, unit, account } = await lockRental(db, id);
  const error =
    chargeError(billing, rental, values.starts_on) ?? (await taxRateError(db, values.tax_rate_id));
  if (error) return refuse(error);
  const charge = { ...values, id: newId(), rental_id: id, amount_cents: amount };
  db.defer(db.insertInto('rental_charges', charge));
  recordAudit(db, actor, {
    event: 'rental.charge_added',
    target: { type: 'rental', id, name: unit.code },
    changes: {
      description: [null, values.description],
      amount: [
        null,
        amount === null ? `${values.amount_ppm! / 10_000} %` : amountText(amount, account.currency),
      ],
    },
  });
  return { ok: true, rental: { id, unit_code: unit.code } };
}

function chargeError(
  { today }: Billing,
  { status, starts_on }: Rental,
  startsOn: CivilDate,
): FieldError | undefined {
  if (status !== 'active' && status !== 'reserved')
    return { field: 'description', code: 'rental_not_active' };
  const field = 'starts_on';
  if (startsOn < starts_on) return { field, code: 'before_move_in', params: { day: starts_on } };
  return startsOn > oneYearAfter(today) ? { field, code: 'date_too_late' } : undefined;
}

/** Periods that are billed stay as they are. @throws {NotFound} */
export async function endCharge(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, charge_id }: { id: string; charge_id: string },
): Promise<RentalResult> {
  const { unit } = await lockRental(db, id);
  const rows = db.from('rental_charges').where({ id: charge_id, rental_id: id });
  const charge = found(await selectRow(rows, pick('rental_charges', 'description', 'starts_on', 'ends_on')));
  if (charge.ends_on !== null) return { ok: true, rental: { id, unit_code: unit.code } };
  const ends_on = charge.starts_on > billing.today ? charge.starts_on : billing.today;
  db.defer(db.from('rental_charges').where({ id: charge_id }).update({ ends_on }));
  recordAudit(db, actor, {
    event: 'rental.charge_ended',
    target: { type: 'rental', id, name: unit.code },
    changes: { description: [charge.description, null] },
  });
  return { ok: true, rental: { id, unit_code: unit.code } };
}
