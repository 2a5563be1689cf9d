import { newId } from '../../src/database/new-id.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import { newTaskRow } from '../../src/domain/task/task-actions.ts';
import { fold } from '../../src/domain/text/fold.ts';
import { seal } from '../../src/domain/token/seal.ts';
import { unitCode } from '../../src/domain/unit/unit.ts';
import { Random } from './random.ts';
import { agreementBody, blockedUnits, sites, UNITS_PER_SITE, unitTypes } from './storage.ts';
import type { DemoTenant } from './tenants.ts';

/** The settings of billing, the units, and a task that makes the rentals and invoices of two years. */
export async function insertBilling(
  db: TenantDb,
  demo: DemoTenant,
  secretKeys: readonly string[],
): Promise<void> {
  const taxRateId = await insertTaxRates(db, demo);
  if (demo.vocabulary === 'storage') {
    await db.insertInto('billing_settings', { cycle: 'day_of_month', invoice_day: 1, first_invoice: 'stub' });
    await insertUnits(db, new Random(demo.seed + 1), { secretKeys, taxRateId });
    await db.insertInto('agreement_versions', {
      id: newId(),
      locale: 'en',
      number: 1,
      body: agreementBody(demo),
    });
    await db.insertInto('late_fee_rules', {
      id: newId(),
      days_after_due: 14,
      fee_ppm: 50_000,
      minimum_balance_cents: 10_00n,
    });
  } else {
    await db.insertInto('billing_settings', { payment_terms_days: 30, sends_statements: true });
  }
  const task = newTaskRow({ kind: 'demo-history', input: { tenant: demo.slug }, requested_by: null });
  await db.insertInto('tasks', task);
}

/** Returns the id of the default rate. */
async function insertTaxRates(db: TenantDb, { tax }: DemoTenant): Promise<string> {
  const id = newId();
  const shared = { is_inclusive: false, is_retired: false };
  await db.insertInto('tax_rates', [
    {
      id,
      code: 'VAT',
      code_norm: 'vat',
      name: tax.name,
      rate_ppm: tax.rate_ppm,
      is_default: true,
      ...shared,
    },
    {
      id: newId(),
      code: 'ZERO',
      code_norm: 'zero',
      name: tax.zero_name,
      rate_ppm: 0,
      is_default: false,
      ...shared,
    },
  ]);
  return id;
}

async function insertUnits(
  db: TenantDb,
  random: Random,
  { secretKeys, taxRateId }: { secretKeys: readonly string[]; taxRateId: string },
): Promise<void> {
  const types = unitTypes.map(({ name, width, depth, price, deposit }) => ({
    id: newId(),
    name,
    name_norm: fold(name),
    width_mm: width * 1000,
    depth_mm: depth * 1000,
    height_mm: 2400,
    price_cents: price,
    deposit_cents: deposit,
    tax_rate_id: taxRateId,
  }));
  await db.insertInto('unit_types', types);
  for (const { name, address, prefix } of sites) {
    const site_id = newId();
    await db.insertInto('sites', { id: site_id, name, name_norm: fold(name), address });
    const units = Array.from({ length: UNITS_PER_SITE }, (_, n) => {
      const id = newId();
      const blocked_reason = blockedUnits[n + 1] ?? null;
      return {
        id,
        site_id,
        unit_type_id: random.pick(types).id,
        ...unitCode(`${prefix}${n + 1}`),
        status: blocked_reason === null ? ('available' as const) : ('blocked' as const),
        blocked_reason,
        sealed_access_code: seal(secretKeys, id, String(random.integer(1000, 9999))),
      };
    });
    await db.insertInto('units', units);
  }
}
