import * as z from 'zod';
import { pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import type { PlatformDb } from '../../database/as-platform.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { translator, type Translate } from '../../locales/translate.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Audience, TemplateName } from '../email/email-templates.ts';
import { companyVariables, queueEmail } from '../email/queue-email.ts';
import { code, refuse, type FieldError } from '../form/parse-values.ts';
import type { EmailAddress } from '../text/email-address.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { lockUser, mintToken } from '../token/one-time-token.ts';
import { findUserForUpdate, listUserCompanies, type User } from './user-queries.ts';
import { displayName, emailOfLogin, hasEmail, userTarget } from './user.ts';

const sendableTemplates = ['resetPassword', 'accountActivation', 'accountInvitation'] as const;

export const userEmailSchema = z.object({ template: z.enum(sendableTemplates, code('required')) });

/** @throws {NotFound} if the tenant has no such customer */
export async function sendUserEmail(
  db: TenantDb,
  actor: Actor,
  id: string,
  { template }: z.infer<typeof userEmailSchema>,
) {
  const user = found(await findUserForUpdate(db, id));
  if (!hasEmail(user)) return refuse(noEmailError(user));
  const error = sendEmailError(user, template);
  if (error) return refuse(error);

  const variables = template === 'resetPassword' ? {} : await invitationVariables(db, actor, user);
  const wait = await queueManualEmail(db, actor, { user, audience: 'customer', template, variables });
  if (wait !== null) return refuse({ field: 'template', code: 'email_just_queued', params: { count: wait } });
  return { ok: true as const, user, template };
}

export function sendEmailError(user: User, template: (typeof sendableTemplates)[number]): FieldError | null {
  if (!hasEmail(user)) return noEmailError(user);
  const params = { user: displayName(user) };
  if (user.status === 'disabled') return { field: 'template', code: 'user_disabled', params };
  if (user.is_blocked) return { field: 'template', code: 'user_blocked', params };
  if (template !== 'resetPassword' && isActive(user))
    return { field: 'template', code: 'user_active', params };
  return null;
}

function noEmailError(user: Pick<User, 'name' | 'email'>): FieldError {
  return { field: 'template', code: 'no_email_address', params: { user: displayName(user) } };
}

function isActive({ access, has_password }: Pick<User, 'access' | 'has_password'>): boolean {
  return access === 'active' || has_password;
}

interface ManualEmail {
  user: { id: string; name: string; email: string };
  audience: Audience;
  template: TemplateName;
  variables?: Record<string, string>;
}

/** Returns null, or the seconds until another email of this template may be queued for the user. */
export async function queueManualEmail(
  db: TenantDb,
  actor: Actor,
  { user, audience, template, variables = {} }: ManualEmail,
): Promise<number | null> {
  const wait = await secondsToWait(db, user.id, template);
  if (wait !== null) return wait;
  queueEmail(db, {
    template,
    user_id: user.id,
    audience,
    to_address: user.email,
    variables,
    requested_by: actor.id,
  });
  recordAudit(db, actor, {
    event: 'email.queued',
    target: userTarget(user),
    changes: { template: [null, template] },
  });
  return null;
}

export function handoverLetter(
  user: Pick<User, 'name' | 'locale' | 'access' | 'has_password'> & { email: string },
  tenant: Pick<Tenant, 'name' | 'locale' | 'portal_origin' | 'reply_to'>,
): string {
  const t = translator(user.locale ?? tenant.locale);
  const words = {
    tenant_name: tenant.name,
    email: user.email,
    login_url: `${tenant.portal_origin}/account/login`,
    billing_url: `${tenant.portal_origin}/account/billing`,
    contact: tenant.reply_to ?? '',
  };
  return [
    user.name ? t('Hi {name},', { name: user.name }) : t('Hello,'),
    '',
    ...(isActive(user) ? wayBack(t, words) : firstSteps(t, words)),
    '',
    t('Your payment details are at {billing_url}', words),
    ...(tenant.reply_to ? [t('If you have questions, contact us at {contact}', words)] : []),
    '',
    tenant.name,
  ].join('\n');
}

function firstSteps(t: Translate, words: Record<string, string>): string[] {
  return [
    t('We have set up your {tenant_name} account. To log in for the first time:', words),
    '',
    t('1. Open {login_url}', words),
    t("2. Choose 'Forgot password?'"),
    t('3. Enter {email}; we will email you a link', words),
    t('4. Choose a password and log in'),
  ];
}

function wayBack(t: Translate, words: Record<string, string>): string[] {
  return [
    t('You can log in to your {tenant_name} account with {email} and your password:', words),
    words['login_url']!,
    '',
    t("If you have forgotten your password, choose 'Forgot password?' on that page."),
  ];
}

const resettableColumns = {
  ...pick('users', 'id', 'audience', 'status', 'name'),
  email: emailOfLogin('users'),
};

export type ResettableUser = RowOf<typeof resettableColumns>;

/** Returns at most two users: a customer and a member of staff may have the same address. */
export async function findUsersByAddress(db: PlatformDb, tenantId: string, address: EmailAddress) {
  return selectRows(db.tenant(tenantId).from('users').where({ email_norm: address }), resettableColumns);
}

/** The link is not emailed: an operator hands it over. */
export async function issueResetLink(db: PlatformDb, actor: Actor, tenantId: string, user: ResettableUser) {
  const tenantDb = db.tenant(tenantId);
  lockUser(tenantDb, user.id);
  const minted = await mintToken(tenantDb, {
    user_id: user.id,
    purpose: 'reset_password',
    sent_to: user.email,
  });
  recordAudit(tenantDb, actor, {
    event: 'user.reset_link_issued',
    target: userTarget(user),
  });
  return minted;
}

async function invitationVariables(db: TenantDb, actor: Actor, user: User): Promise<Record<string, string>> {
  const companies = await listUserCompanies(db, user.id);
  const [company, ...others] = companies;
  return {
    inviter_name: actor.name,
    ...(company && others.length === 0 && companyVariables(company)),
  };
}

export const SECONDS_BETWEEN_EMAILS = 30;

async function secondsToWait(db: TenantDb, userId: string, template: TemplateName): Promise<number | null> {
  const emails = db
    .from('emails')
    .where({ user_id: userId, template })
    .whereIn('state', ['queued', 'deferred', 'accepted', 'delivered'])
    .whereRaw('now() - created_at < make_interval(secs => ?)', [SECONDS_BETWEEN_EMAILS])
    .orderBy('id', 'desc');
  const latest = await selectRow(emails, {
    seconds: db.raw<number>('ceil(? - extract(epoch from now() - created_at))::int', [
      SECONDS_BETWEEN_EMAILS,
    ]),
  });
  return latest?.seconds ?? null;
}
