import * as z from 'zod';
import { pick, selectRow, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found, Forbidden } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import type { AuditEvent } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { email } from '../form/fields.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { findEmail, type EmailDetail } from './email-queries.ts';
import { emailTemplate, tokenPurpose, type TemplateName } from './email-templates.ts';
import { queueEmail } from './queue-email.ts';

export type ResendResult = { ok: true; email_id: string; to_address: string } | RefusedValues;

/**
 * Sends to the user's current address, with a new link.
 *
 * @throws {NotFound} if the tenant has no such email
 * @throws {Forbidden} if it is an email to staff and the actor may not manage the team
 */
export async function resendEmail(db: TenantDb, actor: Actor, emailId: string): Promise<ResendResult> {
  // The lock makes the second click of a double click see the email that the first one queued.
  await selectRow(db.visible('emails').where({ id: emailId }).forUpdate(), pick('emails', 'id'));
  const email = found(await findEmail(db, emailId));
  if (email.audience === 'staff' && !actor.permissions.has('team.edit')) throw new Forbidden('team.edit');
  const user = email.user_id ? await findCurrentAddresses(db, email.user_id) : undefined;
  const { is_billing } = emailTemplate(email.template);
  if (!user && !is_billing) return refuse({ field: 'email', code: 'unknown_recipient' });
  if (email.due_at) return refuse(isPending);
  const error = await findRecentResend(db, email);
  if (error) return refuse(error);

  if (user && !hasRecipient(email)) return refuse({ field: 'email', code: 'unknown_address' });
  const to_address = user ? recipientAddress(email, user) : email.to_address;
  if (!to_address) return refuse({ field: 'email', code: 'no_pending_address' });
  const email_id = queueEmail(db, {
    template: email.template,
    user_id: email.user_id,
    audience: email.audience,
    to_address,
    variables: email.variables,
    requested_by: actor.kind === 'staff' ? actor.id : null,
    resent_from: email.id,
  });
  recordAudit(db, actor, {
    event: 'email.resent',
    target: emailTarget(email_id, email.template, to_address),
  });
  return { ok: true, email_id, to_address };
}

function emailTarget(id: string, template: TemplateName, address: string) {
  return { type: 'email' as const, id, name: `${emailTemplate(template).label} to ${address}` };
}

export function mayResend(
  { permissions }: Actor,
  email: Pick<EmailDetail, 'template' | 'audience' | 'user_id' | 'user_email' | 'due_at'>,
): boolean {
  const isPermitted =
    permissions.has('emails.send') && (email.audience === 'customer' || permissions.has('team.edit'));
  return isPermitted && hasRecipient(email) && email.due_at === null;
}

/** A notice goes to the address to which it was sent first. */
function hasRecipient({
  template,
  user_id,
  user_email,
}: Pick<EmailDetail, 'template' | 'user_id' | 'user_email'>): boolean {
  const { is_billing, is_notice } = emailTemplate(template);
  return user_id === null ? is_billing : is_notice || user_email !== null;
}

const isPending: FieldError = { field: 'email', code: 'email_pending' };

const SECONDS_BETWEEN_RESENDS = 10;

async function findRecentResend(db: TenantDb, { id, user_id }: EmailDetail): Promise<FieldError | undefined> {
  const age = db.raw('now() - created_at < make_interval(secs => ?)', [SECONDS_BETWEEN_RESENDS]);
  const emails = db
    .from('emails')
    .where({ user_id, resent_from: id })
    .where((recent) => recent.whereNotNull('due_at').orWhere(age))
    .orderBy('id', 'desc');
  const recent = await selectRow(emails, {
    ...pick('emails', 'due_at'),
    seconds: db.raw<number>('ceil(? - extract(epoch from now() - created_at))::int', [
      SECONDS_BETWEEN_RESENDS,
    ]),
  });
  if (!recent) return undefined;
  if (recent.due_at) return isPending;
  return { field: 'email', code: 'email_just_resent', params: { count: recent.seconds } };
}

const addressColumns = pick('users', 'email', 'pending_email');

type CurrentAddresses = RowOf<typeof addressColumns>;

async function findCurrentAddresses(db: TenantDb, userId: string): Promise<CurrentAddresses | undefined> {
  return selectRow(db.from('users').where({ id: userId }), addressColumns);
}

function recipientAddress(email: EmailDetail, { email: current, pending_email }: CurrentAddresses) {
  if (tokenPurpose(email.template, email.variables) === 'change_email') return pending_email;
  return emailTemplate(email.template).is_notice ? email.to_address : current;
}

/** The emails that an anonymous user can request, and the event of the request. */
const requestEvents = {
  resetPassword: 'user.password_reset_requested',
  setPassword: 'user.activation_requested',
  accountInvitation: 'user.invitation_requested',
  verifyEmail: 'user.email_verification_requested',
} as const satisfies Partial<Record<TemplateName, AuditEvent>>;

export type RequestableTemplate = keyof typeof requestEvents;

export const addressSchema = z.object({ username: email() });

/** Does not look up the user: the duration must not disclose which addresses have one. */
export async function requestLinkByAddress(
  db: TenantDb,
  actor: Actor,
  template: RequestableTemplate,
  audience: 'customer' | 'staff',
  { username }: z.infer<typeof addressSchema>,
): Promise<void> {
  const isActivation = template === 'setPassword' || template === 'accountInvitation';
  const email_id = queueEmail(db, {
    template,
    audience,
    to_address: username,
    variables: isActivation ? { requested: 'activation' } : {},
  });
  recordAudit(db, actor, {
    event: requestEvents[template],
    target: emailTarget(email_id, template, username),
  });
}
