import type { Row } from '../../database/tables.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { normaliseName } from '../text/normalise.ts';
import { normalisePhone } from '../text/phone-number.ts';
import { fullName } from './user-name.ts';

export function displayName({ name, email }: { name: string; email: string }): string {
  return name || email;
}

export function userTarget(user: { id: string; name: string; email: string }) {
  return { type: 'user', id: user.id, name: displayName(user) } as const;
}

export interface UserDetails {
  email: EmailAddress;
  first_name: string | null;
  last_name: string | null;
  phone: string | null;
}

/** Write all of these columns together: some are derived from several details. */
export function userColumns({ email, first_name, last_name, phone }: UserDetails) {
  const name = fullName({ first_name, last_name });
  return {
    email,
    email_norm: email,
    first_name,
    last_name,
    name,
    name_norm: normaliseName(name || email),
    phone,
    search_text: [normaliseName(name), email, phone && normalisePhone(phone)].filter(Boolean).join(' '),
  };
}

export type Access = Pick<Row<'users'>, 'access' | 'access_expires_at'>;

export function isInvited({ access }: Pick<Access, 'access'>): boolean {
  return access === 'invited' || access === 'opened';
}
