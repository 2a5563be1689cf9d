import { column, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudits } from '../audit/record-audit.ts';
import type { TemplateName } from '../email/email-templates.ts';
import { companyVariables, queueEmails } from '../email/queue-email.ts';
import { SECONDS_BETWEEN_EMAILS } from '../user/user-emails.ts';
import { hasEmail, userTarget } from '../user/user.ts';
import type { SelectedUser, SkipReason, StoredOptions } from './bulk-action.ts';

type EmailOptions = Extract<StoredOptions, { action: 'send-invitation' | 'send-message' }>;

/** Of one bulk action. Later emails are due in later minutes. */
export const EMAILS_PER_MINUTE = 3_000;

/** An email of the template is on its way. */
export async function emailReasons(
  db: TenantDb,
  template: TemplateName,
  users: readonly SelectedUser[],
): Promise<[string, SkipReason][]> {
  const emails = db
    .from('emails')
    .where({ template })
    .whereRaw('user_id = any(?::uuid[])', [users.map(({ id }) => id)])
    .where((recent) =>
      recent
        .whereNotNull('due_at')
        .orWhereRaw('now() - created_at < make_interval(secs => ?)', [SECONDS_BETWEEN_EMAILS]),
    );
  const rows = await selectRows(emails, { user_id: column('emails', 'user_id') });
  return rows.map(({ user_id }) => [user_id!, 'just_sent']);
}

/** `done` rows of the bulk action came before. */
export async function sendEmails(
  db: TenantDb,
  actor: Actor,
  options: EmailOptions,
  users: readonly SelectedUser[],
  done: number,
): Promise<void> {
  const recipients = users.filter(hasEmail);
  const isMessage = options.action === 'send-message';
  const template = isMessage ? 'message' : options.template;
  const companies = isMessage ? new Map() : await listOnlyCompanies(db, users);
  const minutes = Math.floor(done / EMAILS_PER_MINUTE);
  const due_at = db.raw<Date>('now() + make_interval(mins => ?)', [minutes]);
  const shared = isMessage ? { subject: options.subject, body: options.text } : { inviter_name: actor.name };
  await queueEmails(
    db,
    recipients.map(({ id, email }) => ({
      template,
      user_id: id,
      audience: 'customer',
      to_address: email,
      variables: { ...shared, ...companies.get(id) },
      requested_by: actor.id,
    })),
    due_at,
  );
  recordAudits(
    db,
    actor,
    users.map((user) => ({
      event: 'email.queued',
      target: userTarget(user),
      changes: { template: [null, template] },
    })),
  );
}

/** The variables of an invitation, by the ids of users who belong to one company. */
async function listOnlyCompanies(db: TenantDb, users: readonly SelectedUser[]) {
  const memberships = db
    .visible('memberships as m')
    .join('companies as c', { 'c.tenant_id': 'm.tenant_id', 'c.id': 'm.company_id' })
    .whereRaw('m.user_id = any(?::uuid[])', [users.map(({ id }) => id)]);
  const rows = await selectRows(memberships, {
    user_id: column('memberships as m', 'user_id'),
    id: column('companies as c', 'id'),
    name: column('companies as c', 'name'),
  });
  const companies = new Map<string, Record<string, string>>();
  for (const { user_id, ...company } of rows)
    companies.set(user_id, companies.has(user_id) ? {} : companyVariables(company));
  return companies;
}
