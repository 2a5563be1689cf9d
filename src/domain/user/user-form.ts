import { z } from 'zod';
import { knownLocale, locales } from '../../locales/locales.ts';
import { email, line, optionalLine } from '../form/fields.ts';
import type { FieldError } from '../form/parse-form.ts';
import { phone } from '../text/phone-number.ts';

const address = () => email('Enter an email address');

/** What staff say of a new customer. */
export const newUserShape = {
  first_name: line('Enter a first name', 100),
  last_name: line('Enter a last name', 100),
  email: address(),
  phone: phone(),
};

/** What staff may change of a customer. Somebody added by their address alone may stay without a name. */
export function changedUserShape({ mayBeNameless }: { mayBeNameless: boolean }) {
  const name = (missing: string) => (mayBeNameless ? optionalLine(100) : line(missing, 100));
  return {
    first_name: name('Enter a first name'),
    last_name: name('Enter a last name'),
    email: address(),
    phone: phone(),
    locale: z
      .string()
      .refine((code) => code === '' || knownLocale(code) === code, { error: 'Select a language' })
      .transform((code) => code || null),
    version: z.string().transform(Number),
  };
}

/** '' stands for the tenant's own language. */
export function languageOptions(): { value: string; label: string }[] {
  return Object.entries(locales).map(([value, label]) => ({ value, label }));
}

/** Half a name is none: who gives one part gives both. */
export function missingNamePart({
  first_name,
  last_name,
}: {
  first_name: string | null;
  last_name: string | null;
}): Record<string, FieldError> | null {
  if (first_name && !last_name) return { last_name: { text: 'Enter a last name' } };
  if (last_name && !first_name) return { first_name: { text: 'Enter a first name' } };
  return null;
}

export function addressTaken(taker: { id: string } | undefined): Record<string, FieldError> {
  return {
    email: {
      text: 'A user with this email address already exists',
      ...(taker && { href: `/users/${taker.id}`, link: 'View this user' }),
    },
  };
}
