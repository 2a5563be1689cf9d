import { Router, type Request, type Response } from 'express';
import { mayResend, resendEmail } from '../../domain/email/email-actions.ts';
import { findEmail } from '../../domain/email/email-queries.ts';
import { emailTemplate } from '../../domain/email/email-templates.ts';
import type { FieldError } from '../../domain/form/parse-values.ts';
import { found } from '../../errors.ts';
import { errorText, errorTexts } from '../../locales/error-texts.ts';
import { flash } from '../../http/flash.ts';
import { may } from '../../http/guards.ts';
import { idParam } from '../../http/input.ts';
import { allowFrames, sendEmailHtml } from '../../http/security-headers.ts';
import { seeOther } from '../../http/see-other.ts';
import { emailBadges } from '../badges.ts';

type EmailRequest = Request<{ id: string }>;

export const email = Router().param('id', idParam);

email.get('/:id', may('emails.view'), (req: EmailRequest, res) => showEmail(req, res, null));

email.get('/:id/html', may('emails.view'), async (req: EmailRequest, res) => {
  const [email] = await req.readTenant((db) => [findEmail(db, req.params.id)]);
  sendEmailHtml(res, found(found(email).html ?? undefined), { images: req.tenant.portal_origin });
});

email.post('/:id/resend', may('emails.send'), async (req: EmailRequest, res) => {
  const result = await req.inTenant((db) => resendEmail(db, req.actor, req.params.id));
  if (!result.ok) return showEmail(req, res.status(422), result.errors[0]!);
  flash(req, res, 'The email has been sent again to {address}.', { params: { address: result.to_address } });
  await seeOther(req, res, `/emails/${result.email_id}`);
});

// A refused form leaves its URL in the address bar, where it can be opened as a page.
email.get('/:id/resend', may('emails.view'), (req: EmailRequest, res) =>
  res.redirect(303, `/emails/${req.params.id}`),
);

async function showEmail(req: EmailRequest, res: Response, error: FieldError | null): Promise<void> {
  const [row] = await req.readTenant((db) => [findEmail(db, req.params.id)]);
  const email = found(row);
  allowFrames(res);
  res.page('operations/emails/show', {
    title: email.subject ?? emailTemplate(email.template).label,
    email,
    template_label: emailTemplate(email.template).label,
    state_badge: emailBadges[email.state],
    is_notice: emailTemplate(email.template).is_notice,
    may_resend: mayResend(req.actor, email),
    problem: error && errorText(error, errorTexts.operations),
    problem_params: error?.params ?? {},
  });
}
