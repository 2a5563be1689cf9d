import type { TokenPurpose } from '../token/mint-token.ts';

export type Audience = 'customer' | 'staff';

export interface Email {
  /** What staff see in lists and choices. */
  label: string;
  audiences: Audience[];
  /** What its link is good for once, or null when the link is open to anybody. */
  token: TokenPurpose | null;
  /** Where its link leads, on the portal of the audience. */
  path: Record<Audience, string>;
  /** May be chosen by staff when they add a customer. */
  is_offered: boolean;
  /** Opens the way in for somebody who has none yet: sent, the person counts as invited. */
  invites: boolean;
  /** Tells of something that has happened: goes out whatever became of the account. */
  is_notice: boolean;
  /** The links one account gets within an hour on requests of people who are not signed in. */
  hourly_limit?: number;
  /** The words a mail takes besides its person, tenant and link; here as previews and tests fill them. */
  sample: Record<string, string>;
}

const login = { customer: '/account/login', staff: '/login' };
const forgotPassword = { customer: '/account/forgot-password', staff: '/forgot-password' };
const onlyCustomer = (path: string): Record<Audience, string> => ({ customer: path, staff: path });

const plain = {
  audiences: ['customer', 'staff'] as Audience[],
  token: null,
  is_offered: false,
  invites: false,
  is_notice: false,
  sample: {},
};

/** Every mail the portal can send. The words are in views/emails/<name>/. */
export const emails = {
  accountActivation: {
    ...plain,
    label: 'accountActivation-EJS',
    audiences: ['customer'],
    path: onlyCustomer('/account/activate'),
    is_offered: true,
    invites: true,
  },
  accountInvitation: {
    ...plain,
    label: 'accountInvitation',
    audiences: ['customer'],
    token: 'invitation',
    path: onlyCustomer('/account/invitation'),
    is_offered: true,
    invites: true,
    sample: { inviter_name: 'Grace Hopper', company_name: 'Analytical Engines Ltd' },
  },
  setPassword: {
    ...plain,
    label: 'setPassword',
    token: 'set_password',
    path: { customer: '/account/set-password', staff: '/set-password' },
    hourly_limit: 5,
  },
  resetPassword: {
    ...plain,
    label: 'resetPassword',
    token: 'reset_password',
    path: { customer: '/account/reset-password', staff: '/reset-password' },
    hourly_limit: 3,
  },
  passwordChanged: { ...plain, label: 'passwordChanged', path: forgotPassword, is_notice: true },
  verifyEmail: {
    ...plain,
    label: 'verifyEmail',
    audiences: ['customer'],
    token: 'verify_email',
    path: onlyCustomer('/account/verify-email'),
  },
  emailChanged: {
    ...plain,
    label: 'emailChanged',
    path: forgotPassword,
    is_notice: true,
    sample: { new_email: 'ada.king@example.com' },
  },
  accountExists: { ...plain, label: 'accountExists', path: login, hourly_limit: 5 },
} satisfies Record<string, Email>;

export type EmailName = keyof typeof emails;

export function isEmailName(name: string): name is EmailName {
  return Object.hasOwn(emails, name);
}

export function emailNamed(name: EmailName): Email {
  return emails[name];
}

/** The mails staff choose from when they add a customer. */
export function offeredEmails(): { value: EmailName; label: string }[] {
  const names = Object.keys(emails) as EmailName[];
  return names
    .filter((name) => emails[name].is_offered)
    .map((name) => ({ value: name, label: emails[name].label }));
}

/** A confirmation link confirms the address there is, or the one it is being changed to. */
export function tokenPurpose(name: EmailName, variables: Record<string, string>): TokenPurpose | null {
  if (name === 'verifyEmail' && variables['purpose'] === 'change_email') return 'change_email';
  return emails[name].token;
}
