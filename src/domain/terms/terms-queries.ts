import { column, pick, selectRow, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

export function findTermsInForce(db: TenantDb) {
  const versions = db.from('terms_versions').orderBy('number', 'desc');
  return selectRow(versions, pick('terms_versions', 'id', 'number', 'body', 'published_at'));
}

export function findTermsToAccept(db: TenantDb, userId: string) {
  const missing = db
    .from('terms_versions as v')
    .leftJoin('terms_acceptances as a', {
      'a.tenant_id': 'v.tenant_id',
      'a.terms_version_id': 'v.id',
      'a.user_id': db.raw('?::uuid', [userId]),
    })
    .whereRaw('v.number = (select max(number) from terms_versions where tenant_id = ?)', [db.tenantId])
    .whereNull('a.user_id');
  return selectRow(missing, pick('terms_versions as v', 'id'));
}

/** Those who can log in. */
export function countCustomersToAsk(db: TenantDb) {
  const customers = db.from('users').where({ audience: 'customer', status: 'enabled' }).whereNotNull('email');
  return selectRow(customers, { count: db.raw<number>('count(*)::int') });
}

const listColumns = (db: TenantDb) => ({
  ...pick('terms_versions as v', 'id', 'number', 'published_at'),
  published_by_name: db.raw<string | null>("coalesce(nullif(u.name, ''), u.email)"),
});

export function listTermsVersions(db: TenantDb) {
  return selectRows(withPublisher(db).orderBy('v.number', 'desc').limit(100), listColumns(db));
}

export function findTermsVersion(db: TenantDb, id: string) {
  const columns = { ...listColumns(db), body: column('terms_versions as v', 'body') };
  return selectRow(withPublisher(db).where('v.id', id), columns);
}

function withPublisher(db: TenantDb) {
  return db
    .from('terms_versions as v')
    .leftJoin('users as u', { 'u.tenant_id': 'v.tenant_id', 'u.id': 'v.published_by' });
}
