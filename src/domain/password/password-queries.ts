import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';

export function findPasswordHash(db: TenantDb, userId: string) {
  return db
    .from('users')
    .where({ id: userId })
    .select('password_hash')
    .first() as unknown as Knex.QueryBuilder<
    { password_hash: string | null },
    { password_hash: string | null } | undefined
  >;
}
