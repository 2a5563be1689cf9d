import { Router } from 'express';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { findOwnRental, opensUnit } from '../../domain/rental/own-rentals.ts';
import { showAccessCode } from '../../domain/unit/access-code.ts';
import { found, NotFound } from '../../errors.ts';
import { contextPath, ownerOf } from '../../http/customer-context.ts';
import { setFlashData } from '../../http/flash.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import type { RentalRequest } from './show.ts';

export const unitAccessCode = Router({ mergeParams: true }).param('id', idParam);

/** The next page shows it. Encrypted, because sessions must not contain secrets. */
unitAccessCode.post('/:id/access-code', may('access_codes.view'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const sealed = await req.inTenant(async (db) => {
    const rental = found(await findOwnRental(db, ownerOf(req), id));
    const { today } = await getBilling(db);
    if (!opensUnit(rental, today)) throw new NotFound('The rental opens no unit');
    return showAccessCode(db, req.actor, rental.unit_id);
  });
  const path = `${contextPath(req)}/units/${id}`;
  setFlashData(req, path, sealed.toString('base64url'));
  await seeOther(req, res, path);
});
