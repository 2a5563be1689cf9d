import type { TenantDb } from '../../database/tenant-db.ts';
import { Forbidden } from '../../errors.ts';
import { emailNamed, type EmailName } from '../email/email-templates.ts';
import { queueEmail } from '../email/queue-email.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';

/**
 * The mail that staff chose for somebody they made a customer of a company.
 *
 * @throws {Forbidden} where the actor may not send such mails
 */
export async function sendFirstEmail(
  db: TenantDb,
  actor: Actor,
  { template, user, company }: { template: EmailName; user: { id: string; email: string }; company: string },
): Promise<void> {
  if (!actor.permissions.has('users.invite')) throw new Forbidden('users.invite');
  const id = await queueEmail(db, {
    template,
    user_id: user.id,
    audience: 'customer',
    to_address: user.email,
    variables: { inviter_name: actor.name, company_name: company },
    requested_by: actor.id,
  });
  await recordAudit(db, actor, {
    event: 'email.queued',
    target: { type: 'email', id, name: `${emailNamed(template).label} to ${user.email}` },
  });
}
