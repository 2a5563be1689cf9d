import { Router } from 'express';
import { listRentalsOfOwner, type RentalDetail } from '../../domain/rental/rental-queries.ts';
import { waitsForSignature } from '../../domain/rental/own-rentals.ts';
import { intervalLabel } from '../../domain/rental/rental.ts';
import { sizeText } from '../../domain/unit-type/unit-type.ts';
import { contextPath, ownerOf } from '../../http/customer-context.ts';
import { may } from '../../http/guards.ts';
import { rentalBadge } from '../badges.ts';
import { companyNote } from '../company-status.ts';

export const units = Router({ mergeParams: true });

units.get('/', may('units.view'), async (req, res) => {
  const [rows] = await req.readTenant((db) => [listRentalsOfOwner(db, ownerOf(req))]);
  const rentals = rows.filter(({ status }) => status !== 'cancelled').map(toView);
  const isFormer = ({ status }: { status: string }) => status === 'ended';
  res.page('account/units/list', {
    title: 'Units',
    company_note: companyNote(req.company),
    base: `${contextPath(req)}/units`,
    current: rentals.filter((rental) => !isFormer(rental)),
    former: rentals.filter(isFormer),
  });
});

function toView(rental: RentalDetail) {
  const { id, status, unit_code, site_name, type_name, starts_on, ends_on, currency } = rental;
  return {
    id,
    status,
    unit_code,
    site_name,
    starts_on,
    ends_on,
    currency,
    size: sizeText(rental) ?? type_name,
    price_cents: rental.current_price_cents,
    interval: intervalLabel(rental),
    badge: rentalBadge(rental),
    is_unsigned: waitsForSignature(rental),
  };
}
