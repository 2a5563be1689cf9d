import { locales, supportedLocale } from '../../locales/locales.ts';
import { emailTemplate, isTemplateName } from '../email/email-templates.ts';

export const auditEvents = {
  'user.created': 'User created',
  'user.updated': 'User changed',
  'user.deleted': 'User deleted',
  'user.merged': 'User merged',
  'user.disabled': 'User disabled',
  'user.enabled': 'User enabled',
  'user.linked': 'User linked to a company',
  'user.unlinked': 'User removed from a company',
  'user.roles_changed': 'Roles changed',
  'user.logged_in': 'Logged in',
  'user.login_failed': 'Login failed',
  'user.logged_out': 'Logged out',
  'user.logged_out_elsewhere': 'Other devices logged out',
  'user.activation_requested': 'Activation requested',
  'user.password_reset_requested': 'Password reset requested',
  'user.password_set': 'Password set',
  'user.password_changed': 'Password changed',
  'user.password_check_failed': 'Wrong current password',
  'user.invitation_requested': 'New invitation requested',
  'user.invitation_accepted': 'Invitation accepted',
  'user.invitation_revoked': 'Invitation revoked',
  'user.email_verification_requested': 'Email verification requested',
  'user.email_verified': 'Email address verified',
  'user.email_change_requested': 'Email address change requested',
  'user.email_change_cancelled': 'Email address change cancelled',
  'user.email_changed': 'Email address changed',
  'user.activation_code_created': 'Activation code created',
  'user.activation_code_revoked': 'Activation code revoked',
  'user.activation_code_used': 'Activation code used',
  'user.labels_changed': 'Labels changed',
  'user.commented': 'Comment added',
  'user.terms_accepted': 'Terms accepted',
  'user.personal_data_erased': 'Personal data erased',
  'user.reset_link_issued': 'Reset link issued on the command line',
  'user.set_password_link_issued': 'Set-password link issued on the platform console',
  'company.created': 'Company created',
  'company.updated': 'Company changed',
  'company.status_changed': 'Company status changed',
  'company.deleted': 'Company deleted',
  'company.location_added': 'Location added',
  'company.location_changed': 'Location changed',
  'company.location_archived': 'Location archived',
  'company.location_restored': 'Location restored',
  'company.labels_changed': 'Labels changed',
  'company.commented': 'Comment added',
  'note.added': 'Note added',
  'note.updated': 'Note changed',
  'note.pinned': 'Note pinned',
  'note.unpinned': 'Note unpinned',
  'note.deleted': 'Note deleted',
  'document.uploaded': 'Document uploaded',
  'document.sent': 'Confidential document sent',
  'document.updated': 'Document changed',
  'document.deleted': 'Document deleted',
  'site.created': 'Site created',
  'site.updated': 'Site changed',
  'unit_type.created': 'Unit type created',
  'unit_type.updated': 'Unit type changed',
  'unit.created': 'Unit created',
  'unit.updated': 'Unit changed',
  'unit.deleted': 'Unit deleted',
  'unit.blocked': 'Unit blocked',
  'unit.unblocked': 'Unit unblocked',
  'rental.reserved': 'Unit reserved',
  'rental.imported': 'Rental imported',
  'rental.deleted': 'Rental deleted',
  'rental.start_changed': 'First day changed',
  'rental.started': 'Moved in',
  'rental.transferred': 'Moved to another unit',
  'rental.transfer_cancelled': 'Transfer cancelled',
  'rental.notice_given': 'Notice given',
  'rental.notice_withdrawn': 'Notice withdrawn',
  'rental.ended': 'Moved out',
  'rental.cancelled': 'Reservation cancelled',
  'rental.rent_changed': 'Rent changed',
  'rental.locked_out': 'Locked out',
  'rental.unlocked': 'Unlocked',
  'rental.deposit_settled': 'Deposit settled',
  'rental.charge_added': 'Charge added',
  'rental.charge_ended': 'Charge ended',
  'rental.details_changed': 'Details changed',
  'rental.labels_changed': 'Labels changed',
  'agreement.published': 'Agreement published',
  'agreement.signed': 'Agreement signed',
  'access_code.shown': 'Access code shown',
  'request.sent': 'Request sent',
  'request.approved': 'Request approved',
  'request.declined': 'Request declined',
  'request.withdrawn': 'Request withdrawn',
  'invoice.created': 'Invoice created',
  'invoice.updated': 'Draft changed',
  'invoice.issued': 'Invoice issued',
  'invoice.imported': 'Opening balance imported',
  'invoice.details_changed': 'Details changed',
  'invoice.deleted': 'Invoice deleted',
  'invoice.commented': 'Comment added',
  'invoice.written_off': 'Invoice written off',
  'credit_note.issued': 'Credit note issued',
  'credit.issued': 'Credit issued',
  'credit.imported': 'Opening credit imported',
  'credit.applied': 'Credit applied',
  'payment.recorded': 'Payment recorded',
  'payment.undone': 'Payment undone',
  'payment.started': 'Payment started',
  'payment.succeeded': 'Payment received',
  'payment.failed': 'Payment failed',
  'payment.scheduled': 'Payment scheduled',
  'payment.schedule_cancelled': 'Scheduled payment cancelled',
  'payment.charged_back': 'Payment charged back',
  'short_payment.opened': 'Invoice disputed',
  'short_payment.accepted': 'Dispute accepted',
  'short_payment.rejected': 'Dispute rejected',
  'refund.requested': 'Refund requested',
  'refund.succeeded': 'Refund sent',
  'refund.failed': 'Refund failed',
  'payment_method.added': 'Payment method added',
  'payment_method.removed': 'Payment method removed',
  'payment_method.made_default': 'Default payment method changed',
  'mandate.signed': 'Mandate signed',
  'mandate.revoked': 'Mandate revoked',
  'autopay.turned_on': 'Autopay turned on',
  'autopay.turned_off': 'Autopay turned off',
  'tax_rate.created': 'Tax rate created',
  'tax_rate.retired': 'Tax rate retired',
  'gateway.updated': 'Payment service changed',
  'gateway_event.retried': 'Event of the payment service processed again',
  'billing_settings.updated': 'Billing settings changed',
  'billing_run.requested': 'Billing run requested',
  'billing_run.finished': 'Billing run finished',
  'email.queued': 'Email queued',
  'email.resent': 'Email sent again',
  'custom_field.created': 'Custom field created',
  'custom_field.updated': 'Custom field changed',
  'custom_field.retired': 'Custom field retired',
  'custom_field.restored': 'Custom field restored',
  'custom_field.choice_renamed': 'Choice renamed',
  'custom_field.revealed': 'Secret field shown',
  'custom_field.file_uploaded': 'File uploaded',
  'custom_field.file_removed': 'File removed',
  'bulk_action.requested': 'Change of selected users requested',
  'bulk_action.finished': 'Selected users changed',
  'import.uploaded': 'File for an import uploaded',
  'import.columns_matched': 'Columns of an import matched',
  'import.format_changed': 'Encoding or delimiter of an import changed',
  'import_mapping.saved': 'Mapping of columns saved',
  'import_mapping.deleted': 'Mapping of columns deleted',
  'label.created': 'Label created',
  'label.updated': 'Label changed',
  'label.deleted': 'Label deleted',
  'label.added': 'Label added to selected rows',
  'label.removed': 'Label removed from selected rows',
  'label.change_requested': 'Change of labels requested',
  'terms.published': 'Terms published',
  'import.check_started': 'Check of an import started',
  'import.started': 'Import started',
  'import.finished': 'Import finished',
  'import.cancelled': 'Import cancelled',
  'import.undo_started': 'Undo of an import started',
  'import.undone': 'Import undone',
  'export.requested': 'Export requested',
  'export.created': 'List exported',
  'view.saved': 'View saved',
  'view.updated': 'View changed',
  'view.shared': 'View shared',
  'view.unshared': 'View no longer shared',
  'view.deleted': 'View deleted',
  'task.cancelled': 'Task cancelled',
  'task.failed': 'Task failed',
  'tenant.created': 'Tenant created',
  'tenant.suspended': 'Tenant suspended',
  'tenant.resumed': 'Tenant resumed',
  'tenant.primary_host_changed': 'Primary host changed',
  'tenant.business_changed': 'Business details changed',
  'tenant.brand_changed': 'Brand changed',
  'tenant.setup_hidden': 'Setup checklist closed',
} as const;

export type AuditEvent = keyof typeof auditEvents;

export type Changes = Record<string, [unknown, unknown]>;

/** Treats absent fields as null. */
export function changedFields(before: object, after: Readonly<Record<string, unknown>>): Changes {
  const old = before as Readonly<Record<string, unknown>>;
  const changed = Object.keys(after).filter((field) => (old[field] ?? null) !== (after[field] ?? null));
  return Object.fromEntries(changed.map((field) => [field, [old[field] ?? null, after[field] ?? null]]));
}

export interface ChangeLine {
  field: string;
  before: string;
  after: string;
}

const FIRST_FIELDS = ['first_name', 'last_name', 'name', 'email', 'phone'];

const fieldLabels: Record<string, string> = {
  first_name: 'First name',
  last_name: 'Last name',
  email: 'Email',
  parent: 'Parent company',
  is_required: 'Required',
  locale: 'Language',
  is_setup_hidden: 'Checklist closed',
  password_min_length: 'Minimum password length',
  vocabulary: 'Words',
  local_date: 'Day',
  phone2: 'Second phone',
  merged_user: 'Merged',
};

/** `changes` maps each field to [before, after] or to one value. */
export function changeLines(changes: Readonly<Record<string, unknown>>): ChangeLine[] {
  const lines = inFormOrder(changes).map(([name, change]) => {
    const [before, after] = Array.isArray(change) && change.length === 2 ? change : [null, change];
    // The two values of a masked secret are equal: only the second is shown.
    return {
      field: fieldLabel(name),
      before: before === after ? '' : formatValue(name, before),
      after: formatValue(name, after),
    };
  });
  return lines.filter(({ before, after }) => before !== after);
}

/** The changed fields of an event whose values have been erased. */
export function erasedLines(changes: Readonly<Record<string, unknown>>): ChangeLine[] {
  return inFormOrder(changes).map(([name]) => ({ field: fieldLabel(name), before: '', after: '' }));
}

/** PostgreSQL sorts the keys of jsonb by their length. */
function inFormOrder(changes: Readonly<Record<string, unknown>>): [string, unknown][] {
  const rank = ([name]: [string, unknown]) => FIRST_FIELDS.indexOf(name) + 1 || FIRST_FIELDS.length + 1;
  return Object.entries(changes).toSorted((one, other) => rank(one) - rank(other));
}

export function fieldLabel(name: string): string {
  const custom = /^(?:cf|secret)\[(.+)\]$/.exec(name);
  if (custom) return custom[1]!;
  const text = name.replaceAll('_', ' ');
  return fieldLabels[name] ?? text.charAt(0).toUpperCase() + text.slice(1);
}

function formatValue(field: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (Array.isArray(value)) return value.map((each) => formatValue(field, each)).join(', ');
  if (typeof value !== 'string') return JSON.stringify(value);
  if (field === 'template' && isTemplateName(value)) return emailTemplate(value).label;
  return field === 'locale' ? locales[supportedLocale(value)] : value;
}
