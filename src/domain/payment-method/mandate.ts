import * as z from 'zod';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { queueBillingEmails } from '../email/queue-billing-emails.ts';
import { line, withoutCardNumber } from '../form/fields.ts';
import type { MethodType } from '../gateway/gateway.ts';
import type { PaymentMethod } from './payment-method-queries.ts';

export const mandateSchema = z.object({ signed_name: withoutCardNumber(line(100)) });

/** Bank accounts are debited with the consent of their holder. */
export function needsMandate(type: MethodType): boolean {
  return type === 'us_bank_account' || type === 'sepa_debit';
}

export interface NewMandate {
  billing_account_id: string;
  payment_method_id: string;
  /** As the customer has read it. */
  text: string;
  locale: string;
  signed_name: string;
}

export async function signMandate(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { billing_account_id, ...mandate }: NewMandate,
): Promise<void> {
  const { ip, user_agent } = actor;
  const { now: signed_at, today } = billing;
  const signature = { signed_by: actor.id!, signed_at, ip, user_agent };
  await db.insertInto('mandates', { id: newId(), billing_account_id, ...mandate, ...signature });
  recordAudit(db, actor, {
    event: 'mandate.signed',
    target: { type: 'payment_method', id: mandate.payment_method_id, name: mandate.signed_name },
  });
  await queueBillingEmails(db, billing, [
    {
      template: 'mandateSigned',
      billing_account_id,
      path: '/billing',
      variables: { body: mandate.text, author: mandate.signed_name, on: today },
    },
  ]);
}

/** With the removal of its method. The row stays. */
export async function revokeMandate(
  db: TenantDb,
  actor: Actor,
  { now }: Pick<Billing, 'now'>,
  { id }: Pick<PaymentMethod, 'id'>,
): Promise<void> {
  const revoked = await db
    .from('mandates')
    .where({ payment_method_id: id, revoked_at: null })
    .update({ revoked_at: now })
    .returning<{ signed_name: string }[]>('signed_name');
  for (const { signed_name } of revoked)
    recordAudit(db, actor, {
      event: 'mandate.revoked',
      target: { type: 'payment_method', id, name: signed_name },
    });
}
