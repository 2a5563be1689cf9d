import type { Plural } from './translate.ts';

/**
 * The sentence of each error code. A key is a code, or a field and a code for a sentence that names the field,
 * which is preferred.
 */
const commonTexts = {
  required: 'Enter a value',
  invalid: 'Check this value',
  too_long: 'Use {max} characters or fewer',
  several_lines: 'Use one line',
  invalid_email: 'Enter an email address in the correct format, like name@example.com',
  invalid_phone: 'Enter a phone number, like +44 20 7946 0000',
  email_unchanged: 'This is already your email address',
  password_required: 'Enter a new password',
  password_too_short: 'Password must be {minimum} characters or more',
  password_too_long: 'Password must be {most} characters or fewer',
  password_common: 'Choose a password that is harder to guess. This one is on a list of common passwords',
  password_guessable:
    'Choose a password that is harder to guess. This one is made of common words or a simple pattern',
  password_has_user:
    'Choose a password that is harder to guess. This one contains words from your name or email address',
  password_has_company:
    'Choose a password that is harder to guess. This one contains words from the name of your company',
  password_has_tenant:
    'Choose a password that is harder to guess. This one contains words from the name {tenant}',
  wrong_password: 'Your current password is incorrect',
  wrong_credentials: 'Your email address or password is incorrect',
  account_disabled: 'Your account is disabled. Contact {tenant}.',
  too_many_attempts: {
    one: 'Too many attempts. Try again in {count} second.',
    other: 'Too many attempts. Try again in {count} seconds.',
  },
  too_many_logins: {
    one: 'Too many attempts. Try again in {count} second, or reset your password.',
    other: 'Too many attempts. Try again in {count} seconds, or reset your password.',
  },
  terms_changed: 'A new version has been published. Read it before you agree.',
  terms_not_accepted: 'Agree to the Terms and Conditions to continue',
  'first_name.required': 'Enter a first name',
  'last_name.required': 'Enter a last name',
  one_name_only: 'Remove the last name, or untick the box for one name',
  'username.required': 'Enter your email address',
  'password.required': 'Enter your password',
  'current_password.required': 'Enter your current password',
  'new_email.required': 'Enter a new email address',
  custom_text_invalid: 'Enter {title}',
  custom_choice_invalid: 'Select {title}',
  rental_not_active: 'This unit is no longer rented',
  notice_given_already: 'The last day is set already: {day}',
  before_move_in: 'Enter a day from the move-in on, which was on {day}',
  no_notice: 'No last day is set',
  notice_too_short: {
    one: 'The earliest day is {day}, because {count} day of notice is needed',
    other: 'The earliest day is {day}, because {count} days of notice are needed',
  },
  request_open: 'There is an open request for this unit already',
  name_request_open: 'There is an open request to change your name already',
  request_closed: 'This request was decided already',
  invalid_date: 'Enter a day that exists',
  date_too_late: 'Enter a day within a year',
  'to_unit_type_id.required': 'Select a size',
  'to_unit_type_id.invalid': 'Select a size',
  agreement_signed: 'This agreement was signed already',
  agreement_changed: 'The agreement was changed after you opened this page. Read it before you sign it.',
  'signed_name.required': 'Enter your full name',
  transfer_too_early: 'The earliest day of a transfer is {day}, the day after the move-in',
  company_not_active: '{company} gets no new units at the moment',
  'locale.invalid': 'Select a language',
  'time_zone.invalid': 'Select a time zone',
} as const;

const operationsTexts = {
  'username.required': "Enter the customer's email address",
  'email.required': 'Enter an email address',
  email_taken: 'A user with this email address already exists',
  user_changed:
    '{who} changed {user} after you opened this page. We kept what you entered and show the current values beside it. Check them, then save again.',
  user_disabled: '{user} is disabled. Enable the login first.',
  user_active: '{user} is already active. Send a password reset email instead.',
  'template.required': 'Select an email template',

  'name.required': 'Enter a name',
  'code.required': 'Enter a code',
  'version.invalid': 'Check the current values, then save again',
  invalid_company_code: 'Use letters, digits, dots, dashes and slashes only, like C-1001',
  company_code_taken: 'A company with the code {code} already exists',
  company_changed:
    '{who} changed this company after you opened this page. Check the current values, then save again.',
  unknown_company: 'No company has the code {code}',
  circular_parent: '{name} cannot be the parent, because it is this company or one of its child companies',

  'roles.required': 'Select at least one role',
  'roles.invalid': 'Select roles from the list',
  'template.invalid': 'Select an email template',
  staff_email_taken: 'A staff member with this email address already exists',
  own_login: 'You cannot disable your own login',
  roles_exceed_own: 'Select only roles with permissions that you have',
  user_exceeds_own: '{user} has permissions that you do not have. Ask a Manager to make this change.',
  own_roles: 'You cannot change your own roles',
  last_manager: '{user} is the last Manager who can log in. Make someone else a Manager first.',

  'title.required': 'Enter a title',
  'type.invalid': 'Select a type',
  'choices.required': 'Enter the choices, one on each line',
  too_many_choices: 'Use {max} choices or fewer',
  choice_too_long: 'Use {max} characters or fewer for each choice',
  invalid_field_code: 'Use letters, digits and underscores, beginning with a letter, like gate_code',
  field_code_taken: 'A custom field with this code already exists',
  field_changed:
    'Someone changed this field after you opened this page. Check the current values, then save again.',
  too_many_fields: 'You can have {max} custom fields at most',

  'body.required': 'Enter the Terms and Conditions',
  terms_unchanged: 'This text is already in force',
  terms_outdated:
    'Someone published another version after you opened this page. Read it, then publish yours again.',

  settings_changed:
    'Someone changed the settings after you opened this page. Check the current values, then save again.',
  'contact_email.required': 'Enter an email address',
  'currency.invalid': 'Select a currency',
  currency_locked: 'The currency cannot be changed, because there are amounts in it',
  'vocabulary.invalid': 'Select the words: storage or b2b',
  'password_min_length.invalid': 'Enter a number from 8 to 64',
  invalid_colour: 'Enter a colour as six hexadecimal digits, like #0b6e75',
  invalid_logo: 'Choose a PNG, JPEG or WebP file',
  logo_file_too_large: 'Choose a file of at most 1 MB',
  logo_too_large: 'Choose a logo of at most {max} pixels in width and height',
  logo_too_small: 'Choose a logo of at least {min} pixels in height',
  unknown_logo: 'Upload the logo again',

  unknown_recipient: 'No user has this address.',
  email_pending: 'This email is still in the queue and will be sent automatically.',
  email_just_resent: {
    one: 'It was sent again a moment ago. You can send it again in {count} second.',
    other: 'It was sent again a moment ago. You can send it again in {count} seconds.',
  },
  email_just_queued: {
    one: 'This email was sent a moment ago. You can send another in {count} second.',
    other: 'This email was sent a moment ago. You can send another in {count} seconds.',
  },
  no_pending_address: 'The change of email address was confirmed or cancelled.',

  invalid_amount: 'Enter an amount like {example}',
  amount_too_large: 'Enter {max} or less',
  amount_too_small: 'Enter an amount above 0',
  'amount.required': 'Enter an amount',
  'starts_on.required': 'Enter a date',
  'ends_on.required': 'Enter a date',
  'received_on.required': 'Enter a date',
  'effective_on.required': 'Enter a date',
  'description.required': 'Enter a description',
  'reason.required': 'Enter a reason',
  'customer.required': 'Enter an email address or the code of a company',
  'tax_rate_id.invalid': 'Select a tax rate',
  'channel.invalid': 'Select how the money came',
  date_in_future: 'Enter today or a day before',
  date_in_past: 'Enter today or a later day',
  date_too_early: 'Enter a day of the last year',
  unknown_customer: 'No person has this email address, and no company this code',
  no_lines: 'Enter a description and an amount',
  invalid_quantity: 'Enter a quantity like 1 or 2.5',
  negative_total: 'The sum must not be negative. Issue a credit instead',
  not_a_draft: 'This invoice is not a draft any longer',
  invoice_changed: 'Someone else has changed this draft. Check it and save again.',
  not_creditable: 'Only an invoice that was issued can be credited',
  nothing_to_credit: 'Enter the amount to credit of at least one line',
  line_credit_too_large: '{rest} of this line can still be credited',
  credit_too_large: '{rest} of this invoice can still be credited',
  deposit_returned: 'The deposit of this invoice was returned or kept already',
  already_deleted: 'This invoice was deleted already',
  not_deletable:
    'Something was paid or credited, or a payment is on its way. Credit or refund the invoice instead',
  payment_pending: 'A payment of this invoice is on its way. Wait for it',
  nothing_open: 'Nothing is open on this invoice',
  no_credit: 'The customer has no credit',
  invoice_not_open: 'One of the invoices is not open now. Check the amounts again',
  allocation_too_large: 'At most {open} of this invoice is open',
  allocations_too_large: 'The amounts of the invoices add up to {sum}, which is more than was received',
  'unit_id.required': 'Select a unit',
  'unit_id.invalid': 'Select a unit',
  'to_unit_id.required': 'Select a unit',
  'to_unit_id.invalid': 'Select a unit',
  'interval.invalid': 'Select a billing interval',
  'price.required': 'Enter a price',
  'kind.invalid': 'Select a kind',
  reservation_in_past: 'A reservation starts today or later. Move the customer in instead',
  unit_is_blocked: '{unit} is blocked: {reason}',
  unit_rented_from: '{unit} is rented to {customer} from {day} without an end',
  unit_rented_to: '{unit} is rented to {customer} from {start} to {day}. It is free from {free}',
  same_unit: 'Select another unit than the present one',
  locked_out: 'The customer is locked out of the present unit. Unlock it first',
  draft_to_issue: 'Issue or delete the draft invoice of this rental first',
  not_moved_out_yet: 'The last day is {day}. Complete the move-out on that day or later',
  kept_too_large: '{held} of the deposit can be kept',
  'kept_reason.required': 'Enter why a part of the deposit is kept',
  deposit_settled: 'The deposit was settled already',
  part_of_transfer: 'This is part of a transfer to another unit and cannot be taken back',
  not_reserved: 'This unit is not reserved for the customer any longer',
  starts_later: 'The rental starts on {day}',
  agreement_missing: 'The agreement must be signed first',
  locked_out_already: 'The customer is locked out already',
  rent_change_too_early: {
    one: 'The earliest day is {day}, because customers get {count} day of notice',
    other: 'The earliest day is {day}, because customers get {count} days of notice',
  },
  amount_or_percent: 'Enter an amount, or the percentage of a discount',
  already_undone: 'This payment was undone already',
  credit_spent: 'The credit from this payment was used already, so it would become negative',
  row_changed: 'Someone changed this after you opened this page. Check the current values, then save again.',
  site_name_taken: 'A site with this name already exists',
  site_in_use: 'This site has units that are occupied or reserved',
  unit_type_name_taken: 'A unit type with this name already exists',
  invalid_length: 'Enter a length in metres, like 2.5',
  amount_negative: 'Enter 0 or an amount above 0',
  'site_id.required': 'Select a site',
  'site_id.invalid': 'Select a site',
  'unit_type_id.required': 'Select a unit type',
  'unit_type_id.invalid': 'Select a unit type',
  'status.invalid': 'Select a status',
  invalid_unit_code: 'Use letters, digits, dots, dashes and slashes only, like U12',
  invalid_unit_codes: 'Use letters, digits, dots, dashes and slashes only in each code. Check: {codes}',
  invalid_code_range: 'Enter a last code that differs only in the number at the end, like U50 after U1',
  too_many_units: 'Add {max} units or fewer at once',
  unit_codes_repeated: 'These codes are there twice: {codes}',
  unit_codes_taken: {
    one: 'The site has a unit {codes} already',
    other: 'The site has these units already: {codes}',
  },
  access_code_of_several: 'Several units cannot have one access code. Add it on the page of each unit',
  unit_blocked: 'This unit is blocked already',
  unit_occupied: '{unit} is rented',
  unit_rented: '{unit} is rented to {customer}',
  unit_rented_until: '{unit} is rented to {customer} until {day}',
  'rate.required': 'Enter a rate',
  invalid_percent: 'Enter a percentage from 0 to 100, like 8.875',
  invalid_tax_code: 'Use letters, digits, dots, dashes and slashes only, like VAT20',
  tax_code_taken: 'A tax rate with the code {code} already exists. Retire it first, or choose another code',
  invalid_number: 'Enter a whole number from {min} to {max}',
  too_many_numbers: 'Enter {max} numbers or fewer',
  invalid_time: 'Enter a time like 09:00',
  invalid_prefix: 'Use letters, digits, spaces, dots, dashes and slashes only',
  prefixes_equal: 'Enter another prefix than that of invoices',
  'short_pay_reasons.required': 'Enter at least one reason',
  too_many_reasons: 'Enter 20 reasons or fewer',
  no_fee: 'Enter an amount, or a percentage below',
  two_fees: 'Enter an amount or a percentage, not both',
  unknown_placeholders: 'These placeholders do not exist: {names}',
  agreement_unchanged: 'This text is already in force. There is nothing to publish',
  agreement_outdated: 'Someone else has just published a version. Read it, then publish yours again.',
  'language.invalid': 'Select a language',
  unit_reserved: 'Tick the box to block the unit although it is reserved',
} as const;

const platformTexts = {
  'name.required': "Enter the tenant's name",
  'slug.required': 'Enter a subdomain',
  invalid_slug: 'Use 2 to 40 characters: letters a to z, digits and single hyphens, like north-storage',
  reserved_slug: 'Choose another subdomain, because this one is reserved',
  slug_taken: 'A tenant with this subdomain already exists',
  'admin_email.required': "Enter the owner's email address",
  unverified_domain: 'Choose a verified domain of this tenant',
  'to.required': 'Enter an email address',
  operator_disabled: 'Your account is disabled. Contact another operator.',
  operator_email_taken: 'An operator with this email address already exists',
} as const;

type Key = keyof typeof commonTexts | keyof typeof operationsTexts | keyof typeof platformTexts;

/** A code without a sentence does not compile. */
export type ErrorCode = Key extends infer Each
  ? Each extends `${string}.${infer Code}`
    ? Code
    : Each
  : never;

export type ErrorTexts = Readonly<Record<string, string | Plural>>;

/** By portal. The texts of the customer portal are translated. The commands use those of the platform. */
export const errorTexts = {
  account: commonTexts,
  operations: { ...commonTexts, ...operationsTexts },
  platform: { ...commonTexts, ...operationsTexts, ...platformTexts },
} satisfies Record<string, ErrorTexts>;

export function errorText(
  { field, code }: { field: string; code: ErrorCode },
  texts: ErrorTexts,
): string | Plural {
  // The fields of the lines of an invoice are numbered.
  return texts[`${field.replace(/_\d+$/, '')}.${code}`] ?? texts[code] ?? texts['invalid']!;
}
