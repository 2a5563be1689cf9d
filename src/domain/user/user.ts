import { column, pick, type TableRef } from '../../database/columns.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { EmailAddress } from '../text/email-address.ts';
import { fold } from '../text/fold.ts';
import { phoneDigits, cleanPhone } from '../text/phone-number.ts';
import { emailWords, searchText } from '../text/search-text.ts';
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
  phone2: string | null;
}

/** Write all of these columns together: some are derived from several details. */
export function userColumns({ email, first_name, last_name, phone, phone2 }: UserDetails) {
  const name = fullName({ first_name, last_name });
  return {
    email,
    email_norm: email,
    first_name,
    last_name,
    name,
    name_norm: fold(name || email),
    phone,
    phone2,
    search_text: searchText({
      names: [first_name ?? '', last_name ?? ''],
      words: [...emailWords(email), ...[phone, phone2].map((each) => phoneDigits(cleanPhone(each ?? '')))],
    }),
  };
}

export type Access = Pick<Row<'users'>, 'access' | 'access_expires_at'> & {
  /** Null if it does not expire. */
  has_access_expired: boolean | null;
};

export function accessColumns(db: TenantDb, users: TableRef<'users'>) {
  const expires_at = column(users, 'access_expires_at');
  return {
    ...pick(users, 'access', 'access_expires_at'),
    has_access_expired: db.raw<boolean | null>(`${expires_at} < ${db.now}`),
  };
}

export function isInvited({ access }: Pick<Access, 'access'>): boolean {
  return access === 'invited' || access === 'opened';
}
