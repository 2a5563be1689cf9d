import { Router, type Request } from 'express';
import { isId } from '../../database/new-id.ts';
import { findCompany } from '../../domain/company/company-queries.ts';
import { selectableTemplates } from '../../domain/email/email-templates.ts';
import { parseEmailAddress } from '../../domain/text/email-address.ts';
import { found, NotFound } from '../../errors.ts';
import { may } from '../../http/guards.ts';
import { allowFrames, sendEmailHtml } from '../../http/security-headers.ts';
import { previewEmail, type EmailPreview } from '../../mail/preview-email.ts';

type TemplateRequest = Request<{ template: string }>;

export const emailPreviews = Router();

emailPreviews.get('/:template', may('companies.edit'), async (req: TemplateRequest, res) => {
  const preview = await renderPreview(req);
  const { template } = req.params;
  const query = req.originalUrl.split('?')[1];
  allowFrames(res);
  res.page('operations/emails/preview', {
    title: 'Preview of {label}',
    title_params: { label: preview.label },
    frame_src: `/emails/preview/${template}/html${query === undefined ? '' : `?${query}`}`,
    ...preview,
  });
});

emailPreviews.get('/:template/html', may('companies.edit'), async (req: TemplateRequest, res) => {
  const { html } = await renderPreview(req);
  sendEmailHtml(res, html, { images: req.tenant.portal_origin });
});

/** Of the email to the customer `username` who is being added to `company`, as far as the query names them. */
async function renderPreview(req: TemplateRequest): Promise<EmailPreview & { label: string }> {
  const offered = selectableTemplates().find(({ value }) => value === req.params.template);
  if (!offered) throw new NotFound('No such email template');
  const { company: id, username } = req.query;
  const email = typeof username === 'string' ? parseEmailAddress(username) : undefined;
  const rendered = previewEmail(offered.value, req.tenant, {
    inviter_name: req.actor.name,
    company_name: id === undefined ? undefined : await findCompanyName(req, id),
    email: email ?? undefined,
  });
  return { ...rendered, label: offered.label };
}

/** @throws {NotFound} if the tenant has no such company */
async function findCompanyName(req: Request, id: unknown): Promise<string> {
  if (!isId(id)) throw new NotFound('No such company');
  const [company] = await req.readTenant((db) => [findCompany(db, id)]);
  return found(company).name;
}
