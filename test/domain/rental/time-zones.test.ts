import { expect } from 'chai';
import { withClock } from '../../../src/database/clock.ts';
import { inTenant } from '../../../src/database/in-tenant.ts';
import type { TenantDb } from '../../../src/database/tenant-db.ts';
import { getBilling, type Billing } from '../../../src/domain/billing/billing-settings.ts';
import { startDueReservations } from '../../../src/domain/rental/due-reservations.ts';
import { moveIn } from '../../../src/domain/rental/move-in.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

describe('rentals around midnight', () => {
  let portal: TestPortal;

  before(async () => {
    portal = await sharedPortal();
  });

  const at = <Value>(
    instant: string,
    tenant: TestTenant,
    work: (db: TenantDb, billing: Billing) => Promise<Value>,
  ) =>
    inTenant(withClock(portal.database, Date.parse(instant) - Date.now()), tenant.id, async (db) =>
      work(db, await getBilling(db)),
    );

  for (const [time_zone, before, after] of [
    ['Pacific/Auckland', '2027-01-31T10:58:00Z', '2027-01-31T11:02:00Z'],
    ['America/Los_Angeles', '2027-02-01T07:58:00Z', '2027-02-01T08:02:00Z'],
  ] as const) {
    it(`begin on the day of the tenant in ${time_zone}`, async () => {
      const tenant = await createTenant(portal, { time_zone });
      const rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
      const unit = await rentals.unit();
      const values = {
        customer: rentals.company.code,
        unit_id: unit.id,
        starts_on: '2027-02-01',
        interval: '1_month',
        price: null,
        deposit: null,
        tax_rate_id: null,
        is_reserved: false,
      } as const;
      const { rental } = accepted(
        await at(before, tenant, (db, billing) => moveIn(db, billingActor, billing, values)),
      );
      expect(rental.status).to.equal('reserved');
      expect(await at(before, tenant, startDueReservations)).to.equal(0);
      expect(await at(after, tenant, startDueReservations)).to.equal(1);
      expect(await rentals.rental(rental.id)).to.include({ status: 'active', starts_on: '2027-02-01' });
      const other = await rentals.unit();
      const late = await at(after, tenant, (db, billing) =>
        moveIn(db, billingActor, billing, { ...values, unit_id: other.id }),
      );
      expect(accepted(late).rental.status).to.equal('active');
    });
  }
});
