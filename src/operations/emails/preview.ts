import { Router, type Request } from 'express';
import { previewEmail, type EmailPreview } from '../../mail/preview-email.ts';
import { NotFound } from '../../errors.ts';
import { may } from '../../http/guards.ts';
import { allowFrames, sendEmailHtml } from '../../http/security-headers.ts';
import { selectableTemplates } from '../../domain/email/email-templates.ts';

type TemplateRequest = Request<{ template: string }>;

export const emailPreviews = Router();

emailPreviews.get('/:template', may('companies.edit'), (req: TemplateRequest, res) => {
  const preview = renderPreview(req);
  allowFrames(res);
  res.page('operations/emails/preview', {
    title: 'Preview of {label}',
    title_params: { label: preview.label },
    template: req.params.template,
    ...preview,
  });
});

emailPreviews.get('/:template/html', may('companies.edit'), (req: TemplateRequest, res) => {
  sendEmailHtml(res, renderPreview(req).html, { images: req.tenant.portal_origin });
});

function renderPreview(req: TemplateRequest): EmailPreview {
  const offered = selectableTemplates().find(({ value }) => value === req.params.template);
  if (!offered) throw new NotFound('No such mail to choose');
  return previewEmail(offered.value, req.tenant, req.actor.name);
}
