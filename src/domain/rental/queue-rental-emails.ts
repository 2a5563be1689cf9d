import type { TenantDb } from '../../database/tenant-db.ts';
import type { Billing } from '../billing/billing-settings.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import type { TemplateName } from '../email/email-templates.ts';
import { queueBillingEmails, type Address } from '../email/queue-billing-emails.ts';

export interface EmailedRental {
  id: string;
  billing_account_id: string;
  unit_code: string;
  /** The day that the email names. */
  on?: CivilDate | null;
  asked_by?: Address | undefined;
}

/** Emails the customers of the rentals, with a link to the unit. */
export async function queueRentalEmails(
  db: TenantDb,
  billing: Pick<Billing, 'sends_emails'>,
  template: TemplateName,
  rentals: readonly EmailedRental[],
  variables: Record<string, string> = {},
): Promise<void> {
  const emails = rentals.map(({ id, billing_account_id, unit_code, on, asked_by }) => ({
    template,
    billing_account_id,
    path: `/units/${id}`,
    asked_by,
    variables: { ...variables, unit_code, ...(on && { on }) },
  }));
  await queueBillingEmails(db, billing, emails);
}
