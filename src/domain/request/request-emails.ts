import type { TenantDb } from '../../database/tenant-db.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { queueRequesterEmail, type Address } from '../email/queue-billing-emails.ts';
import type { CustomerRequest } from './request-queries.ts';

/** Undefined without an email address. */
export function addressOf({ user_id, user_email }: CustomerRequest): Address | undefined {
  return user_email === null ? undefined : { user_id, to_address: user_email };
}

/** With a link to the unit, or to the profile of a person who asked for another name. */
export function emailRequester(
  db: TenantDb,
  billing: Pick<Billing, 'sends_emails'>,
  template: 'requestReceived' | 'requestDeclined',
  request: CustomerRequest,
  variables: Record<string, string> = {},
): void {
  const asked_by = addressOf(request);
  if (!asked_by) return;
  const { rental_id, unit_code, wanted_on, company_id, company_name } = request;
  queueRequesterEmail(db, billing, {
    template,
    asked_by,
    company: company_id === null ? null : { id: company_id, name: company_name! },
    path: rental_id === null ? '/profile' : `/units/${rental_id}`,
    variables: {
      ...variables,
      ...(unit_code !== null && { unit_code }),
      ...(wanted_on !== null && { on: wanted_on }),
    },
  });
}
