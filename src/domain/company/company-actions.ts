import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { changedFields, type Changes } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { CustomForm } from '../custom-field/form-fields.ts';
import { saveCustomValues } from '../custom-field/store-values.ts';
import { refuse, type FieldError } from '../form/parse-values.ts';
import { addressColumns } from '../text/address.ts';
import { refuseArchived } from './check-status.ts';
import { insertCompany } from './company-code.ts';
import { findParent } from './company-parent.ts';
import type { CompanyDetail, CompanyRef } from './company-queries.ts';
import { companyColumns, type ChangedCompanyValues, type NewCompanyValues } from './company.ts';

export async function createCompany(
  db: TenantDb,
  actor: Actor,
  values: NewCompanyValues,
  custom: CustomForm,
) {
  const { name, code, parent_code, address, is_pending } = values;
  const status = is_pending ? 'pending' : 'active';
  const result = await findParent(db, parent_code);
  if (!result.ok) return result;

  const company = await insertCompany(db, {
    name,
    code,
    status,
    parent_id: result.parent?.id ?? null,
    address,
  });
  if (!company) return refuse(codeTaken(code!));
  const customChanges = saveCustomValues(db, 'company', company.id, custom, values);
  recordAudit(db, actor, {
    event: 'company.created',
    target: { type: 'company', id: company.id, name },
    changes: {
      ...changedFields(
        {},
        {
          name,
          code: company.code,
          parent: result.parent?.name,
          address,
          ...(is_pending && { status }),
        },
      ),
      ...customChanges,
    },
  });
  return { ok: true as const, company: { ...company, name } };
}

/** Returns an error at `version` if the company was changed after the form was rendered. */
export async function updateCompany(
  db: TenantDb,
  actor: Actor,
  company: CompanyDetail,
  values: ChangedCompanyValues,
  custom: CustomForm,
) {
  const archived = refuseArchived(company);
  if (archived) return archived;
  const { name, code, parent_code, address, version } = values;
  const result = await findParent(db, parent_code, company);
  if (!result.ok) return result;

  const after = { name, code, parent: result.parent, address };
  const changes = {
    ...companyChanges(company, after),
    ...saveCustomValues(db, 'company', company.id, custom, values),
  };
  if (version === company.version && Object.keys(changes).length === 0) return { ok: true as const };
  const saved = await saveCompany(db, company, version, after);
  if (saved === 'taken') return refuse(codeTaken(code));
  if (saved === 'stale') return refuse(await companyChanged(db, company.id));
  recordAudit(db, actor, {
    event: 'company.updated',
    target: { type: 'company', id: company.id, name },
    changes,
  });
  return { ok: true as const };
}

interface CompanyChanges {
  name: string;
  code: string;
  parent: CompanyRef | null;
  address: string | null;
}

async function saveCompany(
  db: TenantDb,
  { id, parent_code, parent_id }: CompanyDetail,
  version: number,
  { name, code, parent, address }: CompanyChanges,
): Promise<'saved' | 'stale' | 'taken'> {
  let updated = 0;
  const isFree = await db.catchUniqueViolation(async () => {
    updated = await db
      .from('companies')
      .where({ id, version })
      .update({
        ...companyColumns({ code, name }),
        ...addressColumns(address),
        // A parent that the actor may not see is kept.
        parent_id: parent?.id ?? (parent_code === null ? parent_id : null),
        version: version + 1,
        updated_at: db.raw('now()'),
      });
  });
  if (!isFree) return 'taken';
  return updated === 1 ? 'saved' : 'stale';
}

function codeTaken(code: string): FieldError {
  return { field: 'code', code: 'company_code_taken', params: { code } };
}

async function companyChanged(db: TenantDb, id: string): Promise<FieldError> {
  const updates = db
    .from('audit_events')
    .where({ target_id: id, event: 'company.updated' })
    .orderBy('at', 'desc');
  const latest = await selectRow(updates, pick('audit_events', 'actor_name'));
  const who = latest?.actor_name;
  return { field: 'version', code: 'company_changed', ...(who && { params: { who } }) };
}

function companyChanges(before: CompanyDetail, after: CompanyChanges): Changes {
  return changedFields(
    { name: before.name, code: before.code, parent: before.parent_name, address: before.address },
    { name: after.name, code: after.code, parent: after.parent?.name, address: after.address },
  );
}
