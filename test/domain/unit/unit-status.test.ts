import { expect } from 'chai';
import { selectRows, pick } from '../../../src/database/columns.ts';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { newId } from '../../../src/database/new-id.ts';
import type { TenantDb } from '../../../src/database/tenant-db.ts';
import { openAccount } from '../../../src/domain/billing-account/billing-account.ts';
import { lockUnits } from '../../../src/domain/unit/unit-queries.ts';
import { recomputeUnitStatus, unitStatus } from '../../../src/domain/unit/unit-status.ts';
import { unitCode } from '../../../src/domain/unit/unit.ts';
import { createCustomer, createTenant } from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

type RentalStatus = Parameters<typeof unitStatus>[1][number];

const cases: { blocked_reason: string | null; rentals: RentalStatus[] }[] = [null, 'Broken door'].flatMap(
  (blocked_reason) =>
    [
      [],
      ['reserved'],
      ['active'],
      ['ended'],
      ['cancelled'],
      ['ended', 'reserved'],
      ['active', 'reserved'],
      ['ended', 'cancelled', 'active'],
    ].map((rentals) => ({ blocked_reason, rentals: rentals as RentalStatus[] })),
);

describe('unitStatus', () => {
  it('is blocked for a blocked unit with any rental', () => {
    expect(unitStatus({ blocked_reason: 'Broken door' }, ['active'])).to.equal('blocked');
  });

  it('is occupied with an active rental, also beside a reservation', () => {
    expect(unitStatus({ blocked_reason: null }, ['reserved', 'active'])).to.equal('occupied');
  });

  it('is reserved with a reservation only', () => {
    expect(unitStatus({ blocked_reason: null }, ['ended', 'reserved'])).to.equal('reserved');
  });

  it('is available without an open rental', () => {
    expect(unitStatus({ blocked_reason: null }, ['ended', 'cancelled'])).to.equal('available');
  });
});

describe('recomputeUnitStatus', () => {
  let portal: TestPortal;
  before(async () => (portal = await sharedPortal()));

  it('stores what unitStatus returns for each combination of rentals', async () => {
    const tenant = await createTenant(portal);
    const customer = await createCustomer(portal, tenant);
    const statuses = await inTenant(portal.database, tenant.id, async (db) => {
      const ids = await insertCases(db, customer.id);
      await lockUnits(db, ids);
      recomputeUnitStatus(db, ids);
      const rows = await selectRows(db.from('units'), pick('units', 'id', 'status'));
      return ids.map((id) => rows.find((row) => row.id === id)!.status);
    });
    expect(statuses).to.deep.equal(cases.map((each) => unitStatus(each, each.rentals)));
  });
});

/** The stored status is wrong for every unit that is not blocked. */
async function insertCases(db: TenantDb, customerId: string): Promise<string[]> {
  const [site_id, unit_type_id] = [newId(), newId()];
  await db.insertInto('sites', { id: site_id, name: 'Site', name_norm: 'site' });
  await db.insertInto('unit_types', { id: unit_type_id, name: 'Type', name_norm: 'type', price_cents: 1n });
  const account = await openAccount(db, { user_id: customerId }, 'USD');
  const ids: string[] = [];
  for (const [index, { blocked_reason, rentals }] of cases.entries()) {
    const id = newId();
    const wrong = unitStatus({ blocked_reason: null }, rentals) === 'occupied' ? 'available' : 'occupied';
    const status = blocked_reason === null ? wrong : 'blocked';
    await db.insertInto('units', {
      id,
      site_id,
      unit_type_id,
      ...unitCode(`U${index}`),
      status,
      blocked_reason,
    });
    for (const [number, rental] of rentals.entries())
      await db.insertInto('rentals', {
        id: newId(),
        unit_id: id,
        billing_account_id: account.id,
        status: rental,
        starts_on: '2026-01-01',
        ends_on: rental === 'reserved' ? null : `2026-0${number + 2}-01`,
        interval_unit: 'month',
        interval_count: 1,
        anchor_on: '2026-01-01',
        anchor_day: 1,
        price_cents: 1n,
      });
    ids.push(id);
  }
  return ids;
}
