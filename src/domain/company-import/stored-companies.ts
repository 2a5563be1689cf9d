import { column, nullable, pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

const LABELS = `array(select w.label_id from company_labels w where w.tenant_id = ? and w.company_id = c.id)`;

const columns = (db: TenantDb) => ({
  ...pick('companies as c', 'id', 'code', 'code_norm', 'name', 'status', 'version', 'parent_id', 'address'),
  ...pick('companies as c', 'billing_emails', 'custom', 'status_reason', 'status_since'),
  /** Null also if the viewer may not see the parent. */
  parent_name: nullable(column('companies as p', 'name')),
  label_ids: db.raw<string[]>(LABELS, [db.tenantId]),
});

export type StoredCompany = RowOf<ReturnType<typeof columns>>;

export interface StoredCompanies {
  byId: ReadonlyMap<string, StoredCompany>;
  byCode: ReadonlyMap<string, StoredCompany>;
}

interface Wanted {
  ids: readonly string[];
  /** Normalised. */
  codes: readonly string[];
  lock: boolean;
}

/** Those that the viewer may see. */
export async function findStoredCompanies(
  db: TenantDb,
  { ids, codes, lock }: Wanted,
): Promise<StoredCompanies> {
  const companies = db
    .visible('companies as c')
    .leftJoin('companies as p', (parent) => {
      parent.on({ 'p.tenant_id': 'c.tenant_id', 'p.id': 'c.parent_id' });
      db.onVisible(parent, 'companies as p');
    })
    .whereRaw('(c.id = any(?::uuid[]) or c.code_norm = any(?::text[]))', [[...ids], [...codes]])
    .orderBy('c.id');
  const found = await selectRows(lock ? companies.forUpdate('c') : companies, columns(db));
  return {
    byId: new Map(found.map((company) => [company.id, company])),
    byCode: new Map(found.map((company) => [company.code_norm, company])),
  };
}

/** The parent of each company above the given ones, which are included. */
export async function findAncestors(
  db: TenantDb,
  ids: readonly string[],
): Promise<Map<string, string | null>> {
  if (ids.length === 0) return new Map();
  const { rows } = await db.raw<{ rows: { id: string; parent_id: string | null }[] }>(
    `with recursive upwards as (
       select c.id, c.parent_id from companies c where c.tenant_id = ? and c.id = any(?::uuid[])
       union
       select p.id, p.parent_id from companies p join upwards u on p.id = u.parent_id where p.tenant_id = ?
     )
     select id, parent_id from upwards`,
    [db.tenantId, [...ids], db.tenantId],
  );
  return new Map(rows.map(({ id, parent_id }) => [id, parent_id]));
}

/** Whether the company is the other one or above it. */
export function isAbove(
  parents: ReadonlyMap<string, string | null>,
  company: string,
  other: string,
): boolean {
  const seen = new Set<string>();
  for (let id: string | null | undefined = other; id && !seen.has(id); id = parents.get(id)) {
    if (id === company) return true;
    seen.add(id);
  }
  return false;
}
