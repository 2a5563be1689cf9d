import type { ImportColumn } from './import-kind.ts';

function column(
  name: string,
  label: string,
  example: string,
  given: Partial<Pick<ImportColumn, 'aliases' | 'is_required' | 'hint'>> = {},
): ImportColumn {
  return { name, label, example, aliases: [], is_required: false, ...given };
}

const id = (example = '') => column('id', 'Id', example, { hint: 'Of the stored row, as in its address' });

export const userColumns: readonly ImportColumn[] = [
  id(),
  column('email', 'Email', 'ada.obi@example.com', {
    aliases: ['userName', 'emailAddress', 'e-mail', 'mail', 'login', 'user.email'],
  }),
  column('first_name', 'First name', 'Ada', {
    aliases: ['firstName', 'givenName', 'forename', 'user.firstName'],
  }),
  column('last_name', 'Last name', 'Obi', {
    aliases: ['lastName', 'surname', 'familyName', 'user.lastName'],
  }),
  column('name', 'Name', '', {
    aliases: ['fullName', 'displayName'],
    hint: 'First and last name in one column, when the file has no columns for them',
  }),
  column('phone', 'Phone', '+44 20 7946 0000', {
    aliases: ['phoneNumber', 'telephone', 'mobile', 'phone1'],
  }),
  column('phone2', 'Second phone', '', { aliases: ['phone2', 'secondaryPhone', 'alternatePhone'] }),
  column('address', 'Address', '1 Quay Street, London', { aliases: ['street', 'postalAddress'] }),
  column('language', 'Language', 'en', { aliases: ['locale', 'lang'], hint: 'A code like en or ar' }),
  column('company_code', 'Company code', 'ACME', {
    aliases: ['companyCode', 'customerCode', 'accountCode', 'customerNumber'],
  }),
  column('company_name', 'Company', '', {
    aliases: ['companyName', 'organisation', 'organization'],
    hint: 'The name of a company that exists, when the file has no code',
  }),
  column('add_roles', 'Add roles', 'Company Admin', {
    aliases: ['addRoles', 'roles', 'role'],
    hint: 'Names or codes, separated by commas. Other roles stay',
  }),
  column('remove_roles', 'Remove roles', '', { aliases: ['removeRoles'], hint: 'Separated by commas' }),
  column('labels', 'Labels', '', {
    aliases: ['label', 'tags'],
    hint: 'Labels that exist, separated by commas. Other labels stay',
  }),
];

/** Headings of the export of users that are not imported. */
export const exportedOfUsers: readonly string[] = [
  'Alternate contact',
  'Relation',
  'Phone of the contact',
  'Email of the contact',
  'Referral code',
  'Status',
  'Access',
  'Email verified',
  'Last login',
  'Created',
];

export const companyColumns: readonly ImportColumn[] = [
  id(),
  column('code', 'Code', 'ACME', { aliases: ['companyCode', 'customerCode', 'accountCode', 'number'] }),
  column('name', 'Name', 'Acme Works', {
    aliases: ['companyName', 'company', 'organisation'],
  }),
  column('parent_code', 'Parent code', '', { aliases: ['parentCode', 'parentCompanyCode', 'parent'] }),
  column('address', 'Address', '1 Quay Street, London', { aliases: ['billingAddress', 'street'] }),
  column('billing_emails', 'Billing emails', 'accounts@example.com', {
    aliases: ['billingEmail', 'invoiceEmail', 'billing_email'],
    hint: 'Separated by commas',
  }),
  column('status', 'Status', 'Active', { aliases: ['state', 'companyStatus'] }),
  column('status_reason', 'Reason', '', {
    aliases: ['statusReason'],
    hint: 'Of a new status other than Pending or Active, and of a changed one',
  }),
  column('labels', 'Labels', '', {
    aliases: ['label', 'tags'],
    hint: 'Separated by commas. Other labels stay',
  }),
];

export const unitColumns: readonly ImportColumn[] = [
  id(),
  column('site', 'Site', 'Harbour', { aliases: ['siteName', 'siteCode', 'location'], is_required: true }),
  column('code', 'Code', 'A-101', {
    aliases: ['unit', 'unitCode', 'unitName', 'unitNumber'],
    is_required: true,
  }),
  column('unit_type', 'Unit type', 'Small', { aliases: ['type', 'unitTypeName', 'size'] }),
  column('price', 'Price', '89.00', { aliases: ['rate', 'rent', 'monthlyPrice'] }),
  column('access_code', 'Access code', '', { aliases: ['gateCode', 'pin'] }),
];

const customer = column('customer', 'Customer', 'ada.obi@example.com', {
  aliases: ['customerEmail', 'email', 'userName', 'tenant', 'owner', 'companyCode'],
  is_required: true,
  hint: 'An email address, a company code or an id',
});

export const rentalColumns: readonly ImportColumn[] = [
  customer,
  column('site', 'Site', 'Harbour', { aliases: ['siteName', 'siteCode', 'location'], is_required: true }),
  column('unit', 'Unit', 'A-101', { aliases: ['unitCode', 'unitNumber', 'unitName'], is_required: true }),
  column('starts_on', 'Start date', '2026-01-31', {
    aliases: ['from', 'startsOn', 'moveInDate', 'moveIn', 'start'],
    is_required: true,
  }),
  column('interval', 'Billing interval', 'Monthly', { aliases: ['billed', 'billingPeriod', 'interval'] }),
  column('price', 'Price', '89.00', { aliases: ['rate', 'rent'] }),
  column('deposit', 'Deposit', '', {
    aliases: ['securityDeposit'],
    hint: 'What you hold already. It is not invoiced',
  }),
  column('tax_rate', 'Tax rate', '', {
    aliases: ['tax', 'vat', 'taxCode'],
    hint: 'The code of a tax rate, or none',
  }),
  column('billed_until', 'Billed until', '2026-02-28', {
    aliases: ['billedUntil', 'paidUntil', 'paidThrough', 'invoiceDate'],
    hint: 'The last day that is billed already. Nothing is billed before it',
  }),
  column('ends_on', 'End date', '', { aliases: ['until', 'endsOn', 'moveOutDate', 'moveOut', 'end'] }),
];

export const balanceColumns: readonly ImportColumn[] = [
  customer,
  column('amount', 'Amount', '120.50', {
    aliases: ['balance', 'openingBalance', 'totalDue'],
    is_required: true,
    hint: 'What the customer owes. A negative amount is credit',
  }),
  column('currency', 'Currency', '', {
    aliases: ['currencyCode'],
    hint: 'Empty for the currency of your invoices',
  }),
  column('as_of', 'As-of date', '2026-01-31', { aliases: ['date', 'asOf', 'asOfDate', 'balanceDate'] }),
  column('description', 'Description', 'Opening balance', { aliases: ['text', 'note', 'memo'] }),
];
