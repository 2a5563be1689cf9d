import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { CompanyRows } from './company-row-context.ts';
import type { CompanyPlan } from './plan-companies.ts';
import type { WrittenRow } from '../import/row.ts';
import { findAncestors, isAbove } from './stored-companies.ts';

/**
 * Gives the new companies to the earlier rows of the file whose parents they are, unless those were changed since.
 * Returns the rows that would be above their parent.
 */
export async function linkParents(
  db: TenantDb,
  rows: CompanyRows,
  created: readonly CompanyPlan[],
): Promise<WrittenRow[]> {
  if (created.length === 0 || !rows.columns.includes('parent_code')) return [];
  const parents = new Map(created.map((plan) => [plan.key_norm!, plan]));
  const waiting = (await findWaitingRows(db, rows, [...parents.keys()])).map(({ part_norm, ...row }) => ({
    ...row,
    parent: parents.get(part_norm!)!,
  }));
  if (waiting.length === 0) return [];
  const tree = await findAncestors(
    db,
    waiting.map(({ parent }) => parent.target_id),
  );
  const isCircular = ({ target_id, parent }: (typeof waiting)[number]) =>
    isAbove(tree, target_id!, parent.target_id);
  await setParents(
    db,
    waiting
      .filter((row) => !isCircular(row))
      .map(({ target_id, target_version, parent }) => ({
        id: target_id!,
        version: target_version!,
        parent_id: parent.target_id,
      })),
  );
  return waiting.filter(isCircular).map(({ line, target_version, undo, parent: { details } }) => ({
    line,
    result: 'failed',
    errors: [
      {
        column: 'parent_code',
        value: details.code,
        code: 'circular_parent',
        params: { name: details.name },
      },
    ],
    target_version,
    undo,
  }));
}

function findWaitingRows(db: TenantDb, { import_id }: CompanyRows, codes: readonly string[]) {
  const rows = db
    .from('import_rows as r')
    .where({ 'r.import_id': import_id })
    .whereRaw(`r.part_norm = any(?::text[]) and r.result in ('created', 'updated')`, [[...codes]]);
  return selectRows(
    rows,
    pick('import_rows as r', 'line', 'part_norm', 'target_id', 'target_version', 'undo'),
  );
}

interface Link {
  id: string;
  version: number;
  parent_id: string;
}

async function setParents(db: TenantDb, links: readonly Link[]): Promise<void> {
  if (links.length === 0) return;
  await db.raw(
    `update companies c set parent_id = l.parent_id
     from jsonb_to_recordset(?::jsonb) as l (id uuid, version int, parent_id uuid)
     where c.tenant_id = ? and c.id = l.id and c.version = l.version`,
    [JSON.stringify(links), db.tenantId],
  );
}
