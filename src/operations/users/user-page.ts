import type { Request, Response } from 'express';
import { auditEvents } from '../../domain/audit/audit-events.ts';
import { customFieldName, type CustomField } from '../../domain/custom-field/custom-field.ts';
import { listAnsweredCustomFields } from '../../domain/custom-field/custom-field-queries.ts';
import { listEmails } from '../../domain/email/email-queries.ts';
import { emptyForm, type Form } from '../../domain/form/parse-form.ts';
import { accessState, accessTone } from '../../domain/user/access-state.ts';
import { loginLetter } from '../../domain/user/login-letter.ts';
import { whyNotSend } from '../../domain/user/send-user-email.ts';
import { isInvited } from '../../domain/user/user-actions.ts';
import {
  findUser,
  listUserCompanies,
  listUserHistory,
  type User,
  type UserHistoryEntry,
} from '../../domain/user/user-queries.ts';
import { found } from '../../errors.ts';
import { takeOnce } from '../../http/once.ts';
import { emailNamed, isEmailName } from '../../domain/email/email-templates.ts';

/** The main page of a customer; with the form that was refused when one of its buttons was. */
export async function showUser(
  req: Request,
  res: Response,
  id: string,
  form: Form = emptyForm,
): Promise<void> {
  const [person, custom_fields, companies, emails, history] = await req.readTenant((db) => [
    findUser(db, id),
    listAnsweredCustomFields(db, id),
    listUserCompanies(db, id),
    listEmails(db, { user_id: id }).limit(5),
    listUserHistory(db, id),
  ]);
  const user = found(person);
  res.page('operations/users/show', {
    title: user.name || user.email,
    form,
    field_ids: { template: 'actions' },
    ...details(user),
    custom_fields,
    companies,
    emails: emails.map((email) => ({ ...email, label: emailNamed(email.template).label })),
    history: history.map((entry) => inWords(entry, custom_fields)),
    letter: loginLetter(user, req.tenant),
    is_new: takeOnce(req, 'letter') === id,
  });
}

function inWords(entry: UserHistoryEntry, customFields: readonly CustomField[]) {
  const fields = Object.entries(entry.changes).map(([name, change]) => wordsOf(name, change, customFields));
  return { ...entry, label: auditEvents[entry.event], fields };
}

/** How staff know what the audit log names: fields by their titles, mails by theirs. */
function wordsOf(name: string, change: unknown, customFields: readonly CustomField[]): string {
  const after = Array.isArray(change) ? String(change[1]) : '';
  if (name === 'template' && isEmailName(after)) return emailNamed(after).label;
  const custom = customFields.find((field) => customFieldName(field) === name);
  const words = name.replaceAll('_', ' ');
  return custom?.title ?? words.charAt(0).toUpperCase() + words.slice(1);
}

function details(user: User) {
  const access = accessState(user);
  return {
    id: user.id,
    user_name: user.name,
    email: user.email,
    pending_email: user.pending_email,
    phone: user.phone,
    user_locale: user.locale,
    is_enabled: user.status === 'enabled',
    is_verified: user.email_verified_at !== null,
    access,
    access_tone: accessTone(access),
    access_expires_at: user.access_expires_at,
    may_reset: whyNotSend(user, 'resetPassword') === null,
    may_activate: whyNotSend(user, 'accountActivation') === null,
    is_invited: isInvited(user),
    last_login_at: user.last_login_at,
    created_at: user.created_at,
  };
}
