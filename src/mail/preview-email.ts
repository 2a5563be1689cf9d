import { emailLink, maskLink } from '../domain/email/queue-email.ts';
import { emailTemplate, type TemplateName } from '../domain/email/email-templates.ts';
import { renderEmail, type RenderedEmail } from './render-email.ts';
import { tokenLifetimes } from '../domain/token/one-time-token.ts';
import type { Tenant } from '../domain/tenant/tenant.ts';

const DAY = 24 * 60 * 60;

export interface EmailPreview extends RenderedEmail {
  label: string;
  /** How long its link works; null where it never ends. */
  days: number | null;
}

/** The mail as a customer of this tenant gets it, for somebody whose name is not known yet. */
export async function previewEmail(
  name: TemplateName,
  tenant: Tenant,
  inviterName: string,
): Promise<EmailPreview> {
  const { label, token, sample } = emailTemplate(name);
  const link = emailLink(name, 'customer', tenant, token && 'sample');
  const rendered = await renderEmail({
    template: name,
    audience: 'customer',
    locale: tenant.locale,
    tenant,
    first_name: null,
    email: 'name@example.com',
    link: maskLink(link),
    variables: { ...sample, inviter_name: inviterName },
  });
  return { ...rendered, label, days: token && tokenLifetimes[token] / DAY };
}
