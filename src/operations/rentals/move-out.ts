import { Router, type Response } from 'express';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { billedRentalReads, toRentalsToBill } from '../../domain/rental/billed-rentals.ts';
import { refuse } from '../../domain/form/parse-values.ts';
import { settleEndedRental } from '../../domain/rental/deposit.ts';
import { calculateMoveOut, completeMoveOut } from '../../domain/rental/move-out.ts';
import { depositSchema, moveOutSchema } from '../../domain/rental/rental-form.ts';
import { findRental } from '../../domain/rental/rental-queries.ts';
import { readBilledLines } from '../../domain/rental/billed-lines.ts';
import { findUsableTaxRate, listTaxRates, taxRateError } from '../../domain/tax-rate/tax-rate-queries.ts';
import { Forbidden, found } from '../../errors.ts';
import { sendAfterCommit } from '../../domain/payment/refund-actions.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { taxRateOptions } from '../tax-rate-options.ts';
import { heldOf, type RentalRequest } from './show.ts';

export const rentalMoveOut = Router().param('id', idParam);

rentalMoveOut.get('/:id/move-out', may('rentals.edit'), (req: RentalRequest, res) =>
  showMoveOut(req, res, emptyForm),
);

rentalMoveOut.post('/:id/move-out', may('rentals.edit'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const form = parseForm(moveOutSchema(req.tenant.currency), req.body);
  const result = form.ok
    ? await req.inTenant(async (db) => {
        const { kept_tax_rate_id, ...given } = form.values;
        if (given.is_refunded) mayRefund(req);
        const error = await taxRateError(db, kept_tax_rate_id, 'kept_tax_rate_id');
        if (error) return refuse(error);
        const values = { ...given, kept_tax_rate: await findUsableTaxRate(db, kept_tax_rate_id) };
        const ended = await completeMoveOut(db, req.actor, await getBilling(db), { id, ...values });
        if (ended.ok) sendAfterCommit(db, req.chargeDeps, req.tenant.id, ended.refund_ids);
        return ended;
      })
    : form;
  if (!result.ok) return showMoveOut(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The customer has moved out of {unit}.', { params: { unit: result.rental.unit_code } });
  await seeOther(req, res, `/rentals/${id}`);
});

/** @throws {Forbidden} */
function mayRefund({ actor }: RentalRequest): void {
  if (!actor.permissions.has('payments.refund')) throw new Forbidden('payments.refund');
}

async function showMoveOut(req: RentalRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, billing, bills, prices, charges, lines, rates] = await req.readTenant((db) => [
    findRental(db, id),
    findBilling(db),
    ...billedRentalReads(db, [id]),
    readBilledLines(db, id),
    listTaxRates(db),
  ]);
  const rental = found(row);
  if (rental.status !== 'active' || rental.ends_on === null) return seeOther(req, res, `/rentals/${id}`);
  const [toBill] = toRentalsToBill(bills, prices, charges);
  res.page('operations/rentals/move-out', {
    title: 'Complete the move-out of {unit}',
    title_params: { unit: rental.unit_code },
    form,
    rental,
    quote: calculateMoveOut(billing, toBill!, lines, rental.ends_on),
    held_cents: heldOf(rental),
    tax_rates: taxRateOptions(rates),
  });
}

rentalMoveOut.get('/:id/deposit', may('rentals.edit'), (req: RentalRequest, res) =>
  showDeposit(req, res, emptyForm),
);

rentalMoveOut.post('/:id/deposit', may('rentals.edit'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const form = parseForm(depositSchema(req.tenant.currency), req.body);
  const result = form.ok
    ? await req.inTenant(async (db) => {
        const { kept_tax_rate_id, ...given } = form.values;
        if (given.is_refunded) mayRefund(req);
        const error = await taxRateError(db, kept_tax_rate_id, 'kept_tax_rate_id');
        if (error) return refuse(error);
        const values = { ...given, kept_tax_rate: await findUsableTaxRate(db, kept_tax_rate_id) };
        const settled = await settleEndedRental(db, req.actor, await getBilling(db), { id, ...values });
        if (settled.ok) sendAfterCommit(db, req.chargeDeps, req.tenant.id, settled.refund_ids);
        return settled;
      })
    : form;
  if (!result.ok) return showDeposit(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The deposit of {unit} is settled.', { params: { unit: result.rental.unit_code } });
  await seeOther(req, res, `/rentals/${id}`);
});

async function showDeposit(req: RentalRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, rates] = await req.readTenant((db) => [findRental(db, id), listTaxRates(db)]);
  const rental = found(row);
  const isOpen = rental.status === 'ended' && rental.deposit_settled_on === null;
  if (!isOpen) return seeOther(req, res, `/rentals/${id}`);
  res.page('operations/rentals/deposit', {
    title: 'Settle the deposit of {unit}',
    title_params: { unit: rental.unit_code },
    form,
    rental,
    held_cents: heldOf(rental),
    tax_rates: taxRateOptions(rates),
  });
}
