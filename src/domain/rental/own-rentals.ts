import type { TenantDb } from '../../database/tenant-db.ts';
import { column, nullable, selectRow, type RowOf } from '../../database/columns.ts';
import type { Owner } from '../billing-account/billing-account.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { detailColumns, detailed, type RentalDetail } from './rental-queries.ts';

const columns = (db: TenantDb) => ({
  ...detailColumns(db),
  custom: column('rentals as r', 'custom'),
  tax_is_inclusive: nullable(column('tax_rates as x', 'is_inclusive')),
  has_access_code: db.raw<boolean>('u.sealed_access_code is not null'),
});

export type OwnRental = RowOf<ReturnType<typeof columns>>;

/** Undefined for a rental of another owner. */
export function findOwnRental(db: TenantDb, owner: Owner, id: string) {
  const rentals = detailed(db.from('rentals as r')).where('r.id', id);
  if ('user_id' in owner) void rentals.where('b.user_id', owner.user_id);
  else void rentals.where('b.company_id', owner.company_id);
  return selectRow(rentals, columns(db));
}

/** Customers see the code from the move-in to the last day, except while they are locked out. */
export function opensUnit(
  {
    status,
    ends_on,
    locked_out_at,
    has_access_code,
  }: Pick<OwnRental, 'status' | 'ends_on' | 'locked_out_at' | 'has_access_code'>,
  today: CivilDate,
): boolean {
  const isOver = status !== 'active' || (ends_on !== null && ends_on < today);
  return has_access_code && !isOver && locked_out_at === null;
}

/** The agreement of the rental is not signed. */
export function waitsForSignature({
  status,
  signed_at,
  has_agreement_text,
}: Pick<RentalDetail, 'status' | 'signed_at' | 'has_agreement_text'>): boolean {
  return has_agreement_text && signed_at === null && (status === 'active' || status === 'reserved');
}
