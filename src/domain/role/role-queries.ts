import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';

export interface Role {
  id: string;
  code: string;
  name: string;
  /** One line: what it is for. */
  description: string;
}

/** In the order they are shown in. A tenant has a dozen of them. */
export function listRoles(db: TenantDb, audience: 'customer' | 'staff'): Knex.QueryBuilder<Role, Role[]> {
  return db
    .from('roles')
    .where({ audience })
    .orderBy(['position', 'name', 'id'])
    .select('id', 'code', 'name', 'description') as unknown as Knex.QueryBuilder<Role, Role[]>;
}
