import type { TenantDb } from '../../database/tenant-db.ts';
import type { Changes } from '../audit/audit.ts';
import type { CustomField } from '../custom-field/custom-field-queries.ts';
import type { FieldEntity } from '../custom-field/custom-field.ts';
import type { FieldValue } from '../custom-field/field-types.ts';
import { customFieldName, readCustom } from '../custom-field/form-fields.ts';
import { MASKED, sealValue, storeCustomValues } from '../custom-field/store-values.ts';
import type { CustomRows } from './plan-custom-values.ts';

interface PlannedValues {
  target_id: string;
  /** Secrets as typed; null clears. */
  custom: Readonly<Record<string, FieldValue | null>>;
}

/** As they are stored. */
export function sealedValues({ fields, secretKeys }: CustomRows, { target_id, custom }: PlannedValues) {
  const values = fields
    .filter(({ code }) => custom[code] !== undefined)
    .map((field) => {
      const value = custom[field.code] ?? null;
      const stored =
        field.is_secret && value !== null ? sealValue(secretKeys, target_id, field, value as string) : value;
      return [field.code, stored] as const;
    });
  return Object.fromEntries(values);
}

/** Of stored records. */
export function storeValues(
  db: TenantDb,
  entity: FieldEntity,
  rows: CustomRows,
  plans: readonly PlannedValues[],
): void {
  const changed = plans
    .filter(({ custom }) => Object.keys(custom).length > 0)
    .map((plan) => ({ id: plan.target_id, values: sealedValues(rows, plan) }));
  if (changed.length > 0) storeCustomValues(db, entity, rows.fields, changed);
}

export type FormerValues = Readonly<Record<string, FieldValue | null>>;

/** The stored values of the fields that the plan changes, null for none. */
export function formerValues(stored: { custom: unknown }, { custom }: PlannedValues): FormerValues {
  const before = readCustom(stored);
  return Object.fromEntries(Object.keys(custom).map((code) => [code, before[code] ?? null]));
}

export interface RestoredValues {
  id: string;
  /** As stored now. */
  custom: unknown;
  former: FormerValues;
}

export function restoreValues(
  db: TenantDb,
  entity: FieldEntity,
  fields: readonly CustomField[],
  restored: readonly RestoredValues[],
): void {
  const values = restored
    .filter(({ former }) => Object.keys(former).length > 0)
    .map(({ id, former }) => ({ id, values: former }));
  if (values.length > 0) storeCustomValues(db, entity, fields, values);
}

/** For the audit log. */
export function restoredChanges(
  fields: readonly CustomField[],
  { custom, former }: Omit<RestoredValues, 'id'>,
): Changes {
  const stored = readCustom({ custom });
  const changed = fields.filter(({ code }) => Object.hasOwn(former, code));
  return Object.fromEntries(
    changed.map((field) => {
      const [before, after] = [stored[field.code] ?? null, former[field.code]!];
      return [
        customFieldName(field),
        field.is_secret ? [before && MASKED, after && MASKED] : [before, after],
      ];
    }),
  );
}
