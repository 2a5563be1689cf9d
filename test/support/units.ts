import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { fold } from '../../src/domain/text/fold.ts';
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
