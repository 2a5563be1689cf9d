import type { CustomField } from '../custom-field/custom-field-queries.ts';
import type { Role } from '../role/role-queries.ts';
import type { RowContext } from './import-engine.ts';
import type { ParsedRow } from './row.ts';

/** What a batch of users is compared with. */
export interface UserRows extends RowContext {
  fields: readonly CustomField[];
  roles: readonly Role[];
  staffRoles: readonly Role[];
}

export const roleColumns = ['add_roles', 'remove_roles'] as const;

/** The id with the key `id`; otherwise the address. */
export function keyOfUser({ key }: RowContext, { values }: ParsedRow): string | null {
  const id = key === 'id' ? values['id'] : undefined;
  return (id ?? values['email'] ?? null) as string | null;
}

/** Commands may do everything. */
export function isPermitted({ actor }: RowContext, permission: string): boolean {
  return actor.kind !== 'staff' || actor.permissions.has(permission);
}
