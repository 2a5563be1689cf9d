import type { FieldError } from '../domain/form/parse-values.ts';
import { withErrors as addErrors, type Form, type Wording } from '../http/form.ts';
import { errorTexts } from '../locales/error-texts.ts';

const wording: Wording = {
  texts: errorTexts.operations,
  links: {
    email_taken: ({ user_id }) =>
      user_id ? { href: `/users/${user_id}`, link: 'View this user' } : undefined,
    staff_email_taken: ({ user_id }) =>
      user_id ? { href: `/settings/team/${user_id}`, link: 'Open their page' } : undefined,
    company_code_taken: ({ code }) => ({
      href: `/customers/companies?q=${encodeURIComponent(code!)}`,
      link: 'Find it',
    }),
  },
};

export function withErrors(body: unknown, result: { errors: readonly FieldError[] }): Form {
  return addErrors(body, { errors: result.errors.map(nameUnknownActor) }, wording);
}

/** For an event whose personal data has been erased. */
function nameUnknownActor({ params, ...error }: FieldError): FieldError {
  return { ...error, params: { who: 'Someone', ...params } };
}
