import { Router, type Request } from 'express';
import { previewEmail, type EmailPreview } from '../../mail/preview-email.ts';
import { NotFound } from '../../errors.ts';
import { may } from '../../http/guards.ts';
import { allowMailFrame, sendMailHtml } from '../../http/mail-frame.ts';
import { offeredEmails } from '../../domain/email/email-templates.ts';

type OfTemplate = Request<{ template: string }>;

/** The mails staff choose from, as the customer will see them. */
export const emailPreviews = Router();

emailPreviews.get('/:template', may('companies.edit'), async (req: OfTemplate, res) => {
  const preview = await previewOf(req);
  allowMailFrame(res);
  res.page('operations/emails/preview', {
    title: 'Preview of {label}',
    title_params: { label: preview.label },
    template: req.params.template,
    ...preview,
  });
});

emailPreviews.get('/:template/html', may('companies.edit'), async (req: OfTemplate, res) => {
  sendMailHtml(res, (await previewOf(req)).html);
});

function previewOf(req: OfTemplate): Promise<EmailPreview> {
  const offered = offeredEmails().find(({ value }) => value === req.params.template);
  if (!offered) throw new NotFound('No such mail to choose');
  return previewEmail(offered.value, req.tenant, req.actor.name);
}
