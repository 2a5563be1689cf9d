import { z } from 'zod';
import { line, optionalLine } from '../form/fields.ts';
import type { FieldError } from '../form/parse-form.ts';

/** Letters of any script, so that a code may be written in the language of the tenant. */
const CODE = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._/-]*$/u;
const oddCode = { error: 'Use letters, digits, dots, dashes and slashes only, like C-1001' };

const fields = {
  name: line('Enter a name'),
  parent_code: optionalLine(40),
};

export const createCompanyForm = z.object({
  ...fields,
  code: optionalLine(40).refine((code) => code === null || CODE.test(code), oddCode),
});

export const updateCompanyForm = z.object({
  ...fields,
  code: line('Enter a code', 40).refine((code) => CODE.test(code), oddCode),
  /** The one the form was drawn with. */
  version: z.string().regex(/^\d{1,9}$/, { error: 'Check what is stored now, then save again' }),
});

export function takenCode(code: string): FieldError {
  return {
    text: 'A company with the code {code} already exists',
    params: { code },
    href: `/customers/companies?q=${encodeURIComponent(code)}`,
    link: 'Find it',
  };
}
