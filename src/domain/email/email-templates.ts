import { paymentTexts } from '../../locales/payment-texts.ts';
import type { TokenPurpose } from '../token/one-time-token.ts';

export type Audience = 'customer' | 'staff';

export interface EmailTemplate {
  label: string;
  audiences: Audience[];
  /** The purpose of the one-time token in the link; null for a link without a token. */
  token: TokenPurpose | null;
  path: Record<Audience, string>;
  /** The name under which staff choose it; null if they cannot. */
  choice: string | null;
  /** Queueing it for these sets the user's access to `invited`. */
  first_access: Audience[];
  /** Sent even if the account is disabled or its address has changed. */
  is_notice: boolean;
  /** About money or a rental: sent also to addresses of a company that no user has. */
  is_billing: boolean;
  /** Maximum emails per user and hour that anonymous users can request. */
  hourly_limit?: number;
  sample: Record<string, string>;
}

const login = { customer: '/account/login', staff: '/login' };
const forgotPassword = { customer: '/account/forgot-password', staff: '/forgot-password' };
const onlyCustomer = (path: string): Record<Audience, string> => ({ customer: path, staff: path });

const defaults = {
  audiences: ['customer', 'staff'] as Audience[],
  token: null,
  choice: null,
  first_access: [] as Audience[],
  is_notice: false,
  is_billing: false,
  sample: {},
};

/** Their links are those of `queueBillingEmails`. */
const ofBilling = {
  ...defaults,
  audiences: ['customer'] as Audience[],
  path: onlyCustomer('/account/billing'),
  is_notice: true,
  is_billing: true,
};

const ofRental = { ...ofBilling, path: onlyCustomer('/account/units') };

const alert = { ...defaults, audiences: ['staff'] as Audience[], is_notice: true };

const invoiceSample = {
  label: 'INV-00042',
  amount_cents: '12000',
  tax_cents: '2000',
  open_cents: '12000',
  currency: 'USD',
  due_on: '2026-04-01',
  reference: 'PRT-7K2M9QX',
};

const paymentSample = { label: 'INV-00042', amount_cents: '12000', currency: 'USD' };

const rentalSample = { unit_code: 'U12', on: '2026-04-01' };

/** The texts are in views/emails/<name>/. */
export const emailTemplates = {
  accountActivation: {
    ...defaults,
    label: 'Activate account',
    audiences: ['customer'],
    path: onlyCustomer('/account/activate'),
    choice: 'accountActivation-EJS',
    first_access: ['customer'],
    sample: { company_name: 'Analytical Engines Ltd' },
  },
  accountInvitation: {
    ...defaults,
    label: 'Invitation',
    audiences: ['customer'],
    token: 'invitation',
    path: onlyCustomer('/account/invitation'),
    choice: 'accountInvitation',
    first_access: ['customer'],
    hourly_limit: 5,
    sample: { inviter_name: 'Grace Hopper', company_name: 'Analytical Engines Ltd' },
  },
  setPassword: {
    ...defaults,
    label: 'Set password',
    token: 'set_password',
    path: { customer: '/account/set-password', staff: '/set-password' },
    // Not customers, who request it themselves.
    first_access: ['staff'],
    hourly_limit: 5,
  },
  resetPassword: {
    ...defaults,
    label: 'Reset password',
    token: 'reset_password',
    path: { customer: '/account/reset-password', staff: '/reset-password' },
    hourly_limit: 3,
  },
  passwordChanged: { ...defaults, label: 'Password changed', path: forgotPassword, is_notice: true },
  verifyEmail: {
    ...defaults,
    label: 'Confirm email',
    token: 'verify_email',
    path: { customer: '/account/verify-email', staff: '/verify-email' },
    hourly_limit: 5,
  },
  emailChanged: {
    ...defaults,
    label: 'Email changed',
    path: forgotPassword,
    is_notice: true,
    sample: { new_email: 'ada.king@example.com' },
  },
  accountExists: { ...defaults, label: 'Account already exists', path: login, hourly_limit: 5 },
  message: {
    ...defaults,
    label: 'Message',
    audiences: ['customer'],
    path: onlyCustomer('/account'),
    sample: {
      subject: 'New opening hours',
      body: 'From Monday the gate opens at six in the morning.\n\nThe office keeps its hours.',
    },
  },
  invoice: { ...ofBilling, label: 'Invoice', sample: invoiceSample },
  invoiceReminder: { ...ofBilling, label: 'Reminder of an invoice', sample: invoiceSample },
  creditNote: {
    ...ofBilling,
    label: 'Credit note',
    sample: { ...invoiceSample, label: 'CN-00007', reason: 'damaged goods' },
  },
  lateFee: {
    ...ofBilling,
    label: 'Late fee',
    sample: { ...invoiceSample, unpaid_label: 'INV-00041' },
  },
  statement: {
    ...ofBilling,
    label: 'Statement',
    path: onlyCustomer('/account/billing/statements'),
    sample: { on: '2026-03-01', until: '2026-03-31', open_cents: '12000', currency: 'USD' },
  },
  receipt: {
    ...ofBilling,
    label: 'Receipt',
    sample: {
      ...paymentSample,
      on: '2026-04-01',
      method: 'Visa •••• 4242',
      credit_cents: '3000',
      scheduled_cents: '15000',
    },
  },
  chargeFailed: {
    ...ofBilling,
    label: 'Failed payment',
    sample: { ...paymentSample, reason: paymentTexts.declined, on: '2026-04-04', needs: 'new_method' },
  },
  paymentActionNeeded: { ...ofBilling, label: 'Payment to be confirmed', sample: paymentSample },
  refundSent: {
    ...ofBilling,
    label: 'Refund',
    sample: { amount_cents: '12000', currency: 'USD', method: 'Visa •••• 4242' },
  },
  scheduledPaymentCancelled: {
    ...ofBilling,
    label: 'Scheduled payment cancelled',
    sample: { ...paymentSample, reason: paymentTexts.nothing_open },
  },
  upcomingCharge: {
    ...ofBilling,
    label: 'Upcoming charge',
    sample: { ...paymentSample, method: 'Visa •••• 4242', on: '2026-04-01' },
  },
  paymentMethodExpiring: {
    ...ofBilling,
    label: 'Payment method expiring',
    path: onlyCustomer('/account/billing/payment-methods'),
    sample: { method: 'Visa •••• 4242', on: '2026-04-30' },
  },
  shortPaymentDecided: {
    ...ofBilling,
    label: 'Dispute decided',
    sample: { ...paymentSample, reason: 'the boxes were delivered' },
  },
  paymentMethodRemoved: {
    ...ofBilling,
    label: 'Payment method removed',
    path: onlyCustomer('/account/billing/payment-methods'),
    sample: { method: 'Visa •••• 4242' },
  },
  mandateSigned: {
    ...ofBilling,
    label: 'Debit mandate signed',
    path: onlyCustomer('/account/billing'),
    sample: {
      author: 'Ada Lovelace',
      on: '2026-04-01',
      body: 'I authorise Acme Storage to debit my bank account.',
    },
  },
  autopayChanged: {
    ...ofBilling,
    label: 'Autopay changed',
    path: onlyCustomer('/account/billing/payment-methods'),
    sample: { method: 'Visa •••• 4242', is_on: 'true' },
  },
  moveInScheduled: { ...ofRental, label: 'Move-in scheduled', sample: rentalSample },
  moveInCompleted: { ...ofRental, label: 'Move-in completed', sample: rentalSample },
  moveOutScheduled: { ...ofRental, label: 'Move-out scheduled', sample: rentalSample },
  moveOutCompleted: { ...ofRental, label: 'Move-out completed', sample: rentalSample },
  requestReceived: { ...ofRental, label: 'Request received', sample: rentalSample },
  requestDeclined: {
    ...ofRental,
    label: 'Request declined',
    sample: { ...rentalSample, reason: 'the day is too early' },
  },
  transferCompleted: {
    ...ofRental,
    label: 'Transfer completed',
    sample: { ...rentalSample, old_unit_code: 'U7' },
  },
  transferCancelled: {
    ...ofRental,
    label: 'Transfer cancelled',
    sample: { ...rentalSample, new_unit_code: 'U7', reason: 'the unit needs a repair' },
  },
  rentChange: {
    ...ofRental,
    label: 'Change of the rent',
    sample: { ...rentalSample, old_amount_cents: '10000', amount_cents: '11000', currency: 'USD' },
  },
  lockedOut: { ...ofRental, label: 'Unit locked', sample: rentalSample },
  unlocked: { ...ofRental, label: 'Unit unlocked', sample: rentalSample },
  commentAlert: {
    ...alert,
    label: 'New comment',
    path: onlyCustomer('/invoices'),
    sample: { label: 'INV-00042', author: 'Ada Lovelace', body: 'Is this the price of May?' },
  },
  requestAlert: {
    ...alert,
    label: 'New request',
    path: onlyCustomer('/requests'),
    sample: { unit_code: 'U12', customer: 'Ada Lovelace' },
  },
  documentAlert: {
    ...alert,
    label: 'New document',
    path: onlyCustomer('/users'),
    sample: { customer: 'Ada Lovelace', company_name: 'Analytical Engines Ltd' },
  },
  disputeOpened: {
    ...alert,
    label: 'New dispute',
    path: onlyCustomer('/disputes'),
    sample: {
      ...paymentSample,
      customer: 'Ada Lovelace',
      reason: 'damaged goods',
      body: 'The box was open.',
    },
  },
  paymentFailedAlert: {
    ...alert,
    label: 'Payment failed',
    path: onlyCustomer('/payments'),
    sample: {
      ...paymentSample,
      customer: 'Ada Lovelace',
      reason: paymentTexts.declined,
      on: '2026-04-04',
    },
  },
  unreachableAlert: {
    ...alert,
    label: 'Customers without an email address',
    path: onlyCustomer('/customers/companies'),
    sample: { customer: 'Analytical Engines Ltd', count: '1' },
  },
} satisfies Record<string, EmailTemplate>;

export type TemplateName = keyof typeof emailTemplates;

export function isTemplateName(name: string): name is TemplateName {
  return Object.hasOwn(emailTemplates, name);
}

export function emailTemplate(name: TemplateName): EmailTemplate {
  return emailTemplates[name];
}

export type SelectableTemplate = {
  [Name in TemplateName]: (typeof emailTemplates)[Name]['choice'] extends null ? never : Name;
}[TemplateName];

export function selectableTemplates(): { value: SelectableTemplate; label: string }[] {
  const names = Object.keys(emailTemplates) as TemplateName[];
  return names.flatMap((value) => {
    const label = emailTemplates[value].choice;
    return label === null ? [] : [{ value: value as SelectableTemplate, label }];
  });
}

/** `verifyEmail` verifies the current address or, during an email change, the new one. */
export function tokenPurpose(name: TemplateName, variables: Record<string, string>): TokenPurpose | null {
  if (name === 'verifyEmail' && variables['purpose'] === 'change_email') return 'change_email';
  return emailTemplates[name].token;
}
