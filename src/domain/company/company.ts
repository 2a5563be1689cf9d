import type * as z from 'zod';
import { tables, type Row } from '../../database/tables.ts';
import { schemaWithCustomFields } from '../custom-field/form-fields.ts';
import { address, checkbox, line, optionalLine, version } from '../form/fields.ts';
import { code as errorCode } from '../form/parse-values.ts';
import { fold } from '../text/fold.ts';
import { searchText } from '../text/search-text.ts';

export type CompanyStatus = Row<'companies'>['status'];

export const companyStatuses = tables.companies.status;

/** Codes that differ by more than case and width are different: `ÖL` and `OL`. */
export function normaliseCode(code: string): string {
  return code.normalize('NFKC').toLowerCase().normalize('NFKC').trim();
}

/** Write all of these columns together: `search_text` is derived from both values. */
export function companyColumns({ code, name }: { code: string; name: string }) {
  const folded = fold(code);
  return {
    code,
    code_norm: normaliseCode(code),
    name,
    name_norm: fold(name),
    search_text: searchText({ names: [name], words: [folded, folded.replaceAll(' ', '')] }),
  };
}

/** Allows letters of any script: tenants write codes in their own language. */
const CODE_PATTERN = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._/-]*$/u;
const invalidCode = errorCode('invalid_company_code');

const fields = {
  name: line(),
  parent_code: optionalLine(40),
  address: address(),
};

export const newCompanySchema = schemaWithCustomFields({
  ...fields,
  code: optionalLine(40).refine((code) => code === null || CODE_PATTERN.test(code), invalidCode),
  is_pending: checkbox(),
});

export const changedCompanySchema = schemaWithCustomFields({
  ...fields,
  code: line(40).refine((code) => CODE_PATTERN.test(code), invalidCode),
  version: version(),
});

export type NewCompanyValues = z.infer<ReturnType<typeof newCompanySchema>>;
export type ChangedCompanyValues = z.infer<ReturnType<typeof changedCompanySchema>>;
