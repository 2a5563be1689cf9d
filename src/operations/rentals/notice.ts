import { Router, type Response } from 'express';
import { findBilling, getBilling, type Billing } from '../../domain/billing/billing-settings.ts';
import { isCivilDate, type CivilDate } from '../../domain/billing/civil-date.ts';
import { refuse } from '../../domain/form/parse-values.ts';
import { billedRentalReads, toRentalsToBill } from '../../domain/rental/billed-rentals.ts';
import { calculateMoveOut } from '../../domain/rental/move-out.ts';
import { giveNotice, noticeError, withdrawNotice } from '../../domain/rental/notice.ts';
import { noticeSchema } from '../../domain/rental/rental-form.ts';
import { findRental, type RentalDetail } from '../../domain/rental/rental-queries.ts';
import { readBilledLines } from '../../domain/rental/billed-lines.ts';
import { earliestMoveOut } from '../../domain/request/request.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import { heldOf, type RentalRequest } from './show.ts';

export const rentalNotice = Router().param('id', idParam);

rentalNotice.get('/:id/notice', may('rentals.edit'), (req: RentalRequest, res) =>
  showNotice(req, res, emptyForm),
);

rentalNotice.post('/:id/notice', may('rentals.edit'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const form = parseForm(noticeSchema, req.body, { others: ['shown'] });
  if (!form.ok) return showNotice(req, res.status(422), withErrors(req.body, form));
  const { ends_on } = form.values;
  const isShown = submittedText(req.body, 'shown') === ends_on;
  const result = await req.inTenant(async (db) => {
    const billing = await getBilling(db);
    if (isShown) return giveNotice(db, req.actor, billing, { id, ends_on });
    const error = noticeError(billing, found(await findRental(db, id)), ends_on);
    return refuse(...(error ? [error] : []));
  });
  if (!result.ok) {
    const { length } = result.errors;
    return showNotice(req, res.status(length > 0 ? 422 : 200), withErrors(req.body, result));
  }
  flash(req, res, 'The last day in {unit} is set.', { params: { unit: result.rental.unit_code } });
  await seeOther(req, res, `/rentals/${id}`);
});

/** With the sums of the day that was entered, or of the earliest that customers may ask for. */
async function showNotice(req: RentalRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, billing, bills, prices, charges, lines] = await req.readTenant((db) => [
    findRental(db, id),
    findBilling(db),
    ...billedRentalReads(db, [id]),
    readBilledLines(db, id),
  ]);
  const rental = found(row);
  if (rental.status !== 'active' || rental.ends_on !== null) return seeOther(req, res, `/rentals/${id}`);
  const shown = shownDay(billing, rental, form);
  const [toBill] = toRentalsToBill(bills, prices, charges);
  res.page('operations/rentals/notice', {
    title: 'Give notice for {unit}',
    title_params: { unit: rental.unit_code },
    form,
    rental,
    today: billing.today,
    notice_days: billing.notice_days,
    shown,
    quote: calculateMoveOut(billing, toBill!, lines, shown),
    held_cents: heldOf(rental),
  });
}

function shownDay(billing: Billing, rental: RentalDetail, { values }: Form): CivilDate {
  const day = String(values['ends_on'] ?? '');
  const isPossible = isCivilDate(day) && noticeError(billing, rental, day) === undefined;
  return isPossible ? day : earliestMoveOut(billing, rental);
}

rentalNotice.get('/:id/notice/withdrawal', may('rentals.edit'), async (req: RentalRequest, res) =>
  showWithdrawal(req, res, emptyForm),
);

rentalNotice.post('/:id/notice/withdrawal', may('rentals.edit'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const result = await req.inTenant(async (db) => withdrawNotice(db, req.actor, await getBilling(db), id));
  if (!result.ok) return showWithdrawal(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The rental of {unit} goes on.', { params: { unit: result.rental.unit_code } });
  await seeOther(req, res, `/rentals/${id}`);
});

async function showWithdrawal(req: RentalRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row] = await req.readTenant((db) => [findRental(db, id)]);
  const rental = found(row);
  if (rental.status !== 'active' || rental.ends_on === null) return seeOther(req, res, `/rentals/${id}`);
  res.page('operations/rentals/notice-withdrawal', {
    title: 'Withdraw the notice for {unit}?',
    title_params: { unit: rental.unit_code },
    form,
    field_ids: { ends_on: 'withdrawal' },
    rental,
  });
}
