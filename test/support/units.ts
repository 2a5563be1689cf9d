import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import type { Row } from '../../src/database/tables.ts';
import { openAccount, type Owner } from '../../src/domain/billing-account/billing-account.ts';
import { fold } from '../../src/domain/text/fold.ts';
import { recomputeOccupancy } from '../../src/domain/rental/renting.ts';
import { unitCode } from '../../src/domain/unit/unit.ts';
import type { TestTenant } from './factories.ts';
import type { TestPortal } from './portal.ts';

type Portal = Pick<TestPortal, 'database'>;

export interface TestSite {
  id: string;
  name: string;
}

export interface TestUnitType {
  id: string;
  name: string;
}

export interface TestUnit {
  id: string;
  code: string;
  site: TestSite;
  type: TestUnitType;
}

export async function createSite(portal: Portal, tenant: TestTenant, name = 'North'): Promise<TestSite> {
  const site = { id: newId(), name };
  await inTenant(portal.database, tenant.id, (db) =>
    db.insertInto('sites', { ...site, name_norm: fold(name) }),
  );
  return site;
}

interface UnitTypeFields {
  name?: string;
  price_cents?: bigint;
  deposit_cents?: bigint;
}

/** By default 100.00 without deposit, tax and size. */
export async function createUnitType(
  portal: Portal,
  tenant: TestTenant,
  { name = 'Small', price_cents = 100_00n, deposit_cents = 0n }: UnitTypeFields = {},
): Promise<TestUnitType> {
  const type = { id: newId(), name };
  await inTenant(portal.database, tenant.id, (db) =>
    db.insertInto('unit_types', { ...type, name_norm: fold(name), price_cents, deposit_cents }),
  );
  return type;
}

interface UnitFields {
  code?: string;
  site?: TestSite;
  type?: TestUnitType;
  price_cents?: bigint;
}

/** An available unit, by default of a new site and type. */
export async function createUnit(
  portal: Portal,
  tenant: TestTenant,
  { code = 'U1', price_cents, ...given }: UnitFields = {},
): Promise<TestUnit> {
  const id = newId();
  const site = given.site ?? (await createSite(portal, tenant, `Site of ${code}`));
  const type = given.type ?? (await createUnitType(portal, tenant, { name: `Type of ${code}` }));
  await inTenant(portal.database, tenant.id, (db) =>
    db.insertInto('units', {
      id,
      site_id: site.id,
      unit_type_id: type.id,
      ...unitCode(code),
      ...(price_cents !== undefined && { price_cents }),
    }),
  );
  return { id, code, site, type };
}

interface RentalFields {
  owner: Owner;
  status?: Row<'rentals'>['status'];
  starts_on?: string;
  ends_on?: string | null;
}

/** By default an active monthly rental since 1 January 2026 for 100.00. The unit gets its status. */
export async function insertRental(
  portal: Portal,
  tenant: TestTenant,
  unitId: string,
  { owner, status = 'active', starts_on = '2026-01-01', ends_on = null }: RentalFields,
): Promise<{ id: string }> {
  const id = newId();
  await inTenant(portal.database, tenant.id, async (db) => {
    const account = await openAccount(db, owner, 'USD');
    await db.insertInto('rentals', {
      id,
      unit_id: unitId,
      billing_account_id: account.id,
      status,
      starts_on,
      ends_on,
      interval_unit: 'month',
      interval_count: 1,
      anchor_on: starts_on,
      anchor_day: 1,
      price_cents: 100_00n,
    });
    recomputeOccupancy(db, [unitId]);
  });
  return { id };
}
