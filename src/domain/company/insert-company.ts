import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { companyColumns, type CompanyStatus } from './company.ts';
import { nextCompanyCode } from './company-code.ts';

export interface NewCompany {
  name: string;
  /** Null: the next number of the tenant. */
  code: string | null;
  parent_id?: string | null;
  status?: CompanyStatus;
}

/**
 * The new company's id and code, or undefined when another company has the typed code: the unique index decides, so
 * that two forms sent at once cannot both win.
 */
export async function insertCompany(
  db: TenantDb,
  company: NewCompany,
): Promise<{ id: string; code: string } | undefined> {
  if (company.code !== null) return insertWithCode(db, { ...company, code: company.code });
  // A number may be typed by somebody else between its choice and the insert: then the one after it is taken.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const inserted = await insertWithCode(db, { ...company, code: await nextCompanyCode(db) });
    if (inserted) return inserted;
  }
  throw new Error('No free company code was found');
}

async function insertWithCode(
  db: TenantDb,
  { name, code, parent_id = null, status = 'active' }: NewCompany & { code: string },
): Promise<{ id: string; code: string } | undefined> {
  const inserted = (await db
    .insertInto('companies', { id: newId(), status, parent_id, ...companyColumns({ code, name }) })
    .onConflict(['tenant_id', 'code_norm'])
    .ignore()
    .returning(['id', 'code'])) as { id: string; code: string }[];
  return inserted[0];
}
