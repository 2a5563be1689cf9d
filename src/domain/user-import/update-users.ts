import type { TenantDb } from '../../database/tenant-db.ts';
import { addressColumns } from '../text/address.ts';
import { userColumns } from '../user/user.ts';
import type { PlannedDetails } from './plan-users.ts';

export interface ChangedUserRow extends PlannedDetails {
  id: string;
}

function rowOf({ id, locale, address, ...details }: ChangedUserRow) {
  return { id, locale, ...userColumns(details), ...addressColumns(address) };
}

const COLUMNS: readonly (keyof ReturnType<typeof rowOf>)[] = [
  'locale',
  'first_name',
  'last_name',
  'name',
  'name_norm',
  'phone',
  'phone2',
  'search_text',
  'address',
  'address_norm',
];

const UPDATE_USERS = `
  update users u set ${COLUMNS.map((name) => `${name} = r.${name}`).join(', ')},
    version = u.version + 1, updated_at = now()
  from jsonb_to_recordset(?::jsonb) as r (id uuid, ${COLUMNS.map((name) => `${name} text`).join(', ')})
  where u.tenant_id = ? and u.id = r.id
  returning u.id, u.version`;

/** One statement for all rows, which are locked. An address is not changed. Returns the new versions by id. */
export async function updateUsers(
  db: TenantDb,
  users: readonly ChangedUserRow[],
): Promise<Map<string, number>> {
  if (users.length === 0) return new Map();
  const { rows } = await db.raw<{ rows: { id: string; version: number }[] }>(UPDATE_USERS, [
    JSON.stringify(users.map(rowOf)),
    db.tenantId,
  ]);
  return new Map(rows.map(({ id, version }) => [id, version]));
}
