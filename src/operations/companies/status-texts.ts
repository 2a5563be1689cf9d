import type { CompanyStatus } from '../../domain/company/company.ts';

/** What each status means, in one line. */
export const statusMeanings: Readonly<Record<CompanyStatus, string>> = {
  pending: 'You can prepare everything. Its customers may log in, but nothing can be rented yet.',
  active: 'Everything is possible.',
  on_hold: 'Its customers see and pay. There are no new rentals, reservations or transfers. Billing goes on.',
  blocked: 'Its customers cannot log in for it. Billing goes on.',
  archived: 'Nothing can be changed, and it is not suggested. It needs no open rental and no balance.',
};
