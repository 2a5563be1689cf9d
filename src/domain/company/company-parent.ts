import type { TenantDb } from '../../database/tenant-db.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { lockCounter } from './company-code.ts';
import { findCompanyByCode, type CompanyRef } from './company-queries.ts';

type ParentResult = { ok: true; parent: CompanyRef | null } | RefusedValues;

/** Locks the tenant's company tree for an existing company: two concurrent changes could create a cycle together. */
export async function findParent(
  db: TenantDb,
  code: string | null,
  company?: { id: string; parent_id: string | null },
): Promise<ParentResult> {
  if (code === null) return { ok: true, parent: null };
  if (company) await lockCounter(db, 'company_tree');
  const parent = await findCompanyByCode(db, code);
  if (!parent) return refuse({ field: 'parent_code', code: 'unknown_company', params: { code } });
  if (parent.status === 'archived' && parent.id !== company?.parent_id)
    return refuse({ field: 'parent_code', code: 'parent_archived', params: { name: parent.name } });
  if (company && (await isSameOrDescendant(db, parent.id, company.id)))
    return refuse({ field: 'parent_code', code: 'circular_parent', params: { name: parent.name } });
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
