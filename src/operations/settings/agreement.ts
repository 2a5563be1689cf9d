import { Router, type Request, type Response } from 'express';
import { checkAgreement, publishAgreement } from '../../domain/agreement/agreement-actions.ts';
import {
  findAgreementInForce,
  findAgreementVersion,
  listAgreementVersions,
} from '../../domain/agreement/agreement-queries.ts';
import {
  agreementLanguages,
  agreementSchema,
  fillAgreement,
  MAX_AGREEMENT_LENGTH,
  placeholders,
  type AgreementLanguage,
  type AgreementValues,
} from '../../domain/agreement/agreement.ts';
import { defaultAgreement } from '../../domain/agreement/default-agreement.ts';
import { termsBlocks } from '../../domain/terms/terms-blocks.ts';
import { found } from '../../errors.ts';
import { flash } from '../../http/flash.ts';
import { emptyForm, parseForm, submittedText, type Form } from '../../http/form.ts';
import { createOnce } from '../../http/form-key.ts';
import { may } from '../../http/guards.ts';
import { idParam, longForm } from '../../http/input.ts';
import { formatters, staffLocale } from '../../locales/locales.ts';
import { withErrors } from '../form-errors.ts';

export const agreement = Router();
agreement.param('id', idParam);

const languageNames: Record<AgreementLanguage, string> = { en: 'English', ar: 'العربية' };

agreement.get('/', may('billing_settings.edit'), async (req, res) => {
  const [versions] = await req.readTenant((db) => [listAgreementVersions(db)]);
  res.page('operations/settings/agreement/list', {
    title: 'Agreement',
    languages: agreementLanguages.map((language) => ({
      language,
      language_name: languageNames[language],
      versions: versions.filter(({ locale }) => locale === language),
    })),
  });
});

agreement.get('/new', may('billing_settings.edit'), (req, res) => {
  const language = agreementLanguages.find((each) => each === req.query['language']) ?? 'en';
  return showNew(req, res, language, emptyForm);
});

agreement.post('/preview', may('billing_settings.edit'), longForm(MAX_AGREEMENT_LENGTH), async (req, res) => {
  const form = parseForm(agreementSchema, req.body);
  const result = form.ok ? await req.inTenant((db) => checkAgreement(db, form.values)) : form;
  if (!result.ok) return showNew(req, res.status(422), languageOf(req), withErrors(req.body, result));
  const { language, body, number } = result;
  res.page('operations/settings/agreement/preview', {
    title: 'Publish version {number}?',
    title_params: { number },
    number,
    language,
    language_name: languageNames[language],
    text: body,
    blocks: termsBlocks(fillAgreement(body, exampleValues(req))),
  });
});

agreement.post('/draft', may('billing_settings.edit'), longForm(MAX_AGREEMENT_LENGTH), (req, res) => {
  const form = parseForm(agreementSchema, req.body);
  return showNew(req, res, languageOf(req), withErrors(req.body, form.ok ? { errors: [] } : form));
});

// The URL of a submitted form stays in the address bar, where it can be opened as a page.
agreement.get(['/preview', '/draft'], may('billing_settings.edit'), (_req, res) =>
  res.redirect(303, '/settings/agreement/new'),
);

agreement.post('/', may('billing_settings.edit'), longForm(MAX_AGREEMENT_LENGTH), async (req, res) => {
  const form = parseForm(agreementSchema, req.body);
  const refused = await createOnce(
    req,
    res,
    'agreement_version',
    async (db) => (form.ok ? publishAgreement(db, req.actor, form.values) : form),
    ({ number }) => {
      flash(req, res, 'Version {number} is in force. Later agreements use it.', {
        params: { number },
      });
      return '/settings/agreement';
    },
  );
  if (refused) await showNew(req, res.status(422), languageOf(req), withErrors(req.body, refused));
});

agreement.get('/:id', may('billing_settings.edit'), async (req: Request<{ id: string }>, res) => {
  const [row] = await req.readTenant((db) => [findAgreementVersion(db, req.params.id)]);
  const version = found(row);
  res.page('operations/settings/agreement/show', {
    title: 'Agreement, version {number}',
    title_params: { number: version.number },
    version,
    language_name: languageNames[version.locale as AgreementLanguage],
    blocks: termsBlocks(version.body),
  });
});

async function showNew(req: Request, res: Response, language: AgreementLanguage, form: Form): Promise<void> {
  const [in_force] = await req.readTenant((db) => [findAgreementInForce(db, language)]);
  res.page('operations/settings/agreement/new', {
    title: 'Publish a new version',
    language,
    language_name: languageNames[language],
    text: in_force?.body ?? defaultAgreement[language],
    placeholders: placeholders.map((name) => `{{${name}}}`),
    form,
  });
}

/** Of a submitted form, also of a refused one. */
function languageOf(req: Request): AgreementLanguage {
  const language = submittedText(req.body, 'language');
  return agreementLanguages.find((each) => each === language) ?? 'en';
}

function exampleValues({ tenant, user }: Request): AgreementValues {
  const { formatMoney, formatDay } = formatters(staffLocale(tenant.locale), tenant.time_zone);
  return {
    customer: user?.name ?? '',
    unit: 'U12',
    site: 'North',
    price: formatMoney(120_00n, tenant.currency),
    deposit: formatMoney(100_00n, tenant.currency),
    start: formatDay('2026-01-31'),
    tenant: tenant.name,
  };
}
