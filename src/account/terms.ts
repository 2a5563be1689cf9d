import { Router } from 'express';
import { z } from 'zod';
import { checkbox } from '../domain/form/fields.ts';
import { emptyForm, parseForm, refuse, type Form } from '../domain/form/parse-form.ts';
import { acceptTerms } from '../domain/terms/terms-actions.ts';
import { findTermsInForce } from '../domain/terms/terms-queries.ts';
import { anyone, signedInBeforeTerms } from '../http/guards.ts';
import { seeOther } from '../http/see-other.ts';
import type { Request, Response } from 'express';

export const terms = Router();

const agreementForm = z.object({ accept_terms: checkbox() });

terms.get('/', anyone, async (req, res) => {
  const [inForce] = await req.readTenant((db) => [findTermsInForce(db)]);
  res.page('account/terms', {
    title: 'Terms and Conditions',
    is_bare: true,
    is_wide: true,
    number: inForce?.number ?? null,
    published_at: inForce?.published_at ?? null,
    body_text: inForce?.body ?? '',
  });
});

terms.get('/agreement', signedInBeforeTerms, async (req, res) => {
  if (!req.signIn?.is_terms_pending) return res.redirect(303, '/account');
  await showAgreement(req, res, emptyForm);
});

terms.post('/agreement', signedInBeforeTerms, async (req, res) => {
  const parsed = parseForm(agreementForm, req.body);
  if (!parsed.ok || !parsed.values.accept_terms) {
    const text = 'Agree to the Terms and Conditions to continue';
    return showAgreement(req, res.status(422), refuse(req.body, { accept_terms: { text } }).form);
  }
  const { id, name, email } = req.user!;
  await req.inTenant((db) => acceptTerms(db, req.actor, { id, name: name || email }));
  await seeOther(req, res, '/account');
});

async function showAgreement(req: Request, res: Response, form: Form): Promise<void> {
  const [inForce] = await req.readTenant((db) => [findTermsInForce(db)]);
  res.page('account/terms-agreement', {
    title: 'Terms and Conditions',
    is_bare: true,
    is_wide: true,
    form,
    body_text: inForce?.body ?? '',
  });
}
