import type { TenantDb } from '../../database/tenant-db.ts';
import type { FieldError } from '../form/parse-form.ts';
import { lockCounter } from './company-code.ts';
import { findCompanyByCode, type CompanyRef } from './company-queries.ts';

type ParentResult = { ok: true; parent: CompanyRef | null } | { ok: false; error: FieldError };

/** Locks the tenant's company tree for an existing company: two concurrent changes could create a cycle together. */
export async function findParent(
  db: TenantDb,
  code: string | null,
  companyId?: string,
): Promise<ParentResult> {
  if (code === null) return { ok: true, parent: null };
  if (companyId) await lockCounter(db, 'company_tree');
  const parent = await findCompanyByCode(db, code);
  if (!parent) return { ok: false, error: { text: 'No company has the code {code}', params: { code } } };
  if (companyId && (await isSameOrDescendant(db, parent.id, companyId)))
    return { ok: false, error: parentCycleError(parent) };
  return { ok: true, parent };
}

async function isSameOrDescendant(db: TenantDb, companyId: string, ancestorId: string): Promise<boolean> {
  const { rows } = await db.raw<{ rows: unknown[] }>(
    `with recursive upwards as (
       select c.id, c.parent_id from companies c where c.tenant_id = ? and c.id = ?
       union
       select p.id, p.parent_id from companies p join upwards u on p.id = u.parent_id where p.tenant_id = ?
     )
     select 1 from upwards where id = ?`,
    [db.tenantId, companyId, db.tenantId, ancestorId],
  );
  return rows.length > 0;
}

function parentCycleError({ name }: CompanyRef): FieldError {
  return {
    text: '{name} cannot be the parent: it is this company itself or one below it',
    params: { name },
  };
}
