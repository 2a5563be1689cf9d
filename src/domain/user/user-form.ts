import { z } from 'zod';
import { supportedLocale, locales } from '../../locales/locales.ts';
import { email, line, optionalLine, phone } from '../form/fields.ts';
import type { FieldError } from '../form/parse-form.ts';

export const newUserShape = {
  first_name: line('Enter a first name', 100),
  last_name: line('Enter a last name', 100),
  email: email('Enter an email address'),
  phone: phone(),
};

/** The name is optional for a customer who was added to a company by email address only. */
export function changedUserShape({ isNameOptional }: { isNameOptional: boolean }) {
  const name = (missing: string) => (isNameOptional ? optionalLine(100) : line(missing, 100));
  return {
    first_name: name('Enter a first name'),
    last_name: name('Enter a last name'),
    email: newUserShape.email,
    phone: newUserShape.phone,
    locale: z
      .string()
      .refine((code) => code === '' || supportedLocale(code) === code, { error: 'Select a language' })
      .transform((code) => code || null),
    version: z.string().transform(Number),
  };
}

export function languageOptions(): { value: string; label: string }[] {
  return Object.entries(locales).map(([value, label]) => ({ value, label }));
}

export function missingNamePartError({
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

export function emailTakenError(owner: { id: string } | undefined): Record<string, FieldError> {
  return {
    email: {
      text: 'A user with this email address already exists',
      ...(owner && { href: `/users/${owner.id}`, link: 'View this user' }),
    },
  };
}
