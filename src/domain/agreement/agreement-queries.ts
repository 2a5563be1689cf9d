import { column, pick, selectRow, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { AgreementLanguage } from './agreement.ts';

const MAX_VERSIONS = 100;

/** The version that is signed in the language, or undefined. */
export function findAgreementInForce(db: TenantDb, language: AgreementLanguage) {
  const versions = db.from('agreement_versions').where({ locale: language }).orderBy('number', 'desc');
  return selectRow(versions, pick('agreement_versions', 'id', 'locale', 'number', 'body', 'published_at'));
}

/** For a customer: in their language, else in the other one. */
export function findAgreementFor(db: TenantDb, language: AgreementLanguage) {
  const versions = db
    .from('agreement_versions')
    .orderByRaw('case when locale = ? then 0 else 1 end, number desc', [language]);
  return selectRow(versions, pick('agreement_versions', 'id', 'locale', 'number', 'body'));
}

const listColumns = (db: TenantDb) => ({
  ...pick('agreement_versions as v', 'id', 'locale', 'number', 'published_at'),
  published_by_name: db.raw<string | null>("coalesce(nullif(u.name, ''), u.email)"),
});

/** The latest first. */
export function listAgreementVersions(db: TenantDb) {
  return selectRows(withPublisher(db).orderBy('v.id', 'desc').limit(MAX_VERSIONS), listColumns(db));
}

export function findAgreementVersion(db: TenantDb, id: string) {
  const columns = { ...listColumns(db), body: column('agreement_versions as v', 'body') };
  return selectRow(withPublisher(db).where('v.id', id), columns);
}

function withPublisher(db: TenantDb) {
  return db
    .from('agreement_versions as v')
    .leftJoin('users as u', { 'u.tenant_id': 'v.tenant_id', 'u.id': 'v.published_by' });
}
