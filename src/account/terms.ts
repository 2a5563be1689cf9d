import { Router, type Request, type Response } from 'express';
import * as z from 'zod';
import { checkbox, text } from '../domain/form/fields.ts';
import type { ErrorDetails } from '../domain/form/parse-values.ts';
import { acceptTerms } from '../domain/terms/terms-actions.ts';
import { termsBlocks } from '../domain/terms/terms-blocks.ts';
import { findTermsInForce } from '../domain/terms/terms-queries.ts';
import { displayName } from '../domain/user/user.ts';
import { emptyForm, parseForm, withErrors, type Form } from '../http/form.ts';
import { anyone, atTermsStep } from '../http/guards.ts';
import { seeOther } from '../http/see-other.ts';

export const terms = Router();

/** `number` is the terms version that the page has shown. */
const agreementForm = z.object({ accept_terms: checkbox(), number: text() });

terms.get('/', anyone, async (req, res) => {
  const [inForce] = await req.readTenant((db) => [findTermsInForce(db)]);
  res.page('account/terms', {
    title: 'Terms and Conditions',
    is_bare: true,
    is_wide: true,
    number: inForce?.number ?? null,
    published_at: inForce?.published_at ?? null,
    blocks: termsBlocks(inForce?.body ?? ''),
  });
});

terms.get('/agreement', atTermsStep, async (req, res) => {
  await showAgreement(req, res, emptyForm);
});

terms.post('/agreement', atTermsStep, async (req, res) => {
  const parsed = parseForm(agreementForm, req.body);
  const refused = (error: ErrorDetails) =>
    showAgreement(req, res.status(422), withErrors({}, { errors: [{ field: 'accept_terms', ...error }] }));
  if (!parsed.ok || !parsed.values.accept_terms) return refused({ code: 'terms_not_accepted' });
  const user = req.user!;
  const { number } = parsed.values;
  const accepted = await req.inTenant((db) =>
    acceptTerms(db, req.actor, { id: user.id, name: displayName(user) }, number),
  );
  if (!accepted.ok) return refused(accepted.errors[0]!);
  await seeOther(req, res, '/account');
});

async function showAgreement(req: Request, res: Response, form: Form): Promise<void> {
  const [inForce] = await req.readTenant((db) => [findTermsInForce(db)]);
  res.page('account/terms-agreement', {
    title: 'Terms and Conditions',
    is_bare: true,
    is_wide: true,
    form,
    number: inForce?.number ?? '',
    blocks: termsBlocks(inForce?.body ?? ''),
  });
}
