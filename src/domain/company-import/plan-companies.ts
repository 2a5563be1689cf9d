import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import { changedFields, type Changes } from '../audit/audit.ts';
import { changeError } from '../company/check-status.ts';
import { normaliseCode } from '../company/company.ts';
import type { FieldValue } from '../custom-field/field-types.ts';
import { lockLabels } from '../label/change-labels.ts';
import { lockCounter } from '../company/company-code.ts';
import { errorAt } from '../import/cells.ts';
import { cellsOf, keyOfCompany, type CompanyRows, type ImportedLabel } from './company-row-context.ts';
import type { OpenRows } from '../import/import-engine.ts';
import { findBusyCompanies, planStatus, type PlannedStatus } from './plan-company-status.ts';
import { planLabels } from './plan-company-labels.ts';
import { missingValues, planCustomValues } from '../import/plan-custom-values.ts';
import { planParents, type DraftCompany, type PlannedParent } from './plan-parents.ts';
import type { EarlierRow, ParsedRow, RowPlan } from '../import/row.ts';
import { findStoredCompanies, type StoredCompanies, type StoredCompany } from './stored-companies.ts';
import { verdictOf } from '../import/verdict.ts';

export interface CompanyDetails {
  name: string;
  code: string;
  address: string | null;
  billing_emails: readonly string[];
}

export interface CompanyPlan extends RowPlan {
  target_id: string;
  stored: StoredCompany | undefined;
  /** All details of the company after the import. */
  details: CompanyDetails;
  /** Undefined: it stays. */
  parent: PlannedParent | undefined;
  /** Of details, parent and custom fields. */
  detail_changes: Changes;
  status: PlannedStatus;
  added_labels: readonly ImportedLabel[];
  label_changes: Changes;
  /** Changed values by the codes of the fields, secrets as typed. */
  custom: Readonly<Record<string, FieldValue | null>>;
}

interface Batch extends StoredCompanies {
  rows: CompanyRows;
  /** By key, also those of this batch. */
  earlier: Map<string, Pick<EarlierRow, 'line'>[]>;
  /** The lines of this batch, by normalised code. */
  codes: Map<string, number>;
  ids: ReadonlyMap<number, string>;
}

export async function planCompanies(
  db: TenantDb,
  rows: CompanyRows,
  parsed: readonly ParsedRow[],
  { earlier, ids, lock }: Parameters<OpenRows['plan']>[2],
): Promise<CompanyPlan[]> {
  if (lock && rows.columns.includes('parent_code')) await lockCounter(db, 'company_tree');
  const cells = parsed.map(cellsOf);
  const stored = await findStoredCompanies(db, {
    ids: rows.key === 'id' ? cells.flatMap(({ id }) => id ?? []) : [],
    codes: cells.flatMap(({ code }) => (code === undefined ? [] : normaliseCode(code))),
    lock,
  });
  const batch: Batch = {
    ...stored,
    rows,
    ids,
    earlier: groupBy(earlier, ({ key_norm }) => key_norm!),
    codes: new Map(),
  };
  const drafts = parsed.map((row) => draftCompany(batch, row));
  const labels = [...new Set(cells.flatMap((each) => each.labels?.map(({ id }) => id) ?? []))];
  const areLabelsStored = !lock || (await lockLabels(db, labels));
  const busy = await findBusyCompanies(db, drafts);
  const parents = await planParents(db, rows, drafts, lock);
  return drafts.map((draft) => {
    const { row, errors } = draft;
    if (!areLabelsStored && cellsOf(row).labels)
      errors.push(errorAt(row, 'labels', { code: 'import_row_changed' }));
    return planCompany(rows, draft, { parent: parents.get(row.line), isBusy: busy.has(draft.target_id) });
  });
}

function draftCompany(batch: Batch, row: ParsedRow): DraftCompany {
  const { rows, byId, byCode, earlier, codes, ids } = batch;
  const { id = '', code } = cellsOf(row);
  const code_norm = code === undefined ? '' : normaliseCode(code);
  const stored = rows.key === 'id' && id !== '' ? byId.get(id) : byCode.get(code_norm);
  const draft: DraftCompany = {
    row,
    stored,
    target_id: stored?.id ?? ids.get(row.line) ?? newId(),
    isNew: !stored,
    errors: [...row.errors],
  };
  const key = keyOfCompany(rows, row);
  const line = (key === null ? undefined : earlier.get(key)?.[0]?.line) ?? codes.get(code_norm);
  if (line !== undefined)
    draft.errors.push(errorAt(row, rows.key, { code: 'import_duplicate_company', params: { line } }));
  else if (stored) checkStored(batch, draft);
  else if (row.errors.every(({ column }) => column !== '')) checkNew(batch, draft);
  if (draft.errors.length === 0 && key !== null) {
    earlier.set(key, [{ line: row.line }]);
    codes.set(code_norm, row.line);
  }
  return draft;
}

function checkStored({ rows, byCode }: Batch, { row, stored, errors }: DraftCompany): void {
  const { code } = cellsOf(row);
  const other = code === undefined ? undefined : byCode.get(normaliseCode(code));
  if (rows.mode === 'create') errors.push(errorAt(row, rows.key, { code: 'import_company_exists' }));
  else if (other && other.id !== stored!.id)
    errors.push(errorAt(row, 'code', { code: 'company_code_taken', params: { code: code! } }));
}

function checkNew({ rows }: Batch, { row, errors }: DraftCompany): void {
  const { id, code, name } = cellsOf(row);
  const hasError = (column: string) => errors.some((each) => each.column === column);
  const require = (column: string, value: unknown) => {
    if (value === undefined && !hasError(column)) errors.push(errorAt(row, column, { code: 'required' }));
  };
  if (rows.mode === 'update' && !hasError(rows.key))
    errors.push(errorAt(row, rows.key, { code: 'import_unknown_company_key' }));
  else if (rows.key === 'id' && id !== undefined)
    errors.push(errorAt(row, 'id', { code: 'import_unknown_company_id' }));
  else {
    require('code', code);
    require('name', name);
    for (const { column, ...error } of missingValues(rows, row))
      if (!hasError(column)) errors.push(errorAt(row, column, error));
  }
}

function planCompany(
  rows: CompanyRows,
  draft: DraftCompany,
  { parent, isBusy }: { parent: PlannedParent | undefined; isBusy: boolean },
): CompanyPlan {
  const { row, stored, target_id, isNew, errors } = draft;
  const cells = cellsOf(row);
  const details: CompanyDetails = {
    name: cells.name ?? stored?.name ?? '',
    code: cells.code ?? stored?.code ?? '',
    address: cells.address ?? stored?.address ?? null,
    billing_emails: cells.billing_emails ?? stored?.billing_emails ?? [],
  };
  const custom = planCustomValues(rows, row, { stored, errors });
  const isSameParent = stored !== undefined && parent !== undefined && parent.id === stored.parent_id;
  const detail_changes = {
    ...changedDetails(stored, details),
    ...(parent && !isSameParent && { parent: [stored?.parent_name ?? null, parent.name] as const }),
    ...custom.changes,
  } as Changes;
  const status = planStatus(rows, draft, isBusy);
  const labels = planLabels(rows, stored, cells.labels ?? []);
  const changes = { ...detail_changes, ...status.changes, ...labels.label_changes };
  const archived =
    stored && Object.keys({ ...detail_changes, ...labels.label_changes }).length > 0
      ? changeError(stored, '')
      : undefined;
  if (archived) errors.push(errorAt(row, '', archived));
  return {
    line: row.line,
    errors,
    verdict: verdictOf({ errors, isNew, hasChanges: Object.keys(changes).length > 0 }),
    key_norm: errors.length > 0 ? null : keyOfCompany(rows, row),
    part_norm: errors.length > 0 ? null : (parent?.code_of_row ?? null),
    detail_hashes: null,
    target_id,
    target_name: details.name || details.code,
    target_version: stored?.version ?? null,
    stored,
    details,
    parent: isSameParent ? undefined : parent,
    detail_changes,
    status,
    ...labels,
    custom: custom.values,
    changes,
  };
}

function changedDetails(stored: StoredCompany | undefined, details: CompanyDetails): Changes {
  const { name, code, address, billing_emails } = details;
  const isSame = JSON.stringify(stored?.billing_emails ?? []) === JSON.stringify(billing_emails);
  return {
    ...changedFields(
      { name: stored?.name, code: stored?.code, address: stored?.address },
      { name, code, address },
    ),
    ...(!isSame && { billing_emails: [stored?.billing_emails ?? null, billing_emails] }),
  };
}
