import { column, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { groupBy } from '../../group-by.ts';
import type { Changes } from '../audit/audit.ts';
import { accountColumns, isArchivable } from '../company/archive-blockers.ts';
import { statusRules } from '../company/company-status.ts';
import type { CompanyStatus } from '../company/company.ts';
import type { ErrorDetails } from '../form/parse-values.ts';
import { errorAt } from '../import/cells.ts';
import { cellsOf, type CompanyRows } from './company-row-context.ts';
import type { DraftCompany } from './plan-parents.ts';
import { isPermitted } from '../import/import-engine.ts';

export interface PlannedStatus {
  status: CompanyStatus;
  reason: string | null;
  hasChanged: boolean;
  changes: Changes;
}

/** Of the companies to archive, the ids of those with an open rental or a balance. */
export async function findBusyCompanies(
  db: TenantDb,
  drafts: readonly DraftCompany[],
): Promise<ReadonlySet<string>> {
  const ids = drafts.flatMap(({ row, stored }) =>
    stored && stored.status !== 'archived' && cellsOf(row).status === 'archived' ? stored.id : [],
  );
  return findUnarchivable(db, ids);
}

export async function findUnarchivable(db: TenantDb, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const accounts = db.from('billing_accounts as b').whereRaw('b.company_id = any(?::uuid[])', [[...ids]]);
  const found = await selectRows(accounts, {
    ...accountColumns(db),
    company_id: column('billing_accounts as b', 'company_id'),
  });
  const byCompany = groupBy(found, ({ company_id }) => company_id!);
  return new Set(ids.filter((id) => !isArchivable(byCompany.get(id) ?? [])));
}

/** A new company is active or pending; another status of it, and a change, need a reason. Adds errors to the draft. */
export function planStatus(
  rows: CompanyRows,
  { row, stored, errors }: DraftCompany,
  isBusy: boolean,
): PlannedStatus {
  const { status: given, status_reason: reason = null } = cellsOf(row);
  const before = stored?.status ?? 'active';
  const status = given ?? before;
  const isFree = !stored && status === 'pending';
  const hasChanged = status !== before;
  const changes: Changes = hasChanged
    ? { status: [stored?.status ?? null, status], reason: [null, reason] }
    : {};
  if (hasChanged && !isFree) {
    const error = statusError(rows, { before, status, reason, isNew: !stored, isBusy });
    if (error) errors.push(errorAt(row, error.code === 'required' ? 'status_reason' : 'status', error));
  }
  return { status, reason: hasChanged ? reason : (stored?.status_reason ?? null), hasChanged, changes };
}

interface StatusChange {
  before: CompanyStatus;
  status: CompanyStatus;
  reason: string | null;
  isNew: boolean;
  isBusy: boolean;
}

function statusError(
  rows: CompanyRows,
  { before, status, reason, isNew, isBusy }: StatusChange,
): ErrorDetails | undefined {
  if (!isPermitted(rows, 'companies.status')) return { code: 'import_not_permitted' };
  if (!isNew && !statusRules[before].next.includes(status)) return { code: 'invalid' };
  if (reason === null) return { code: 'required' };
  return isBusy ? { code: 'company_in_use' } : undefined;
}
