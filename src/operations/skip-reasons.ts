import type { SkipReason } from '../domain/bulk-action/bulk-action.ts';

/** English. Why a bulk action does not change a user. */
export const skipReasonTexts: Readonly<Record<SkipReason, string>> = {
  disabled: 'The login is disabled',
  blocked: 'All their companies are blocked',
  already_disabled: 'The login is disabled already',
  already_enabled: 'The login is enabled already',
  active: 'They have a password already',
  not_invited: 'No open invitation',
  no_email: 'No email address',
  just_sent: 'The same email was just sent',
  not_in_company: 'Not in the company',
  company_archived: 'The company is archived',
  has_role: 'They have the role already',
  has_no_role: 'They do not have the role',
};

/** A newer version may have stored a reason that this one does not know. */
export function skipReasonText(reason: string): string {
  return Object.hasOwn(skipReasonTexts, reason) ? skipReasonTexts[reason as SkipReason] : reason;
}
