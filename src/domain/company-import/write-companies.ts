import type { TenantDb } from '../../database/tenant-db.ts';
import type { AuditEntry } from '../audit/record-audit.ts';
import { recordAudits } from '../audit/record-audit.ts';
import { companyColumns } from '../company/company.ts';
import { indexValues } from '../custom-field/store-values.ts';
import { addressColumns } from '../text/address.ts';
import type { CompanyRows } from './company-row-context.ts';
import { linkParents } from './link-parents.ts';
import type { CompanyPlan } from './plan-companies.ts';
import type { WrittenRow } from '../import/row.ts';
import { updateCompanies } from './update-companies.ts';
import { formerValues, sealedValues, storeValues, type FormerValues } from '../import/write-custom-values.ts';

/** What `undoCompanies` needs. */
export interface CompanyUndo {
  /** Stored before the import; absent for a created company or one of which only labels were added. */
  details?: {
    name: string;
    code: string;
    address: string | null;
    billing_emails: readonly string[];
    parent_id: string | null;
    status: CompanyPlan['status']['status'];
    status_reason: string | null;
    status_since: string | null;
  };
  custom?: FormerValues;
  /** The ids of added ones. */
  labels: readonly string[];
}

const CREATED_VERSION = 1;

export async function writeCompanies(
  db: TenantDb,
  rows: CompanyRows,
  plans: readonly CompanyPlan[],
): Promise<WrittenRow[]> {
  const created = plans.filter(({ verdict }) => verdict === 'create');
  const inserted = await createCompanies(db, rows, created);
  const isTaken = ({ verdict, target_id }: CompanyPlan) => verdict === 'create' && !inserted.has(target_id);
  const written = plans.filter((plan) => !isTaken(plan));
  const changed = written.filter((plan) => plan.stored && hasNewDetails(plan));
  const versions = await updateCompanies(db, changed.map(changedRow));
  storeValues(db, 'company', rows, changed);
  insertLabels(db, written);
  recordAudits(db, rows.actor, written.flatMap(auditEntries));
  const unlinked = await linkParents(
    db,
    rows,
    created.filter(({ target_id }) => inserted.has(target_id)),
  );
  return [
    ...unlinked,
    ...plans.map((plan): WrittenRow => {
      if (isTaken(plan)) return failed(plan);
      const isNew = plan.verdict === 'create';
      return {
        line: plan.line,
        result: isNew ? 'created' : 'updated',
        errors: [],
        target_version: isNew ? CREATED_VERSION : (versions.get(plan.target_id) ?? plan.target_version),
        undo: undoOf(plan),
      };
    }),
  ];
}

function failed({ line, details }: CompanyPlan): WrittenRow {
  const error = { column: 'code', value: details.code, code: 'import_company_exists' } as const;
  return { line, result: 'failed', errors: [error], target_version: null, undo: null };
}

function hasNewDetails({ detail_changes, status }: CompanyPlan): boolean {
  return status.hasChanged || Object.keys(detail_changes).length > 0;
}

/** One statement, so that a company can be created with its parent. Returns the ids whose code was free. */
async function createCompanies(
  db: TenantDb,
  rows: CompanyRows,
  plans: readonly CompanyPlan[],
): Promise<ReadonlySet<string>> {
  if (plans.length === 0) return new Set();
  const companies = plans.map((plan) => ({
    id: plan.target_id,
    status: plan.status.status,
    status_reason: plan.status.reason,
    status_since: plan.status.hasChanged ? db.raw<Date>('now()') : null,
    parent_id: plan.parent && !plan.parent.isLater ? plan.parent.id : null,
    ...companyColumns(plan.details),
    ...addressColumns(plan.details.address),
    billing_emails: [...plan.details.billing_emails],
    custom: JSON.stringify(sealedValues(rows, plan)),
  }));
  const returned = await db
    .insertInto('companies', companies)
    .onConflict(['tenant_id', 'code_norm'])
    .ignore()
    .returning('id');
  const inserted = new Set(returned.map(({ id }) => id));
  const values = plans
    .filter(({ target_id }) => inserted.has(target_id))
    .map((plan) => ({ id: plan.target_id, values: sealedValues(rows, plan), is_new: true }));
  indexValues(db, rows.fields, values);
  return inserted;
}

function changedRow({ target_id: id, details, parent, status, stored }: CompanyPlan) {
  return {
    id,
    ...details,
    parent_id: parent && !parent.isLater ? parent.id : stored!.parent_id,
    status: status.status,
    status_reason: status.reason,
    status_since: status.hasChanged ? null : (stored!.status_since?.toISOString() ?? null),
    is_status_new: status.hasChanged,
  };
}

function insertLabels(db: TenantDb, plans: readonly CompanyPlan[]): void {
  const added = plans.flatMap(({ target_id, added_labels }) =>
    added_labels.map(({ id }) => ({ company_id: target_id, label_id: id })),
  );
  if (added.length === 0) return;
  db.defer({
    text: `insert into company_labels (tenant_id, label_id, company_id)
      select $1::uuid, a.label_id, a.company_id
      from jsonb_to_recordset($2::jsonb) a (label_id uuid, company_id uuid)
      on conflict do nothing returning 1`,
    values: [db.tenantId, JSON.stringify(added)],
  });
}

function auditEntries(plan: CompanyPlan): AuditEntry[] {
  const { verdict, target_id: id, details, detail_changes, status, label_changes } = plan;
  const target = { type: 'company', id, name: details.name } as const;
  const labels = { event: 'company.labels_changed', target, changes: label_changes } as const;
  const withLabels = Object.keys(label_changes).length > 0 ? [labels] : [];
  if (verdict === 'create') {
    const changes = { ...detail_changes, ...status.changes };
    return [{ event: 'company.created', target, changes }, ...withLabels];
  }
  return [
    ...(Object.keys(detail_changes).length > 0
      ? [{ event: 'company.updated', target, changes: detail_changes } as const]
      : []),
    ...(status.hasChanged
      ? [{ event: 'company.status_changed', target, changes: status.changes } as const]
      : []),
    ...withLabels,
  ];
}

function undoOf(plan: CompanyPlan): CompanyUndo {
  const { stored, added_labels } = plan;
  const labels = added_labels.map(({ id }) => id);
  if (!stored || !hasNewDetails(plan)) return { labels };
  const { name, code, address, billing_emails, parent_id, status, status_reason, status_since } = stored;
  return {
    details: {
      name,
      code,
      address,
      billing_emails,
      parent_id,
      status,
      status_reason,
      status_since: status_since?.toISOString() ?? null,
    },
    custom: formerValues(stored, plan),
    labels,
  };
}
