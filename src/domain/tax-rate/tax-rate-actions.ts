import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { changedFields } from '../audit/audit.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { normaliseCode } from '../company/company.ts';
import { refuse } from '../form/parse-values.ts';
import { findTaxRate } from './tax-rate-queries.ts';
import { toPercent, type NewTaxRateValues } from './tax-rate.ts';

/** A rate is never changed, because lines refer to it: it is retired and another one is added. */
export async function createTaxRate(db: TenantDb, actor: Actor, values: NewTaxRateValues) {
  const { code, name, rate, is_inclusive, is_default } = values;
  const id = newId();
  if (is_default) clearDefault(db);
  const row = {
    id,
    code,
    code_norm: normaliseCode(code),
    name,
    rate_ppm: rate,
    is_inclusive,
    is_default,
  };
  const isFree = await db.catchUniqueViolation(() => db.insertInto('tax_rates', row));
  if (!isFree) return refuse({ field: 'code', code: 'tax_code_taken', params: { code } });
  recordAudit(db, actor, {
    event: 'tax_rate.created',
    target: { type: 'tax_rate', id, name },
    changes: changedFields({}, { ...values, rate: `${toPercent(rate)} %` }),
  });
  return { ok: true as const, rate: { id, name } };
}

/** New unit types and lines begin with it. @throws {NotFound} if there is no such rate or it is retired */
export async function makeDefault(db: TenantDb, actor: Actor, id: string) {
  const rate = await lockRate(db, id);
  if (rate.is_default) return rate;
  clearDefault(db);
  await db.from('tax_rates').where({ id }).update({ is_default: true });
  recordAudit(db, actor, {
    event: 'billing_settings.updated',
    target: { type: 'tax_rate', id, name: rate.name },
    changes: { is_default: [false, true] },
  });
  return rate;
}

/** Rentals, unit types and invoices keep it. @throws {NotFound} if there is no such rate or it is retired */
export async function retireTaxRate(db: TenantDb, actor: Actor, id: string) {
  const rate = await lockRate(db, id);
  await db.from('tax_rates').where({ id }).update({ is_retired: true, is_default: false });
  recordAudit(db, actor, {
    event: 'tax_rate.retired',
    target: { type: 'tax_rate', id, name: rate.name },
  });
  return rate;
}

async function lockRate(db: TenantDb, id: string) {
  const rate = found(await findTaxRate(db, id).forUpdate());
  return found(rate.is_retired ? undefined : rate);
}

function clearDefault(db: TenantDb): void {
  db.defer(db.from('tax_rates').where({ is_default: true }).update({ is_default: false }));
}
