import type { Knex } from 'knex';
import type { TenantDb } from '../../database/tenant-db.ts';

export interface TermsVersion {
  id: string;
  number: number;
  body: string;
  published_at: Date;
}

/** The version in force; undefined for a tenant without terms. */
export function findTermsInForce(db: TenantDb): Knex.QueryBuilder<TermsVersion, TermsVersion | undefined> {
  return db
    .from('terms_versions')
    .orderBy('number', 'desc')
    .select('id', 'number', 'body', 'published_at')
    .first() as unknown as Knex.QueryBuilder<TermsVersion, TermsVersion | undefined>;
}

export function listTermsVersions(db: TenantDb): Knex.QueryBuilder<TermsVersion, TermsVersion[]> {
  return db
    .from('terms_versions')
    .orderBy('number', 'desc')
    .limit(100)
    .select('id', 'number', 'body', 'published_at') as unknown as Knex.QueryBuilder<
    TermsVersion,
    TermsVersion[]
  >;
}

/** The version a person has yet to agree to, if any. */
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
    .whereRaw('v.number = (select max(number) from terms_versions where tenant_id = v.tenant_id)')
    .whereNull('a.user_id')
    .select('v.id')
    .first() as unknown as Knex.QueryBuilder<{ id: string }, { id: string } | undefined>;
}
