import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { builtInRoles } from './built-in-roles.ts';

/** Built-in roles by `audience/code`: `staff/manager`. */
export type RoleIds = ReadonlyMap<string, string>;

/** Gives a tenant the built-in roles and the permissions that they lack; changes nothing that is there. */
export async function ensureBuiltInRoles(db: TenantDb): Promise<RoleIds> {
  await db
    .insertInto(
      'roles',
      builtInRoles.map(({ audience, code, name, description }, position) => ({
        id: newId(),
        audience,
        code,
        name,
        description,
        is_built_in: true,
        position,
      })),
    )
    .onConflict(['tenant_id', 'audience', 'code'])
    .ignore();
  const rows: { id: string; audience: string; code: string }[] = await db
    .from('roles')
    .where({ is_built_in: true })
    .select('id', 'audience', 'code');
  const ids = new Map(rows.map((row) => [`${row.audience}/${row.code}`, row.id]));
  const grants = builtInRoles.flatMap(({ audience, code, permissions }) =>
    permissions.map((permission) => ({ role_id: ids.get(`${audience}/${code}`), permission })),
  );
  await db.insertInto('role_permissions', grants).onConflict(['tenant_id', 'role_id', 'permission']).ignore();
  return ids;
}
