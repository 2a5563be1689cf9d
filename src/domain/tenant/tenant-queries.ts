import type { PlatformDb } from '../../database/as-platform.ts';

export interface TenantListRow {
  id: string;
  slug: string;
  name: string;
  status: 'active' | 'suspended';
  primary_host: string | null;
  created_at: Date;
  /** Counted up to MOST_COUNTED + 1. */
  users: number;
}

export const MOST_COUNTED = 1_000;

export interface TenantFilter {
  search?: string | undefined;
  /** The last tenant of the page before. */
  after?: string | undefined;
  limit?: number;
}

/** Newest first. `search` is a part of the name or of the subdomain. */
export async function listTenants(
  db: PlatformDb,
  { search = '', after, limit = 50 }: TenantFilter = {},
): Promise<TenantListRow[]> {
  const { rows } = (await db.knex.raw(
    `select t.id, t.slug, t.name, t.status, t.primary_host, t.created_at,
       (select count(*)::int from (select from users where tenant_id = t.id limit :most) counted) as users
     from tenants t
     where (:term = '' or t.slug like :pattern or lower(t.name) like :pattern)
       and (:after::uuid is null or t.id < :after::uuid)
     order by t.id desc limit :limit`,
    {
      most: MOST_COUNTED + 1,
      term: search.trim(),
      pattern: `%${search
        .trim()
        .toLowerCase()
        .replace(/[\\%_]/g, '\\$&')}%`,
      after: after ?? null,
      limit,
    },
  )) as { rows: TenantListRow[] };
  return rows;
}

export interface TenantDetails extends Omit<TenantListRow, 'users'> {
  locale: string;
  time_zone: string;
  currency: string;
  staff: number;
  customers: number;
  companies: number;
}

export async function findTenant(db: PlatformDb, id: string): Promise<TenantDetails | undefined> {
  const counted = (from: string) => `(select count(*)::int from (select from ${from} limit :most) counted)`;
  const { rows } = (await db.knex.raw(
    `select t.id, t.slug, t.name, t.status, t.primary_host, t.created_at, t.locale, t.time_zone, t.currency,
       ${counted(`users where tenant_id = t.id and audience = 'staff'`)} as staff,
       ${counted(`users where tenant_id = t.id and audience = 'customer'`)} as customers,
       ${counted('companies where tenant_id = t.id')} as companies
     from tenants t where t.id = :id`,
    { id, most: MOST_COUNTED + 1 },
  )) as { rows: TenantDetails[] };
  return rows[0];
}

/** What a tenant's addresses are made of. */
export async function findTenantBySlug(db: PlatformDb, slug: string) {
  return (await db
    .from('tenants')
    .where({ slug })
    .select('id', 'slug', 'name', 'status', 'primary_host')
    .first()) as
    { id: string; slug: string; name: string; status: string; primary_host: string | null } | undefined;
}
