import type { Request } from 'express';
import type { Billing } from '../../../domain/billing/billing-settings.ts';
import { translateFor } from '../../../http/render-page.ts';

/** What is signed. It is stored as it was read. */
export function mandateText(req: Request, { seller }: Billing): string {
  const t = translateFor(req);
  const { contact_email, contact_phone } = req.tenant;
  const contact = [contact_email, contact_phone].filter(Boolean).join(' · ') || seller.name;
  const params = { tenant: seller.name, contact };
  return [
    t('I authorise {tenant} to debit the bank account that I enter on the next page.', params),
    t(
      'Each debit is the open amount of one or more invoices that {tenant} has sent me before. It is made on the day on which an invoice is due, on a day that I choose, or within 10 days after it.',
      params,
    ),
    t(
      'This authorisation is valid until I revoke it. I can revoke it at any time by removing the bank account from my payment details, or by contacting {tenant}: {contact}.',
      params,
    ),
  ].join(' ');
}
