import type { CompanyStatus } from '../domain/company/company.ts';
import type { CustomerCompany } from '../domain/membership/customer-context.ts';
import type { Badge } from './badges.ts';

/** Customers do not see the reason. An active company needs no word, and a blocked one is not shown. */
const badges: Partial<Record<CompanyStatus, Badge>> = {
  pending: { text: 'Pending', tone: 'info' },
  on_hold: { text: 'On hold', tone: 'warn' },
  archived: { text: 'Archived', tone: 'plain' },
};

const notes: Partial<Record<CompanyStatus, string>> = {
  pending: '{tenant} is still setting up {company}. You can see its pages, but nothing can be rented yet.',
  on_hold:
    '{company} is on hold. You can see and pay its invoices, but there are no new units and no transfers.',
  archived: '{company} is archived. You can see its pages, but nothing can be changed.',
};

export function companyBadge({ status }: CustomerCompany): Badge | null {
  return badges[status] ?? null;
}

/** What the status means for its customers. */
export function companyNote(company: CustomerCompany | null) {
  const text = company && notes[company.status];
  return text ? { text, company: company.name, is_warning: company.status === 'on_hold' } : null;
}
