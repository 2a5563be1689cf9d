import { contactOf } from '../../domain/user/contact-details.ts';
import { sendEmailError } from '../../domain/user/user-emails.ts';
import type { User } from '../../domain/user/user-queries.ts';
import { isInvited } from '../../domain/user/user.ts';
import { accessBadge } from '../badges.ts';

/** What the page of a user shows of them. */
export function details(user: User) {
  const { id, email, pending_email, phone, address, referral_code, is_blocked } = user;
  return {
    id,
    email,
    pending_email,
    phone,
    address,
    referral_code,
    is_blocked,
    ...contactOf(user),
    ...datesOf(user),
    user_name: user.name,
    user_locale: user.locale,
    is_enabled: user.status === 'enabled',
    is_verified: user.email_verified_at !== null,
    access_badge: accessBadge(user),
    may_reset: sendEmailError(user, 'resetPassword') === null,
    may_activate: sendEmailError(user, 'accountActivation') === null,
    is_invited: isInvited(user),
  };
}

function datesOf({ access_expires_at, last_login_at, created_at }: User) {
  return { access_expires_at, last_login_at, created_at };
}
