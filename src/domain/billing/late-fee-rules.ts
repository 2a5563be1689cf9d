import * as z from 'zod';
import { column, nullable, pick, selectRow, selectRows, type RowOf } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import { toDecimal } from '../../locales/currencies.ts';
import type { Actor } from '../actor.ts';
import { optionalLine } from '../form/fields.ts';
import { wholeNumber } from '../form/number-fields.ts';
import { refuse } from '../form/parse-values.ts';
import { cachedSchema } from '../form/schema-cache.ts';
import { listSites } from '../site/site-queries.ts';
import { listTaxRates } from '../tax-rate/tax-rate-queries.ts';
import { optionalPercent, toPercent } from '../tax-rate/tax-rate.ts';
import { amountFromZero, optionalAmount } from './amount-field.ts';
import { recordBillingChange } from './update-billing-settings.ts';

const MAX_RULES = 50;

export const newLateFeeSchema = cachedSchema((currency: string) =>
  z.object({
    days_after_due: wholeNumber(1, 365),
    fee: optionalAmount(currency),
    fee_percent: optionalPercent(),
    minimum_balance: amountFromZero(currency),
    site_id: optionalLine(),
    tax_rate_id: optionalLine(),
  }),
);

type NewLateFeeValues = z.infer<ReturnType<typeof newLateFeeSchema>>;

const columns = {
  ...pick('late_fee_rules as f', 'id', 'days_after_due', 'fee_cents', 'fee_ppm', 'minimum_balance_cents'),
  site_name: nullable(column('sites as s', 'name')),
  tax_rate_name: nullable(column('tax_rates as x', 'name')),
};

export type LateFeeRule = RowOf<typeof columns>;

export function listLateFeeRules(db: TenantDb) {
  return selectRows(rules(db).orderBy(['f.days_after_due', 'f.id']).limit(MAX_RULES), columns);
}

export function findLateFeeRule(db: TenantDb, id: string) {
  return selectRow(rules(db).where('f.id', id), columns);
}

export async function addLateFeeRule(db: TenantDb, actor: Actor, values: NewLateFeeValues, currency: string) {
  const { days_after_due, fee, fee_percent, minimum_balance, site_id, tax_rate_id } = values;
  if (fee === null && fee_percent === null) return refuse({ field: 'fee', code: 'no_fee' });
  if (fee !== null && fee_percent !== null) return refuse({ field: 'fee', code: 'two_fees' });
  const rates = await listTaxRates(db);
  if (tax_rate_id !== null && !rates.some(({ id }) => id === tax_rate_id))
    return refuse({ field: 'tax_rate_id', code: 'invalid' });
  const sites = await listSites(db);
  if (site_id !== null && !sites.some(({ id }) => id === site_id))
    return refuse({ field: 'site_id', code: 'invalid' });
  const row = {
    id: newId(),
    site_id,
    days_after_due,
    fee_cents: fee,
    fee_ppm: fee_percent,
    minimum_balance_cents: minimum_balance,
    tax_rate_id,
  };
  await db.insertInto('late_fee_rules', row);
  await recordBillingChange(db, actor, { late_fee: [null, describe(row, currency)] });
  return { ok: true as const };
}

/** Fees that were charged stay. @throws {NotFound} */
export async function removeLateFeeRule(db: TenantDb, actor: Actor, id: string, currency: string) {
  const rule = found(await findLateFeeRule(db, id));
  await db.from('late_fee_rules').where({ id }).delete();
  await recordBillingChange(db, actor, { late_fee: [describe(rule, currency), null] });
}

/** `5 %` or `25.00`. */
export function feeText(
  { fee_cents, fee_ppm }: Pick<LateFeeRule, 'fee_cents' | 'fee_ppm'>,
  currency: string,
): string {
  return fee_cents === null
    ? `${toPercent(fee_ppm ?? 0)} %`
    : `${toDecimal(fee_cents, currency)} ${currency}`;
}

function describe(
  rule: Pick<LateFeeRule, 'fee_cents' | 'fee_ppm' | 'days_after_due'>,
  currency: string,
): string {
  return `${feeText(rule, currency)} after ${rule.days_after_due} days`;
}

function rules(db: TenantDb) {
  return db
    .from('late_fee_rules as f')
    .leftJoin('sites as s', (site) => {
      site.on({ 's.tenant_id': 'f.tenant_id', 's.id': 'f.site_id' });
      db.onVisible(site, 'sites as s');
    })
    .leftJoin('tax_rates as x', { 'x.tenant_id': 'f.tenant_id', 'x.id': 'f.tax_rate_id' });
}
