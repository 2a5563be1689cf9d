import * as z from 'zod';
import type { Row } from '../../database/tables.ts';
import { line, optionalLine, version } from '../form/fields.ts';
import { code as errorCode } from '../form/parse-values.ts';
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
const invalidCode = errorCode('invalid_company_code');

const fields = {
  name: line(),
  parent_code: optionalLine(40),
};

export const newCompanySchema = z.object({
  ...fields,
  code: optionalLine(40).refine((code) => code === null || CODE_PATTERN.test(code), invalidCode),
});

export const changedCompanySchema = z.object({
  ...fields,
  code: line(40).refine((code) => CODE_PATTERN.test(code), invalidCode),
  version: version(),
});

export type NewCompanyValues = z.infer<typeof newCompanySchema>;
export type ChangedCompanyValues = z.infer<typeof changedCompanySchema>;
