import { Router, type Request, type Response } from 'express';
import { getBilling } from '../../domain/billing/billing-settings.ts';
import { preview } from '../../domain/form/preview.ts';
import { cancelTransfer } from '../../domain/rental/cancel-transfer.ts';
import { reasonSchema } from '../../domain/rental/rental-form.ts';
import { findRental } from '../../domain/rental/rental-queries.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import type { RentalRequest } from './show.ts';

export const rentalTransferCancellation = Router().param('id', idParam);

/** A transfer is that of the rental of the present unit. */
export interface PlannedTransfer {
  rental_id: string;
  /** The page that shows the transfer. */
  path: string;
  /** Of the confirm page. */
  action: string;
  crumbs: readonly ({ href: string } & ({ text: string } | { name: string }))[];
}

rentalTransferCancellation.get(
  '/:id/transfer/cancellation',
  may('rentals.edit'),
  async (req: RentalRequest, res) =>
    showTransferCancellation(req, res, emptyForm, await plannedTransfer(req)),
);

rentalTransferCancellation.post(
  '/:id/transfer/cancellation',
  may('rentals.edit'),
  async (req: RentalRequest, res) => cancelPlannedTransfer(req, res, await plannedTransfer(req)),
);

async function plannedTransfer(req: RentalRequest): Promise<PlannedTransfer> {
  const { id } = req.params;
  const [row] = await req.readTenant((db) => [findRental(db, id)]);
  const path = `/rentals/${id}`;
  const crumbs = [
    { href: '/rentals', text: 'Rentals' },
    { href: path, name: found(row).unit_code },
  ];
  return { rental_id: id, path, action: `${path}/transfer/cancellation`, crumbs };
}

export async function cancelPlannedTransfer(
  req: Request<{ id: string }>,
  res: Response,
  transfer: PlannedTransfer,
): Promise<void> {
  const form = parseForm(reasonSchema, req.body);
  const values = { id: transfer.rental_id, reason: form.ok ? form.values.reason : '' };
  const result = form.ok
    ? await req.inTenant(async (db) => cancelTransfer(db, req.actor, await getBilling(db), values))
    : form;
  if (!result.ok)
    return showTransferCancellation(req, res.status(422), withErrors(req.body, result), transfer);
  const { unit_code, new_unit_code } = result.rental;
  flash(req, res, 'The transfer to {new_unit} is cancelled. The customer stays in {unit}.', {
    params: { unit: unit_code, new_unit: new_unit_code },
  });
  await seeOther(req, res, transfer.path);
}

/** The transfer is cancelled to show what that does, and rolled back. */
export async function showTransferCancellation(
  req: Request<{ id: string }>,
  res: Response,
  form: Form,
  { rental_id, ...links }: PlannedTransfer,
): Promise<void> {
  const result = await req.inTenant(async (db) => {
    const cancelled = await cancelTransfer(db, req.actor, await getBilling(db), {
      id: rental_id,
      reason: '',
    });
    return cancelled.ok ? preview(cancelled) : cancelled;
  });
  const refused = 'preview' in result ? form : withErrors(req.body, result);
  res.page('operations/rentals/transfer-cancellation', {
    title: 'Cancel the transfer?',
    form: refused,
    ...links,
    outcome: 'preview' in result ? result.preview : null,
    currency: req.tenant.currency,
  });
}
