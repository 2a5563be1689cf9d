import type { CompanyStatus } from './company.ts';

export interface StatusRules {
  /** Its customers log in and act for it. */
  gives_access: boolean;
  /** New rentals, reservations and transfers. */
  may_rent: boolean;
  /** Its details, customers, invoices and payments are changed. */
  may_change: boolean;
  /** What its customers keep of the permissions of their roles. */
  customers: 'all' | 'view';
  /** The statuses that can follow. */
  next: readonly CompanyStatus[];
}

/** Billing of what is rented goes on in each status. */
export const statusRules: Readonly<Record<CompanyStatus, StatusRules>> = {
  pending: {
    gives_access: true,
    may_rent: false,
    may_change: true,
    customers: 'all',
    next: ['active', 'on_hold', 'blocked', 'archived'],
  },
  active: {
    gives_access: true,
    may_rent: true,
    may_change: true,
    customers: 'all',
    next: ['pending', 'on_hold', 'blocked', 'archived'],
  },
  on_hold: {
    gives_access: true,
    may_rent: false,
    may_change: true,
    customers: 'all',
    next: ['pending', 'active', 'blocked', 'archived'],
  },
  blocked: {
    gives_access: false,
    may_rent: false,
    may_change: true,
    customers: 'all',
    next: ['pending', 'active', 'on_hold', 'archived'],
  },
  archived: {
    gives_access: true,
    may_rent: false,
    may_change: false,
    customers: 'view',
    next: ['active'],
  },
};

/** Whether customers of a company with this status have a permission that their roles give. */
export function isAllowedBy(status: CompanyStatus, permission: string): boolean {
  return statusRules[status].customers === 'all' || permission.endsWith('.view');
}
