export const staffPermissions = {
  'users.view': 'See users',
  'users.create': 'Create users',
  'users.edit': 'Change users',
  'users.disable': 'Disable and enable users',
  'users.invite': 'Send activation and password emails',
  'users.merge': 'Merge users',
  'companies.view': 'See companies',
  'companies.create': 'Create companies',
  'companies.edit': 'Change companies, add and link customers',
  'companies.status': 'Change the status of companies',
  'notes.edit': 'Write notes and comments',
  'documents.view': 'See documents',
  'documents.edit': 'Upload, change and delete documents',
  'sites.edit': 'Change sites, unit types and units',
  'rentals.view': 'See units and rentals',
  'rentals.edit': 'Move customers in and out, change rentals',
  'rentals.lock': 'Lock customers out of units',
  'access_codes.view': 'See access codes',
  'requests.decide': 'Approve and decline requests',
  'invoices.view': 'See invoices and balances',
  'invoices.issue': 'Create and issue invoices and charges',
  'invoices.credit': 'Issue credit notes and credits',
  'invoices.write_off': 'Write off invoices',
  'invoices.delete': 'Delete invoices',
  'payments.charge': 'Charge customers and retry payments',
  'payments.refund': 'Refund payments',
  'payment_methods.remove': 'Remove payment details of customers',
  'payments.record': 'Record and undo payments and deposits',
  'reports.view': 'See reports',
  'export.create': 'Export lists',
  'imports.create': 'Import files',
  'emails.view': 'See emails',
  'emails.send': 'Send messages, and emails again',
  'audit_log.view': 'See the audit log',
  'business.edit': 'Change business details',
  'brand.edit': 'Change the brand',
  'billing_settings.edit': 'Change billing, taxes and the agreement',
  'gateways.edit': 'Change the payment service',
  'custom_fields.edit': 'Change custom fields',
  'custom_fields.reveal': 'See secret custom fields',
  'labels.edit': 'Change labels',
  'terms.publish': 'Publish Terms and Conditions',
  'team.edit': 'Manage the team',
} as const;

export const customerPermissions = {
  'billing.view': 'See billing history',
  'billing.pay': 'Pay invoices',
  'payment_details.view': 'See payment details',
  'payment_details.edit': 'Change payment details',
  'units.view': 'See units',
  'units.edit': 'Sign agreements, ask for move-outs and transfers',
  'access_codes.view': 'See access codes',
  'documents.view': 'See documents',
  'documents.send': 'Send documents',
  'employees.edit': 'Manage employees of the company',
} as const;

export type StaffPermission = keyof typeof staffPermissions;
export type CustomerPermission = keyof typeof customerPermissions;
export type Permission = StaffPermission | CustomerPermission;

export function permissionLabel(permission: string): string {
  const labels: Record<string, string> = { ...staffPermissions, ...customerPermissions };
  return labels[permission] ?? permission;
}

/** What customers may do who act for themselves. */
export const personalPermissions: readonly CustomerPermission[] = [
  'billing.view',
  'billing.pay',
  'payment_details.view',
  'payment_details.edit',
  'units.view',
  'units.edit',
  'access_codes.view',
  'documents.view',
  'documents.send',
];
