import { emailTemplate, type TemplateName } from '../domain/email/email-templates.ts';
import { emailLink, MASKED_TOKEN } from '../domain/email/queue-email.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import { tokenLifetimes } from '../domain/token/one-time-token.ts';
import { renderEmail, type RenderedEmail } from './render-email.ts';

const DAY = 24 * 60 * 60;

export interface EmailPreview extends RenderedEmail {
  email: string;
  /** The lifetime of the link; null if it does not expire. */
  days: number | null;
}

/** Absent parts are those of a sample. */
export interface PreviewDetails {
  inviter_name: string;
  company_name?: string | undefined;
  email?: string | undefined;
}

export function previewEmail(
  name: TemplateName,
  tenant: Tenant,
  { email = 'name@example.com', company_name, inviter_name }: PreviewDetails,
): EmailPreview {
  const { token, sample } = emailTemplate(name);
  const rendered = renderEmail({
    template: name,
    audience: 'customer',
    locale: tenant.locale,
    tenant,
    first_name: null,
    email,
    link: emailLink(name, 'customer', tenant, token && MASKED_TOKEN),
    variables: { ...sample, ...(company_name !== undefined && { company_name }), inviter_name },
  });
  return { ...rendered, email, days: token && tokenLifetimes[token] / DAY };
}
