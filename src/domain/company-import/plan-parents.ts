import { pick, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { normaliseCode } from '../company/company.ts';
import type { ErrorDetails } from '../form/parse-values.ts';
import { errorAt } from '../import/cells.ts';
import { cellsOf, type CompanyRows } from './company-row-context.ts';
import type { ParsedRow, RowError } from '../import/row.ts';
import { findAncestors, isAbove, type StoredCompany } from './stored-companies.ts';

/** A row before its details are compared. */
export interface DraftCompany {
  row: ParsedRow;
  stored: StoredCompany | undefined;
  target_id: string;
  isNew: boolean;
  errors: RowError[];
}

export interface PlannedParent {
  /** Null until a later row is read. */
  id: string | null;
  name: string;
  /** The normalised code if a row of the file creates it. */
  code_of_row: string | null;
  /** A later batch creates it. */
  isLater: boolean;
}

type Parents = Map<number, PlannedParent>;

/** By the line of the row. Adds errors to the drafts. The tree of companies is locked if the plan will be written. */
export async function planParents(
  db: TenantDb,
  rows: CompanyRows,
  drafts: readonly DraftCompany[],
  lock: boolean,
): Promise<Parents> {
  const find = await openParents(db, rows, drafts, lock);
  const parents: Parents = new Map();
  for (const draft of drafts) {
    const { parent_code } = cellsOf(draft.row);
    if (parent_code === undefined) continue;
    const found = find(draft, parent_code);
    if ('error' in found) refuse(draft, found.error);
    else parents.set(draft.row.line, found);
  }
  await refuseCycles(db, drafts, parents);
  refuseWithoutParent(drafts, parents);
  return parents;
}

function refuse({ row, errors }: DraftCompany, error: ErrorDetails): void {
  errors.push(errorAt(row, 'parent_code', error));
}

async function openParents(db: TenantDb, rows: CompanyRows, drafts: readonly DraftCompany[], lock: boolean) {
  const codes = [
    ...new Set(drafts.flatMap(({ row }) => normaliseCode(cellsOf(row).parent_code ?? '') || [])),
  ];
  const stored = await findParentsByCode(db, codes);
  const inFile = await findRowsByCode(
    db,
    rows,
    codes.filter((code) => !stored.has(code)),
  );
  const inBatch = new Map(
    drafts.filter(({ isNew }) => isNew).map((draft) => [normaliseCode(cellsOf(draft.row).code ?? ''), draft]),
  );
  const lastLine = drafts.at(-1)?.row.line ?? 0;
  return (draft: DraftCompany, typed: string): PlannedParent | { error: ErrorDetails } => {
    const code = normaliseCode(typed);
    const parent = stored.get(code);
    if (parent?.status === 'archived' && parent.id !== draft.stored?.parent_id)
      return { error: { code: 'parent_archived', params: { name: parent.name } } };
    if (parent) return { id: parent.id, name: parent.name, code_of_row: null, isLater: false };
    const sibling = inBatch.get(code);
    const name = (sibling && cellsOf(sibling.row).name) ?? typed;
    if (sibling) return { id: sibling.target_id, name, code_of_row: code, isLater: false };
    const row = inFile.get(code);
    if (lock && (!row || row.line <= lastLine)) return { error: { code: 'import_parent_refused' } };
    return { id: row?.target_id ?? null, name: row?.target_name ?? typed, code_of_row: code, isLater: true };
  };
}

async function findParentsByCode(db: TenantDb, codes: readonly string[]) {
  if (codes.length === 0) return new Map<string, never>();
  const companies = db.visible('companies as c').whereRaw('c.code_norm = any(?::text[])', [[...codes]]);
  const found = await selectRows(companies, pick('companies as c', 'id', 'code_norm', 'name', 'status'));
  return new Map(found.map((company) => [company.code_norm, company]));
}

/** Rows that create a company: before the import is written, those before the batch. */
async function findRowsByCode(db: TenantDb, { import_id }: CompanyRows, codes: readonly string[]) {
  if (codes.length === 0) return new Map<string, never>();
  const rows = db
    .from('import_rows as r')
    .where({ 'r.import_id': import_id, 'r.verdict': 'create' })
    .whereRaw('r.key_norm = any(?::text[])', [[...codes]]);
  const found = await selectRows(
    rows,
    pick('import_rows as r', 'key_norm', 'line', 'target_id', 'target_name'),
  );
  return new Map(found.map((row) => [row.key_norm!, row]));
}

async function refuseCycles(db: TenantDb, drafts: readonly DraftCompany[], parents: Parents): Promise<void> {
  const ids = [...parents.values()].flatMap(({ id }) => id ?? []);
  const tree = await findAncestors(db, ids);
  for (const { row, target_id, errors } of drafts) {
    const parent = parents.get(row.line);
    if (parent?.id && errors.length === 0) tree.set(target_id, parent.id);
  }
  for (const draft of drafts) {
    const parent = parents.get(draft.row.line);
    if (parent?.id && isAbove(tree, draft.target_id, parent.id))
      refuse(draft, { code: 'circular_parent', params: { name: parent.name } });
  }
}

/** Also the rows below such a row. */
function refuseWithoutParent(drafts: readonly DraftCompany[], parents: Parents): void {
  const created = new Map(drafts.filter(({ isNew }) => isNew).map((draft) => [draft.target_id, draft]));
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (const draft of drafts) {
      const parent = created.get(parents.get(draft.row.line)?.id ?? '');
      if (!parent || parent.errors.length === 0 || draft.errors.length > 0) continue;
      refuse(draft, { code: 'import_parent_refused' });
      isChanged = true;
    }
  }
}
