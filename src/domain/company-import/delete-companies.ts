import { column, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { recordAudits } from '../audit/record-audit.ts';
import { deleteRowsOf } from '../import/delete-rows-of.ts';
import { companyReferences } from './company-references.ts';
import type { CompanyRows } from './company-row-context.ts';
import { hasMoney, hasRecords, reasonsToKeep } from '../import/references.ts';
import type { RowReason } from '../import/row.ts';

export interface DeletedCompany {
  line: number;
  id: string;
  name: string;
  code: string;
}

/**
 * Adds companies that are kept to `skipped`: those with records, and those above a company that stays. `found` are
 * created ones, locked.
 */
export async function skipReferredCompanies(
  db: TenantDb,
  rows: CompanyRows,
  found: readonly DeletedCompany[],
  skipped: Map<number, RowReason>,
): Promise<void> {
  if (found.length === 0) return;
  const ids = found.map(({ id }) => id);
  const below = await findBelow(db, rows, ids);
  const created = below.filter(({ result }) => result === 'created').map(({ id }) => id);
  const reasons = await findReasons(db, [...new Set([...ids, ...created])]);
  const kept = new Map(reasons);
  for (const { id, is_unchanged } of below) if (!is_unchanged) kept.set(id, hasRecords);
  const parents = new Map(below.map(({ id, parent_id }) => [id, parent_id]));
  const stay = Array.from(kept.keys());
  for (const id of stay)
    for (let above = parents.get(id); above && !kept.has(above); above = parents.get(above))
      kept.set(above, hasRecords);
  for (const { line, id } of found) {
    const reason = kept.get(id);
    if (reason) skipped.set(line, reason);
  }
}

interface CompanyBelow {
  id: string;
  parent_id: string;
  /** Null for one that the import did not write. */
  result: string | null;
  is_unchanged: boolean | null;
}

async function findBelow(db: TenantDb, { import_id }: CompanyRows, ids: readonly string[]) {
  const { rows } = await db.raw<{ rows: CompanyBelow[] }>(
    `with recursive below as (
       select c.id, c.parent_id, c.version from companies c where c.tenant_id = ? and c.parent_id = any(?::uuid[])
       union
       select c.id, c.parent_id, c.version from companies c join below b on c.parent_id = b.id where c.tenant_id = ?
     )
     select b.id, b.parent_id, r.result, b.version = r.target_version as is_unchanged
     from below b
     left join import_rows r on r.tenant_id = ? and r.import_id = ? and r.target_id = b.id
       and r.result in ('created', 'updated')`,
    [db.tenantId, [...ids], db.tenantId, db.tenantId, import_id],
  );
  return rows;
}

async function findReasons(db: TenantDb, ids: readonly string[]): Promise<Map<string, RowReason>> {
  const companies = db.from('companies as c').whereRaw('c.id = any(?::uuid[])', [[...ids]]);
  const found = await selectRows(companies, {
    id: column('companies as c', 'id'),
    reasons: reasonsToKeep(db, companyReferences, 'c'),
  });
  return new Map(
    found.flatMap(({ id, reasons }) => {
      const reason = [hasMoney, hasRecords].find(({ code }) => reasons.includes(code));
      return reason === undefined ? [] : [[id, reason] as const];
    }),
  );
}

/** Companies below them are undone later and have no parent until then. */
export async function deleteCompanies(
  db: TenantDb,
  { actor }: CompanyRows,
  deleted: readonly DeletedCompany[],
): Promise<void> {
  if (deleted.length === 0) return;
  const ids = deleted.map(({ id }) => id);
  db.defer({
    text: 'update companies set parent_id = null where tenant_id = $1 and parent_id = any($2::uuid[])',
    values: [db.tenantId, ids],
  });
  deleteRowsOf(db, ids, [
    ['company_labels', 'company_id'],
    ['custom_field_values_index', 'entity_id'],
    ['companies', 'id'],
  ]);
  recordAudits(
    db,
    actor,
    deleted.map(({ id, name, code }) => ({
      event: 'company.deleted',
      target: { type: 'company', id, name },
      changes: { name: [name, null], code: [code, null] },
    })),
  );
  await db.flush();
}
