import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';

export interface TermsVersion {
  id: string;
  number: number;
  body: string;
  published_at: Date;
}

export function findTermsInForce(db: TenantDb): Knex.QueryBuilder<TermsVersion, TermsVersion | undefined> {
  return db
    .from('terms_versions')
    .orderBy('number', 'desc')
    .select('id', 'number', 'body', 'published_at')
    .first() as unknown as Knex.QueryBuilder<TermsVersion, TermsVersion | undefined>;
}

export function findTermsToAccept(
  db: TenantDb,
  userId: string,
): Knex.QueryBuilder<{ id: string }, { id: string } | undefined> {
  return db
    .from('terms_versions as v')
    .leftJoin('terms_acceptances as a', {
      'a.tenant_id': 'v.tenant_id',
      'a.terms_version_id': 'v.id',
      'a.user_id': db.raw('?::uuid', [userId]),
    })
    .whereRaw('v.number = (select max(number) from terms_versions where tenant_id = ?)', [db.tenantId])
    .whereNull('a.user_id')
    .select('v.id')
    .first() as unknown as Knex.QueryBuilder<{ id: string }, { id: string } | undefined>;
}

export interface ListedTermsVersion {
  id: string;
  number: number;
  published_at: Date;
  published_by_name: string | null;
}

export function listTermsVersions(db: TenantDb): Knex.QueryBuilder<ListedTermsVersion, ListedTermsVersion[]> {
  return withPublisher(db).orderBy('v.number', 'desc').limit(100) as unknown as Knex.QueryBuilder<
    ListedTermsVersion,
    ListedTermsVersion[]
  >;
}

export type TermsDetail = ListedTermsVersion & { body: string };

export function findTermsVersion(
  db: TenantDb,
  id: string,
): Knex.QueryBuilder<TermsDetail, TermsDetail | undefined> {
  return withPublisher(db).where('v.id', id).select('v.body').first() as unknown as Knex.QueryBuilder<
    TermsDetail,
    TermsDetail | undefined
  >;
}

function withPublisher(db: TenantDb): Knex.QueryBuilder {
  return db
    .from('terms_versions as v')
    .leftJoin('users as u', { 'u.tenant_id': 'v.tenant_id', 'u.id': 'v.published_by' })
    .select({ id: 'v.id', number: 'v.number', published_at: 'v.published_at' })
    .select({ published_by_name: db.raw("coalesce(nullif(u.name, ''), u.email)") });
}
