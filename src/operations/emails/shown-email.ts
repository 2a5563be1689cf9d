import type { ListedEmail } from '../../domain/email/email-list.ts';
import { emailTemplate } from '../../domain/email/email-templates.ts';
import { emailBadges } from '../badges.ts';

export function shownEmail(email: ListedEmail) {
  const { label } = emailTemplate(email.template);
  return { ...email, template_label: label, state_badge: emailBadges[email.state] };
}
