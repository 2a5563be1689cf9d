import { Router, type Request, type Response } from 'express';
import {
  MAX_TERMS_LENGTH,
  previewTerms,
  publishTerms,
  termsSchema,
} from '../../domain/terms/terms-actions.ts';
import { termsBlocks } from '../../domain/terms/terms-blocks.ts';
import { findTermsInForce, findTermsVersion, listTermsVersions } from '../../domain/terms/terms-queries.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam, longForm } from '../../http/input.ts';
import { withErrors } from '../form-errors.ts';

export const terms = Router();
terms.param('id', idParam);

terms.get('/', may('terms.publish'), async (req, res) => {
  const [in_force, versions] = await req.readTenant((db) => [findTermsInForce(db), listTermsVersions(db)]);
  res.page('operations/settings/terms/list', {
    title: 'Terms and Conditions',
    in_force,
    blocks: termsBlocks(in_force?.body ?? ''),
    versions,
  });
});

terms.get('/new', may('terms.publish'), (req, res) => showNew(req, res, emptyForm));

terms.post('/preview', may('terms.publish'), longForm(MAX_TERMS_LENGTH), async (req, res) => {
  const form = parseForm(termsSchema, req.body);
  const result = form.ok ? await req.inTenant((db) => previewTerms(db, form.values)) : form;
  if (!result.ok) return showNew(req, res.status(422), withErrors(req.body, result));
  res.page('operations/settings/terms/preview', {
    title: 'Publish version {number}?',
    title_params: { number: result.number },
    number: result.number,
    text: result.body,
    blocks: termsBlocks(result.body),
    asked: result.asked,
  });
});

terms.post('/draft', may('terms.publish'), longForm(MAX_TERMS_LENGTH), (req, res) => {
  const form = parseForm(termsSchema, req.body);
  return showNew(req, res, withErrors(req.body, form.ok ? { errors: [] } : form));
});

// The URL of a submitted form stays in the address bar, where it can be opened as a page.
terms.get(['/preview', '/draft'], may('terms.publish'), (_req, res) =>
  res.redirect(303, '/settings/terms/new'),
);

terms.post('/', may('terms.publish'), longForm(MAX_TERMS_LENGTH), async (req, res) => {
  const form = parseForm(termsSchema, req.body);
  const refused = await createOnce(
    req,
    res,
    'terms_version',
    async (db) => (form.ok ? publishTerms(db, req.actor, form.values) : form),
    ({ number }) => {
      flash(req, res, 'Version {number} is in force. Customers are asked to agree when they next log in.', {
        params: { number },
      });
      return '/settings/terms';
    },
  );
  if (refused) await showNew(req, res.status(422), withErrors(req.body, refused));
});

terms.get('/:id', may('terms.publish'), async (req: Request<{ id: string }>, res) => {
  const [row] = await req.readTenant((db) => [findTermsVersion(db, req.params.id)]);
  const version = found(row);
  res.page('operations/settings/terms/show', {
    title: 'Terms and Conditions, version {number}',
    title_params: { number: version.number },
    version,
    blocks: termsBlocks(version.body),
  });
});

async function showNew(req: Request, res: Response, form: Form): Promise<void> {
  const [in_force] = await req.readTenant((db) => [findTermsInForce(db)]);
  res.page('operations/settings/terms/new', { title: 'Publish a new version', in_force, form });
}
