import { setTimeout as delay } from 'node:timers/promises';
import { inTenant } from '../../src/database/in-tenant.ts';
import type { EmailState } from '../../src/domain/email/email-queries.ts';
import type { TemplateName } from '../../src/domain/email/email-templates.ts';
import { queueEmail } from '../../src/domain/email/queue-email.ts';
import type { TestPerson, TestTenant } from './factories.ts';
import type { Mail } from './mailbox.ts';
import type { TestPortal } from './portal.ts';

/** Runs SQL as the owner of the database, across tenants. */
export async function sql<Row extends object = Record<string, unknown>>(
  portal: TestPortal,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return (await portal.owner.query<Row>(text, [...values])).rows;
}

/** Resolves when this many statements wait for a lock. */
export async function untilBlocked(portal: TestPortal, statements = 1): Promise<void> {
  const text = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await sql(portal, text)).length < statements) await delay(20);
}

export async function roleId(
  portal: TestPortal,
  { id }: Pick<TestTenant, 'id'>,
  audience: 'customer' | 'staff',
  code: string,
): Promise<string> {
  const text = 'select id from roles where tenant_id = $1 and audience = $2 and code = $3';
  return (await sql<{ id: string }>(portal, text, [id, audience, code]))[0]!.id;
}

/** Queues an email to a customer and returns its id. With an outcome it is not sent. */
export async function queueTestEmail(
  portal: TestPortal,
  tenant: Pick<TestTenant, 'id'>,
  person: Pick<TestPerson, 'id' | 'email'>,
  outcome?: { state: EmailState; reason: string },
): Promise<string> {
  return inTenant(portal.database, tenant.id, async (db) => {
    const id = queueEmail(db, {
      template: 'resetPassword',
      user_id: person.id,
      audience: 'customer',
      to_address: person.email,
    });
    if (id === null) throw new Error(`No email was queued to ${person.email}`);
    if (outcome)
      await db
        .from('emails')
        .where({ id })
        .update({ ...outcome, due_at: null });
    return id;
  });
}

/** Queues an email to a customer, delivers it and returns what arrived. */
export async function receiveEmail(
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

export async function userRow(portal: TestPortal, id: string): Promise<Record<string, unknown>> {
  return (await sql(portal, 'select * from users where id = $1', [id]))[0]!;
}
