import { Router, type Request, type Response } from 'express';
import { findAgreementFor } from '../../domain/agreement/agreement-queries.ts';
import { agreementLanguage, signatureSchema } from '../../domain/agreement/agreement.ts';
import { findBilling, getBilling } from '../../domain/billing/billing-settings.ts';
import { findOwnRental } from '../../domain/rental/own-rentals.ts';
import { agreementText, findSignedAgreement, signAgreement } from '../../domain/agreement/sign-agreement.ts';
import { termsBlocks } from '../../domain/terms/terms-blocks.ts';
import { Forbidden, found, NotFound } from '../../errors.ts';
import { contextPath, ownerOf } from '../../http/customer-context.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, withErrors, type Form } from '../../http/form.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { localeOf } from '../../http/render-page.ts';
import { seeOther } from '../../http/see-other.ts';
import type { RentalRequest } from './show.ts';

export const unitAgreement = Router({ mergeParams: true }).param('id', idParam);

unitAgreement.get('/:id/agreement', may('units.view'), (req: RentalRequest, res) =>
  showAgreement(req, res, emptyForm),
);

unitAgreement.post('/:id/agreement', may('units.edit'), async (req: RentalRequest, res) => {
  const { id } = req.params;
  const form = parseForm(signatureSchema, req.body);
  const signed = form.ok
    ? await req.inTenant(async (db) => {
        found(await findOwnRental(db, ownerOf(req), id));
        const language = languageOf(req);
        return signAgreement(db, req.actor, await getBilling(db), { id, language, ...form.values });
      })
    : form;
  if (!signed.ok) return showAgreement(req, res.status(422), withErrors(req.body, signed));
  flash(req, res, 'Thank you. The agreement is signed.');
  await seeOther(req, res, `${contextPath(req)}/units/${id}`);
});

async function showAgreement(req: RentalRequest, res: Response, form: Form): Promise<void> {
  const { id } = req.params;
  const [row, agreement, version, billing] = await req.readTenant((db) => [
    findOwnRental(db, ownerOf(req), id),
    findSignedAgreement(db, id),
    findAgreementFor(db, languageOf(req)),
    findBilling(db),
  ]);
  const rental = found(row);
  requirePrice(req);
  if (!agreement && !version) throw new NotFound('The tenant has no agreement');
  const isOpen = rental.status === 'active' || rental.status === 'reserved';
  res.page('account/units/agreement', {
    title: 'Agreement',
    form,
    base: contextPath(req),
    rental,
    agreement,
    version_id: version?.id,
    may_sign: !agreement && isOpen && req.actor.permissions.has('units.edit'),
    blocks: termsBlocks(agreement?.body ?? agreementText(version!, rental, billing)),
  });
}

/** The text states the price and the deposit, which those who sign it must see. @throws {Forbidden} */
function requirePrice({ actor: { permissions } }: RentalRequest): void {
  if (!permissions.has('billing.view') && !permissions.has('units.edit')) throw new Forbidden('billing.view');
}

function languageOf(req: RentalRequest) {
  return agreementLanguage(localeOf(req as Request));
}
