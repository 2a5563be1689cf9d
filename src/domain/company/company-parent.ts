import type { TenantDb } from '../../database/tenant-db.ts';
import { lockCounter } from './lock-counter.ts';
import type { FieldError } from '../form/parse-form.ts';
import { findCompanyByCode, isAtOrBelow, type CompanyRef } from './company-queries.ts';

type Parent = { ok: true; parent: CompanyRef | null } | { ok: false; error: FieldError };

/**
 * The company that a form names as parent, by its code. A company cannot end up below itself: while one transaction
 * moves `companyId`, no other moves a company of this tenant.
 */
export async function findParent(db: TenantDb, code: string | null, companyId?: string): Promise<Parent> {
  if (code === null) return { ok: true, parent: null };
  if (companyId) await lockCounter(db, 'company_tree');
  const parent = await findCompanyByCode(db, code);
  if (!parent) return { ok: false, error: { text: 'No company has the code {code}', params: { code } } };
  if (companyId && (await isAtOrBelow(db, parent.id, companyId))) return { ok: false, error: circle(parent) };
  return { ok: true, parent };
}

function circle({ name }: CompanyRef): FieldError {
  return {
    text: '{name} cannot be the parent: it is this company itself or one below it',
    params: { name },
  };
}
