import type { CustomField } from '../custom-field/custom-field-queries.ts';
import type { listLabels } from '../label/label-queries.ts';
import type { Role } from '../role/role-queries.ts';
import type { RowContext } from '../import/import-engine.ts';
import { hasNoKey, keyWithoutEmail } from './people-without-key.ts';
import type { ParsedRow } from '../import/row.ts';

type Label = Awaited<ReturnType<typeof listLabels>>[number];

/** What a batch of users is compared with. */
export interface UserRows extends RowContext {
  fields: readonly CustomField[];
  roles: readonly Role[];
  staffRoles: readonly Role[];
  labels: readonly Label[];
}

export const roleColumns = ['add_roles', 'remove_roles'] as const;

/** Columns that name a company. */
export const companyColumns = ['company_code', 'company_name'] as const;

/** The id with the key `id`, and of a row without an address; otherwise the address. Without both, of `keyWithoutEmail`. */
export function keyOfUser({ key }: RowContext, row: ParsedRow): string | null {
  const { id = null, email = null } = row.values as { id?: string; email?: string };
  if (hasNoKey(row)) return keyWithoutEmail(row);
  return key === 'id' ? (id ?? email) : (email ?? id);
}
