import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseCode } from '../company/company.ts';
import { findUnarchivable } from './plan-company-status.ts';
import { hasMoney } from '../import/references.ts';
import type { RowReason } from '../import/row.ts';
import { findAncestors, isAbove } from './stored-companies.ts';
import type { RestoredCompany } from './undo-companies.ts';

/** Adds those whose former code, parent or status is no longer possible to `skipped`. */
export async function skipUnrestorable(
  db: TenantDb,
  restored: readonly RestoredCompany[],
  skipped: Map<number, RowReason>,
): Promise<void> {
  if (restored.length === 0) return;
  const owners = await findOwners(
    db,
    restored.map(({ undo }) => normaliseCode(undo.details.code)),
  );
  const tree = await findAncestors(
    db,
    restored.flatMap(({ undo }) => undo.details.parent_id ?? []),
  );
  const archived = restored.filter(
    ({ company, undo }) => undo.details.status === 'archived' && company.status !== 'archived',
  );
  const busy = await findUnarchivable(
    db,
    archived.map(({ company }) => company.id),
  );
  for (const { row, company, undo } of restored) {
    const { code, parent_id } = undo.details;
    const owner = owners.get(normaliseCode(code));
    const hasParent = parent_id === null || (tree.has(parent_id) && !isAbove(tree, company.id, parent_id));
    if (busy.has(company.id)) skipped.set(row.line, hasMoney);
    else if (owner !== undefined && owner !== company.id) skipped.set(row.line, { code: 'undo_code_taken' });
    else if (!hasParent) skipped.set(row.line, { code: 'undo_parent_changed' });
  }
}

async function findOwners(db: TenantDb, codes: readonly string[]): Promise<Map<string, string>> {
  const companies = db.from('companies as c').whereRaw('c.code_norm = any(?::text[])', [[...codes]]);
  const found = await selectRows(companies, pick('companies as c', 'id', 'code_norm'));
  return new Map(found.map(({ id, code_norm }) => [code_norm, id]));
}
