import { inTenant } from '../../src/database/in-tenant.ts';
import type { TemplateName } from '../../src/domain/email/email-templates.ts';
import { queueEmail } from '../../src/domain/email/queue-email.ts';
import type { TestTenant } from '../support/factories.ts';
import type { Mail } from '../support/mailbox.ts';
import type { TestPortal } from '../support/portal.ts';

/** A mail that staff sent to a customer, as it arrived. */
export async function mailed(
  portal: TestPortal,
  tenant: TestTenant,
  person: { id: string; email: string },
  template: TemplateName,
  variables: Record<string, string> = {},
): Promise<Mail> {
  const mail = { template, variables, user_id: person.id, audience: 'customer', to_address: person.email };
  await inTenant(portal.database, tenant.id, (db) => queueEmail(db, { ...mail, audience: 'customer' }));
  await portal.runMail();
  return portal.mailbox.next(person.email);
}

/** A row of `users` as it is now. */
export async function userRow(portal: TestPortal, id: string): Promise<Record<string, unknown>> {
  const { rows } = await portal.owner.query('select * from users where id = $1', [id]);
  return rows[0] as Record<string, unknown>;
}

/** What the audit log holds about somebody, oldest first. */
export async function auditOf(portal: TestPortal, userId: string): Promise<string[]> {
  const { rows } = await portal.owner.query(
    'select event from audit_events where target_id = $1 order by at, id',
    [userId],
  );
  return (rows as { event: string }[]).map(({ event }) => event);
}
