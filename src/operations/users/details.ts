import { activationCodeError } from '../../domain/user/activation-code-actions.ts';
import { sendEmailError } from '../../domain/user/user-emails.ts';
import type { User } from '../../domain/user/user-queries.ts';
import { isInvited } from '../../domain/user/user.ts';
import { accessBadge } from '../badges.ts';

/** What the page of a user shows of the row, and what staff may do. */
export function userDetails(user: User) {
  return {
    id: user.id,
    user_name: user.name,
    email: user.email,
    pending_email: user.pending_email,
    phone: user.phone,
    address: user.address,
    user_locale: user.locale,
    is_enabled: user.status === 'enabled',
    is_verified: user.email_verified_at !== null,
    access_badge: accessBadge(user),
    access_expires_at: user.access_expires_at,
    may_reset: sendEmailError(user, 'resetPassword') === null,
    may_activate: sendEmailError(user, 'accountActivation') === null,
    may_have_code: activationCodeError(user) === null,
    is_invited: isInvited(user),
    last_login_at: user.last_login_at,
    created_at: user.created_at,
  };
}
