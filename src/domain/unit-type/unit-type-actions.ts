import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { toDecimal } from '../../locales/currencies.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { CustomForm } from '../custom-field/form-fields.ts';
import { saveCustomValues } from '../custom-field/store-values.ts';
import { refuse, type FieldError } from '../form/parse-values.ts';
import { listTaxRates } from '../tax-rate/tax-rate-queries.ts';
import { fold } from '../text/fold.ts';
import { toMetres, unitTypeFields, type ChangedUnitTypeValues, type NewUnitTypeValues } from './unit-type.ts';
import type { UnitType } from './unit-type-queries.ts';

const nameTaken: FieldError = { field: 'name', code: 'unit_type_name_taken' };
const unknownTaxRate: FieldError = { field: 'tax_rate_id', code: 'invalid' };

/** What the actions need of the request beside the values. */
export interface UnitTypeContext {
  currency: string;
  custom: CustomForm;
}

export async function createUnitType(
  db: TenantDb,
  actor: Actor,
  values: NewUnitTypeValues,
  { currency, custom }: UnitTypeContext,
) {
  const rate = await findRate(db, values.tax_rate_id);
  if (rate === undefined) return refuse(unknownTaxRate);
  const id = newId();
  const inserted = await db
    .insertInto('unit_types', { id, ...columnsOf(values) })
    .onConflict(['tenant_id', 'name_norm'])
    .ignore()
    .returning('id');
  if (inserted.length === 0) return refuse(nameTaken);
  recordAudit(db, actor, {
    event: 'unit_type.created',
    target: { type: 'unit_type', id, name: values.name },
    changes: {
      ...changedFields({}, auditedValues(values, rate, currency)),
      ...saveCustomValues(db, 'unit_type', id, custom, values),
    },
  });
  return { ok: true as const, type: { id, name: values.name } };
}

/** Rentals keep their price. Returns an error at `version` if the type was changed after the form was rendered. */
export async function updateUnitType(
  db: TenantDb,
  actor: Actor,
  type: UnitType,
  { version, ...values }: ChangedUnitTypeValues,
  { currency, custom }: UnitTypeContext,
) {
  const { id, tax_rate_id } = type;
  // A retired rate is kept.
  const keepsRate = values.tax_rate_id === tax_rate_id;
  const rate = keepsRate ? type.tax_rate_name : await findRate(db, values.tax_rate_id);
  if (rate === undefined) return refuse(unknownTaxRate);
  const { tax_rate_id: _, ...stored } = unitTypeFields(type, currency);
  const before = { ...stored, tax_rate: type.tax_rate_name };
  const changes = {
    ...changedFields(before, auditedValues(values, rate, currency)),
    ...saveCustomValues(db, 'unit_type', id, custom, values),
  };
  if (version === type.version && Object.keys(changes).length === 0) return { ok: true as const };
  let updated = 0;
  const isFree = await db.catchUniqueViolation(async () => {
    updated = await db
      .from('unit_types')
      .where({ id, version })
      .update({ ...columnsOf(values), version: version + 1, updated_at: db.raw('now()') });
  });
  if (!isFree) return refuse(nameTaken);
  if (updated === 0) return refuse({ field: 'version', code: 'row_changed' });
  recordAudit(db, actor, {
    event: 'unit_type.updated',
    target: { type: 'unit_type', id, name: values.name },
    changes,
  });
  return { ok: true as const };
}

/** The name of the rate, null for none, undefined if no rate has the id or the rate is retired. */
async function findRate(db: TenantDb, id: string | null): Promise<string | null | undefined> {
  if (id === null) return null;
  const rates = await listTaxRates(db);
  return rates.find((rate) => rate.id === id)?.name;
}

function columnsOf({ name, width, depth, height, price, deposit, tax_rate_id }: NewUnitTypeValues) {
  return {
    name,
    name_norm: fold(name),
    width_mm: width,
    depth_mm: depth,
    height_mm: height,
    price_cents: price,
    deposit_cents: deposit,
    tax_rate_id,
  };
}

function auditedValues(values: NewUnitTypeValues, tax_rate: string | null, currency: string) {
  return {
    name: values.name,
    width: toMetres(values.width),
    depth: toMetres(values.depth),
    height: toMetres(values.height),
    price: toDecimal(values.price, currency),
    deposit: toDecimal(values.deposit, currency),
    tax_rate,
  };
}
