import { pick, selectRows, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudits, type AuditEntry } from '../audit/record-audit.ts';
import { lockCounter } from '../company/company-code.ts';
import type { CompanyRows } from './company-row-context.ts';
import { deleteCompanies, skipReferredCompanies } from './delete-companies.ts';
import { skipUnrestorable } from './restorable-companies.ts';
import type { RowReason, UndoableRow, WrittenRow } from '../import/row.ts';
import { updateCompanies } from './update-companies.ts';
import type { CompanyUndo } from './write-companies.ts';
import { restoredChanges, restoreValues } from '../import/write-custom-values.ts';

const columns = {
  ...pick('companies as c', 'id', 'code', 'name', 'address', 'billing_emails', 'parent_id', 'status'),
  ...pick('companies as c', 'version', 'custom'),
};

export interface UndoneCompany {
  row: UndoableRow;
  undo: CompanyUndo;
  /** As stored now, locked. */
  company: RowOf<typeof columns>;
}

export interface RestoredCompany extends UndoneCompany {
  undo: CompanyUndo & { details: NonNullable<CompanyUndo['details']> };
}

/** The rows are undone from the last to the first of the file. */
export async function undoCompanies(
  db: TenantDb,
  rows: CompanyRows,
  written: readonly UndoableRow[],
): Promise<WrittenRow[]> {
  await lockCounter(db, 'company_tree');
  const companies = await lockCompanies(
    db,
    written.flatMap(({ target_id }) => target_id ?? []),
  );
  const skipped = new Map<number, RowReason>();
  const found: UndoneCompany[] = [];
  for (const row of written) {
    const company = companies.get(row.target_id!);
    const undo = (row.undo ?? { labels: [] }) as CompanyUndo;
    if (!company) skipped.set(row.line, { code: 'undo_gone' });
    else if (hasChanged(row, undo, company.version)) skipped.set(row.line, { code: 'undo_changed' });
    else found.push({ row, undo, company });
  }
  const created = found
    .filter(({ row }) => row.result === 'created')
    .map(({ row: { line }, company: { id, name, code } }) => ({ line, id, name, code }));
  await skipReferredCompanies(db, rows, created, skipped);
  await deleteCompanies(
    db,
    rows,
    created.filter(({ line }) => !skipped.has(line)),
  );
  const updated = found.filter(({ row }) => row.result === 'updated');
  const restored = updated.filter((each): each is RestoredCompany => each.undo.details !== undefined);
  await skipUnrestorable(db, restored, skipped);
  const isOpen = ({ row }: UndoneCompany) => !skipped.has(row.line);
  await restoreCompanies(db, rows, restored.filter(isOpen));
  removeLabels(db, rows, updated.filter(isOpen));
  return written.map(({ line, target_version, undo }) => {
    const reason = skipped.get(line);
    const errors = reason === undefined ? [] : [{ column: '', value: '', ...reason }];
    return { line, result: reason === undefined ? 'undone' : 'skipped', errors, target_version, undo };
  });
}

function hasChanged(
  { result, target_version }: UndoableRow,
  { details }: CompanyUndo,
  version: number,
): boolean {
  return (result === 'created' || details !== undefined) && version !== target_version;
}

async function lockCompanies(db: TenantDb, ids: readonly string[]) {
  const companies = db.visible('companies as c').whereRaw('c.id = any(?::uuid[])', [[...ids]]);
  const found = await selectRows(companies.orderBy('c.id').forUpdate('c'), columns);
  return new Map(found.map((company) => [company.id, company]));
}

async function restoreCompanies(
  db: TenantDb,
  { actor, fields }: CompanyRows,
  restored: readonly RestoredCompany[],
): Promise<void> {
  await updateCompanies(
    db,
    restored.map(({ company: { id }, undo: { details } }) => ({ id, ...details })),
  );
  const values = restored.map(({ company: { id, custom }, undo }) => ({
    id,
    custom,
    former: undo.custom ?? {},
  }));
  restoreValues(db, 'company', fields, values);
  recordAudits(
    db,
    actor,
    restored.flatMap(({ company, undo: { details } }, index): AuditEntry[] => {
      const { name, code, address, status, billing_emails } = company;
      const target = { type: 'company', id: company.id, name: details.name } as const;
      const emails = [billing_emails, details.billing_emails];
      const changes = {
        ...changedFields(
          { name, code, address },
          { name: details.name, code: details.code, address: details.address },
        ),
        ...(String(emails[0]) !== String(emails[1]) && { billing_emails: emails }),
        ...restoredChanges(fields, values[index]!),
      };
      const statusChanges = { status: [status, details.status], reason: [null, details.status_reason] };
      return [
        { event: 'company.updated', target, changes },
        ...(status === details.status
          ? []
          : [{ event: 'company.status_changed', target, changes: statusChanges } as const]),
      ];
    }),
  );
}

function removeLabels(db: TenantDb, { actor, labels }: CompanyRows, undone: readonly UndoneCompany[]): void {
  const labelled = undone.filter(({ undo }) => undo.labels.length > 0);
  if (labelled.length === 0) return;
  const removed = labelled.flatMap(({ company: { id }, undo }) =>
    undo.labels.map((label_id) => ({ company_id: id, label_id })),
  );
  db.defer({
    text: `delete from company_labels l
      using jsonb_to_recordset($1::jsonb) r (label_id uuid, company_id uuid)
      where l.tenant_id = $2 and l.label_id = r.label_id and l.company_id = r.company_id`,
    values: [JSON.stringify(removed), db.tenantId],
  });
  const names = (ids: readonly string[]) =>
    labels.filter(({ id }) => ids.includes(id)).map(({ name }) => name);
  recordAudits(
    db,
    actor,
    labelled.map(({ company: { id, name }, undo }) => ({
      event: 'company.labels_changed',
      target: { type: 'company', id, name },
      changes: { labels: [names(undo.labels), []] },
    })),
  );
}
