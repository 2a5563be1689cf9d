import type { Knex } from 'knex';
import type { PlatformDb } from '../../database/as-platform.ts';
import { MAX_COUNT } from '../../database/paginate.ts';
import type { ListedTenant } from './tenant-list.ts';

export interface TenantDetails extends Omit<ListedTenant, 'users'> {
  locale: string;
  time_zone: string;
  currency: string;
  staff: number;
  customers: number;
  companies: number;
}

export async function findTenant(db: PlatformDb, id: string) {
  return (await db
    .from('tenants as t')
    .where('t.id', id)
    .first({
      id: 't.id',
      slug: 't.slug',
      name: 't.name',
      status: 't.status',
      primary_host: 't.primary_host',
      created_at: 't.created_at',
      locale: 't.locale',
      time_zone: 't.time_zone',
      currency: 't.currency',
      staff: limitedCount(db, 'users', `and audience = 'staff'`),
      customers: limitedCount(db, 'users', `and audience = 'customer'`),
      companies: limitedCount(db, 'companies'),
    })) as TenantDetails | undefined;
}

export async function findTenantBySlug(db: PlatformDb, slug: string) {
  return (await db.from('tenants').where({ slug }).first('id', 'slug', 'name', 'status', 'primary_host')) as
    Pick<ListedTenant, 'id' | 'slug' | 'name' | 'status' | 'primary_host'> | undefined;
}

/** At most MAX_COUNT + 1. */
export function limitedCount(db: PlatformDb, table: 'users' | 'companies', condition = ''): Knex.Raw {
  return db.raw(
    `(select count(*)::int from
       (select from ${table} where tenant_id = t.id ${condition} limit ${MAX_COUNT + 1}) counted)`,
  );
}
