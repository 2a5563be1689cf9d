import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { toDecimal } from '../../locales/currencies.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit, recordAudits } from '../audit/record-audit.ts';
import type { CustomForm } from '../custom-field/form-fields.ts';
import { saveCustomValues, saveValuesOfRows } from '../custom-field/store-values.ts';
import { refuse, type FieldError } from '../form/parse-values.ts';
import { listSites } from '../site/site-queries.ts';
import { seal } from '../token/seal.ts';
import { listUnitTypes } from '../unit-type/unit-type-queries.ts';
import { expandCodes, nameSome } from './unit-codes.ts';
import { lockUnits, type Unit } from './unit-queries.ts';
import { unitCode, type ChangedUnitValues, type NewUnitsValues } from './unit.ts';

/** What the actions need of the request beside the values. */
export interface UnitContext {
  currency: string;
  /** The first one encrypts access codes. */
  secretKeys: readonly string[];
  custom: CustomForm;
}

/** One unit or several with the same site, type and price. Refuses all of them if a code exists at the site. */
export async function createUnits(
  db: TenantDb,
  actor: Actor,
  values: NewUnitsValues,
  { currency, secretKeys, custom }: UnitContext,
) {
  const expanded = expandCodes(values);
  if (!expanded.ok) return expanded;
  const { codes } = expanded;
  const { price, access_code } = values;
  if (access_code !== null && codes.length > 1)
    return refuse({ field: 'access_code', code: 'access_code_of_several' });
  const site = (await listSites(db)).find(({ id, status }) => id === values.site_id && status === 'active');
  const type = (await listUnitTypes(db)).find(({ id }) => id === values.unit_type_id);
  if (!site) return refuse({ field: 'site_id', code: 'invalid' });
  if (!type) return refuse({ field: 'unit_type_id', code: 'invalid' });

  const units = codes.map((code) => ({ id: newId(), code }));
  const rows = units.map(({ id, code }) => ({
    id,
    site_id: site.id,
    unit_type_id: type.id,
    ...unitCode(code),
    price_cents: price,
    sealed_access_code: access_code === null ? null : seal(secretKeys, id, access_code),
  }));
  const taken = await insertUnits(db, rows);
  if (taken.length > 0) return refuse(codesTaken(taken));
  const changes = {
    site: [null, site.name],
    unit_type: [null, type.name],
    ...(price !== null && { price: [null, toDecimal(price, currency)] }),
    ...(access_code !== null && { access_code: SECRET }),
    ...saveValuesOfRows(
      db,
      'unit',
      units.map(({ id }) => id),
      custom,
      values,
    ),
  };
  recordAudits(
    db,
    actor,
    units.map(({ id, code }) => ({
      event: 'unit.created' as const,
      target: { type: 'unit' as const, id, name: code },
      changes: { code: [null, code], ...changes },
    })),
  );
  return { ok: true as const, units, site };
}

/**
 * A changed price applies to later rentals. Returns an error at `version` if the unit was changed after the form was
 * rendered.
 */
export async function updateUnit(
  db: TenantDb,
  actor: Actor,
  id: string,
  values: ChangedUnitValues,
  { currency, secretKeys, custom }: UnitContext,
) {
  const unit = found((await lockUnits(db, [id])).get(id));
  if (values.version !== unit.version) return refuse({ field: 'version', code: 'row_changed' });
  const type = (await listUnitTypes(db)).find((each) => each.id === values.unit_type_id);
  if (!type) return refuse({ field: 'unit_type_id', code: 'invalid' });
  const { code, price, access_code, removes_access_code } = values;
  const setsCode = access_code !== null;
  const removesCode = !setsCode && removes_access_code && unit.has_access_code;
  const changes = {
    ...changedFields(auditedValues(unit, currency), {
      code,
      unit_type: type.name,
      price: price === null ? null : toDecimal(price, currency),
    }),
    ...(setsCode && { access_code: SECRET }),
    ...(removesCode && { access_code: ['•••', null] }),
    ...saveCustomValues(db, 'unit', id, custom, values),
  };
  if (Object.keys(changes).length === 0) return { ok: true as const };
  const isFree = await db.catchUniqueViolation(() =>
    db
      .from('units')
      .where({ id })
      .update({
        unit_type_id: type.id,
        ...unitCode(code),
        price_cents: price,
        ...(setsCode && { sealed_access_code: seal(secretKeys, id, access_code) }),
        ...(removesCode && { sealed_access_code: null }),
        version: unit.version + 1,
        updated_at: db.raw('now()'),
      }),
  );
  if (!isFree) return refuse(codesTaken([code]));
  recordAudit(db, actor, { event: 'unit.updated', target: { type: 'unit', id, name: code }, changes });
  return { ok: true as const };
}

/** Both values are shown as one. */
const SECRET = ['•••', '•••'];

function auditedValues({ code, type_name, own_price_cents }: Unit, currency: string) {
  const price = own_price_cents === null ? null : toDecimal(own_price_cents, currency);
  return { code, unit_type: type_name, price };
}

interface NewUnitRow {
  site_id: string;
  code: string;
  code_norm: string;
}

/** Returns the codes that exist at the site. */
async function insertUnits<Row extends NewUnitRow>(db: TenantDb, rows: readonly Row[]): Promise<string[]> {
  const inserted = await db
    .insertInto('units', rows)
    .onConflict(['tenant_id', 'site_id', 'code_norm'])
    .ignore()
    .returning('code_norm');
  const free = new Set(inserted.map(({ code_norm }) => code_norm));
  return rows.filter(({ code_norm }) => !free.has(code_norm)).map(({ code }) => code);
}

function codesTaken(codes: readonly string[]): FieldError {
  return {
    field: 'code',
    code: 'unit_codes_taken',
    params: { codes: nameSome(codes), count: codes.length },
  };
}
