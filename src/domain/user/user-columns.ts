import type { EmailAddress } from '../text/email-address.ts';
import { normalName, normalPhone } from '../text/normalise.ts';

export interface UserDetails {
  email: EmailAddress;
  first_name: string | null;
  last_name: string | null;
  phone: string | null;
}

/**
 * The columns of `users` that hold these details, with the normalised ones beside them by which they are found:
 * everybody who writes one of them writes them all.
 */
export function userColumns({ email, first_name, last_name, phone }: UserDetails) {
  const name = [first_name, last_name].filter(Boolean).join(' ');
  return {
    email,
    email_norm: email,
    first_name,
    last_name,
    name,
    name_norm: normalName(name || email),
    phone,
    search_text: [normalName(name), email, phone && normalPhone(phone)].filter(Boolean).join(' '),
  };
}
