import { emailTemplate, type TemplateName } from '../domain/email/email-templates.ts';
import { emailLink, MASKED_TOKEN } from '../domain/email/queue-email.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';
import { tokenLifetimes } from '../domain/token/one-time-token.ts';
import { renderEmail, type RenderedEmail } from './render-email.ts';

const DAY = 24 * 60 * 60;

export interface EmailPreview extends RenderedEmail {
  label: string;
  /** The lifetime of the link; null if it does not expire. */
  days: number | null;
}

export function previewEmail(name: TemplateName, tenant: Tenant, inviterName: string): EmailPreview {
  const { label, token, sample } = emailTemplate(name);
  const rendered = renderEmail({
    template: name,
    audience: 'customer',
    locale: tenant.locale,
    tenant,
    first_name: null,
    email: 'name@example.com',
    link: emailLink(name, 'customer', tenant, token && MASKED_TOKEN),
    variables: { ...sample, inviter_name: inviterName },
  });
  return { ...rendered, label, days: token && tokenLifetimes[token] / DAY };
}
