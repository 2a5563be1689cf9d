import type { TenantDb } from '../../database/tenant-db.ts';
import { recordAudits } from '../audit/record-audit.ts';
import { indexValues } from '../custom-field/store-values.ts';
import { seal } from '../token/seal.ts';
import { unitCode } from '../unit/unit.ts';
import type { UnitPlan } from './plan-units.ts';
import type { WrittenRow } from '../import/row.ts';
import type { UnitRows } from './unit-row-context.ts';
import { updateUnits } from './update-units.ts';
import { formerValues, sealedValues, storeValues, type FormerValues } from '../import/write-custom-values.ts';

/** What `undoUnits` needs. Absent for a created unit. */
export interface UnitUndo {
  details: {
    code: string;
    unit_type_id: string;
    price_cents: string | null;
    /** In base64. */
    sealed_access_code: string | null;
  };
  custom: FormerValues;
}

const CREATED_VERSION = 1;

export async function writeUnits(
  db: TenantDb,
  rows: UnitRows,
  plans: readonly UnitPlan[],
): Promise<WrittenRow[]> {
  const created = plans.filter(({ verdict }) => verdict === 'create');
  const inserted = await createUnits(db, rows, created);
  const isTaken = ({ verdict, target_id }: UnitPlan) => verdict === 'create' && !inserted.has(target_id);
  const changed = plans.filter(({ stored }) => stored);
  const versions = await updateUnits(
    db,
    changed.map((plan) => ({
      id: plan.target_id,
      ...plan.details,
      sealed_access_code: sealedCode(rows, plan) ?? plan.stored!.sealed_access_code,
    })),
  );
  storeValues(db, 'unit', rows, changed);
  recordAudits(
    db,
    rows.actor,
    plans
      .filter((plan) => !isTaken(plan))
      .map(({ verdict, target_id: id, details, changes }) => ({
        event: verdict === 'create' ? 'unit.created' : 'unit.updated',
        target: { type: 'unit', id, name: details.code },
        changes,
      })),
  );
  return plans.map((plan): WrittenRow => {
    if (isTaken(plan)) return failed(plan);
    const isNew = plan.verdict === 'create';
    return {
      line: plan.line,
      result: isNew ? 'created' : 'updated',
      errors: [],
      target_version: isNew ? CREATED_VERSION : versions.get(plan.target_id)!,
      undo: undoOf(plan),
    };
  });
}

function failed({ line, details }: UnitPlan): WrittenRow {
  const error = { column: 'code', value: details.code, code: 'import_unit_exists' } as const;
  return { line, result: 'failed', errors: [error], target_version: null, undo: null };
}

function sealedCode({ secretKeys }: UnitRows, { target_id, access_code }: UnitPlan): Buffer | undefined {
  return access_code === undefined ? undefined : seal(secretKeys, target_id, access_code);
}

/** Returns the ids of those whose code was free at the site. */
async function createUnits(
  db: TenantDb,
  rows: UnitRows,
  plans: readonly UnitPlan[],
): Promise<ReadonlySet<string>> {
  if (plans.length === 0) return new Set();
  const units = plans.map((plan) => ({
    id: plan.target_id,
    site_id: plan.site_id,
    unit_type_id: plan.details.unit_type_id,
    ...unitCode(plan.details.code),
    price_cents: plan.details.price_cents,
    sealed_access_code: sealedCode(rows, plan) ?? null,
    custom: JSON.stringify(sealedValues(rows, plan)),
  }));
  const returned = await db
    .insertInto('units', units)
    .onConflict(['tenant_id', 'site_id', 'code_norm'])
    .ignore()
    .returning('id');
  const inserted = new Set(returned.map(({ id }) => id));
  const values = plans
    .filter(({ target_id }) => inserted.has(target_id))
    .map((plan) => ({ id: plan.target_id, values: sealedValues(rows, plan), is_new: true }));
  indexValues(db, rows.fields, values);
  return inserted;
}

function undoOf(plan: UnitPlan): UnitUndo | null {
  const { stored } = plan;
  if (!stored) return null;
  const { code, unit_type_id, price_cents, sealed_access_code } = stored;
  return {
    details: {
      code,
      unit_type_id,
      price_cents: price_cents === null ? null : String(price_cents),
      sealed_access_code: sealed_access_code?.toString('base64') ?? null,
    },
    custom: formerValues(stored, plan),
  };
}
