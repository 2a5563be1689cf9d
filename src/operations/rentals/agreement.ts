import { Router, type Response } from 'express';
import { findAgreementFor } from '../../domain/agreement/agreement-queries.ts';
import { agreementLanguage, signatureSchema } from '../../domain/agreement/agreement.ts';
import { agreementText, findSignedAgreement, signAgreement } from '../../domain/agreement/sign-agreement.ts';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { findRental } from '../../domain/rental/rental-queries.ts';
import { termsBlocks } from '../../domain/terms/terms-blocks.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { seeOther } from '../../http/see-other.ts';
import { withErrors } from '../form-errors.ts';
import type { RentalRequest } from './show.ts';

export const rentalAgreement = Router().param('id', idParam);

rentalAgreement.get('/:id/agreement', may('rentals.view'), (req: RentalRequest, res) =>
  showAgreement(req, res, emptyForm),
);

/** The customer signs at the counter. */
rentalAgreement.post('/:id/agreement', may('rentals.edit'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const form = parseForm(signatureSchema, req.body);
  const language = agreementLanguage(req.tenant.locale);
  const result = form.ok
    ? await req.inTenant(async (db) =>
        signAgreement(db, req.actor, await getBilling(db), { id, language, ...form.values }),
      )
    : form;
  if (!result.ok) return showAgreement(req, res.status(422), withErrors(req.body, result));
  flash(req, res, 'The agreement for {unit} is signed.', { params: { unit: result.rental.unit_code } });
  await seeOther(req, res, `/rentals/${id}`);
});

/** What was signed, or what can be signed. */
async function showAgreement(req: RentalRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, billing, signed, version] = await req.readTenant((db) => [
    findRental(db, id),
    findBilling(db),
    findSignedAgreement(db, id),
    findAgreementFor(db, agreementLanguage(req.tenant.locale)),
  ]);
  const rental = found(row);
  const isOpen = rental.status === 'reserved' || rental.status === 'active';
  res.page('operations/rentals/agreement', {
    title: 'Agreement for {unit}',
    title_params: { unit: rental.unit_code },
    form,
    rental,
    signed: signed ?? null,
    version: !signed && isOpen && version ? version : null,
    blocks: termsBlocks(signed?.body ?? (version ? agreementText(version, rental, billing) : '')),
  });
}
