import { type TenantDb, catchUniqueViolation } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/changed-fields.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { parseForm, refuse, type FieldError } from '../form/parse-form.ts';
import { createCompanyForm, takenCode, updateCompanyForm } from './company-form.ts';
import { findParent } from './company-parent.ts';
import { findCompany, type CompanyDetail, type CompanyRef } from './company-queries.ts';
import { companyColumns } from './company.ts';
import { insertCompany } from './insert-company.ts';

/** A new company; without a code it gets the next one of the tenant. */
export async function createCompany(db: TenantDb, actor: Actor, input: unknown) {
  const parsed = parseForm(createCompanyForm, input);
  if (!parsed.ok) return parsed;
  const { name, code, parent_code } = parsed.values;
  const under = await findParent(db, parent_code);
  if (!under.ok) return refuse(input, { parent_code: under.error });

  const company = await insertCompany(db, { name, code, parent_id: under.parent?.id ?? null });
  if (!company) return refuse(input, { code: takenCode(code!) });
  await recordAudit(db, actor, {
    event: 'company.created',
    target: { type: 'company', id: company.id, name },
    changes: changedFields({}, { name, code: company.code, parent: under.parent?.name }),
  });
  return { ok: true as const, company: { ...company, name } };
}

/**
 * Changes name, code and parent, unless somebody else has changed the company since the form was drawn.
 *
 * @throws {NotFound} where the tenant has no such company
 */
export async function updateCompany(db: TenantDb, actor: Actor, companyId: string, input: unknown) {
  const before = found(await findCompany(db, companyId));
  const parsed = parseForm(updateCompanyForm, input);
  if (!parsed.ok) return parsed;
  const { name, code, parent_code, version } = parsed.values;
  const under = await findParent(db, parent_code, companyId);
  if (!under.ok) return refuse(input, { parent_code: under.error });

  const after = { name, code, parent: under.parent };
  const saved = await saveCompany(db, before, Number(version), after);
  if (saved === 'taken') return refuse(input, { code: takenCode(code) });
  if (saved === 'stale') return refuse(input, { version: await changedMeanwhile(db, companyId) });
  await recordUpdate(db, actor, before, after);
  return { ok: true as const };
}

interface After {
  name: string;
  code: string;
  parent: CompanyRef | null;
}

async function saveCompany(
  db: TenantDb,
  { id }: CompanyDetail,
  version: number,
  { name, code, parent }: After,
): Promise<'saved' | 'stale' | 'taken'> {
  let updated = 0;
  const isFree = await catchUniqueViolation(db, async () => {
    updated = (await db
      .from('companies')
      .where({ id, version })
      .update({
        ...companyColumns({ code, name }),
        parent_id: parent?.id ?? null,
        version: version + 1,
        updated_at: db.raw('now()'),
      })) as unknown as number;
  });
  if (!isFree) return 'taken';
  return updated === 1 ? 'saved' : 'stale';
}

async function changedMeanwhile(db: TenantDb, id: string): Promise<FieldError> {
  const latest = (await db
    .from('audit_events')
    .where({ target_id: id, event: 'company.updated' })
    .orderBy('at', 'desc')
    .first('actor_name')) as { actor_name: string } | undefined;
  return {
    text: '{who} changed this company meanwhile. Check what is stored now, then save again.',
    params: { who: latest?.actor_name ?? 'Somebody' },
  };
}

async function recordUpdate(db: TenantDb, actor: Actor, before: CompanyDetail, after: After): Promise<void> {
  const changes = changedFields(
    { name: before.name, code: before.code, parent: before.parent_name },
    { name: after.name, code: after.code, parent: after.parent?.name },
  );
  if (Object.keys(changes).length === 0) return;
  await recordAudit(db, actor, {
    event: 'company.updated',
    target: { type: 'company', id: before.id, name: after.name },
    changes,
  });
}
