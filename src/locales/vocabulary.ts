import type { Plural, Translate } from './translate.ts';

/** The words that a tenant uses for those who rent from it or buy from it. */
export type Vocabulary = 'storage' | 'b2b';

/** A tenant with B2B words calls users of the customer portal customers. All other texts are the same. */
export const b2bTexts: Readonly<Record<string, string>> = {
  Users: 'Customers',
  'Add user': 'Add customer',
  'Create user': 'Create customer',
  'Edit user': 'Edit customer',
  'Add the first user': 'Add the first customer',
  'Add your first user': 'Add your first customer',
  'The checklist shows what is done: contact details, brand, first user, first email and terms.':
    'The checklist shows what is done: contact details, brand, first customer, first email and terms.',
  'All users of your customer portal are listed here.':
    'All customers of your customer portal are listed here.',
  'No users yet': 'No customers yet',
  'No user matches these filters.': 'No customer matches these filters.',
  'No user matches “{q}”.': 'No customer matches “{q}”.',
  '{count}+ users': '{count}+ customers',
  'Tell the user how to log in': 'Tell the customer how to log in',
  'The user is created. No email is sent.': 'The customer is created. No email is sent.',
  "Users added here do not receive the 'Welcome' email.":
    "Customers added here do not receive the 'Welcome' email.",
  'A new address must be verified again. Changing it logs this user out on all devices.':
    'A new address must be verified again. Changing it logs this customer out on all devices.',
  'The user sees the new details with the next page they open.':
    'The customer sees the new details with the next page they open.',
  'Or send an email. With the activation email, the user enters their username, then follows a second email to set a password. With the invitation email, they set a password at once.':
    'Or send an email. With the activation email, the customer enters their username, then follows a second email to set a password. With the invitation email, they set a password at once.',
  'You get a message to copy and send to the user.': 'You get a message to copy and send to the customer.',
  'Details of a user in addition to name, email and phone.':
    'Details of a customer in addition to name, email and phone.',
  'A user with this email address already exists': 'A customer with this email address already exists',
  'View this user': 'View this customer',
};

const b2bPlurals: readonly { text: Plural; replaced: Plural }[] = [
  {
    text: { one: '{count} user', other: '{count} users' },
    replaced: { one: '{count} customer', other: '{count} customers' },
  },
];

/** Replaces the texts of the vocabulary before they are translated. */
export function withVocabulary(t: Translate, vocabulary: Vocabulary): Translate {
  if (vocabulary === 'storage') return t;
  return (text, params) => t(typeof text === 'string' ? b2bText(text) : b2bPlural(text), params);
}

function b2bText(text: string): string {
  return Object.hasOwn(b2bTexts, text) ? b2bTexts[text]! : text;
}

function b2bPlural(text: Plural): Plural {
  return b2bPlurals.find((each) => each.text.other === text.other)?.replaced ?? text;
}
