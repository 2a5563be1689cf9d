import { z } from 'zod';
import type { Row } from '../../database/tables.ts';
import { line, optionalLine } from '../form/fields.ts';
import type { FieldError } from '../form/parse-form.ts';
import { normaliseName } from '../text/normalise.ts';

export type CompanyStatus = Row<'companies'>['status'];

export function normaliseCode(code: string): string {
  return normaliseName(code);
}

/** Write all of these columns together: `search_text` is derived from both values. */
export function companyColumns({ code, name }: { code: string; name: string }) {
  const code_norm = normaliseCode(code);
  const name_norm = normaliseName(name);
  return { code, code_norm, name, name_norm, search_text: `${name_norm} ${code_norm}` };
}

/** Allows letters of any script: tenants write codes in their own language. */
const CODE_PATTERN = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._/-]*$/u;
const codeFormatError = { error: 'Use letters, digits, dots, dashes and slashes only, like C-1001' };

const fields = {
  name: line('Enter a name'),
  parent_code: optionalLine(40),
};

export const createCompanyForm = z.object({
  ...fields,
  code: optionalLine(40).refine((code) => code === null || CODE_PATTERN.test(code), codeFormatError),
});

export const updateCompanyForm = z.object({
  ...fields,
  code: line('Enter a code', 40).refine((code) => CODE_PATTERN.test(code), codeFormatError),
  version: z.string().regex(/^\d{1,9}$/, { error: 'Check what is stored now, then save again' }),
});

export function codeTakenError(code: string): FieldError {
  return {
    text: 'A company with the code {code} already exists',
    params: { code },
    href: `/customers/companies?q=${encodeURIComponent(code)}`,
    link: 'Find it',
  };
}
