import { actAs, systemActor, type Actor } from '../../src/domain/actor.ts';
import { addDays } from '../../src/domain/billing/civil-date.ts';
import { requestMoveOut } from '../../src/domain/request/send-request.ts';
import { findEventNamesOf } from './audit.ts';
import { createCompany, createCustomer, type TestPerson, type TestTenant } from './factories.ts';
import { startOperations, type StaffVisitor } from './operations.ts';
import type { TestPortal } from './portal.ts';
import { accepted, TestRentals } from './rentals.ts';

/** In the time zone of the tenant of a `RentalsSuite`. */
export const today = new Date().toISOString().slice(0, 10);

/** A Manager who is logged in, and a company without rentals for each test. */
export class RentalsSuite {
  portal!: TestPortal;
  tenant!: TestTenant;
  manager!: StaffVisitor;
  rentals!: TestRentals;

  /** A rental of the company since the day. */
  async start(values: Parameters<TestRentals['moveIn']>[1] = {}, day = today) {
    return accepted(await this.rentals.moveIn(day, { today, ...values })).rental;
  }

  events(id: string): Promise<string[]> {
    return findEventNamesOf(this.portal, id);
  }

  async actor(): Promise<Actor & { person: TestPerson }> {
    const person = await createCustomer(this.portal, this.tenant);
    return { ...actAs(systemActor('Tests'), { ...person, audience: 'customer' }), person };
  }

  /** A customer asks to leave a new rental in 20 days. */
  async askMoveOut() {
    const { rentals } = this;
    const rental = await this.start();
    const customer = await this.actor();
    const values = { rental_id: rental.id, wanted_on: addDays(today, 20), comment: 'We move' };
    const { request } = accepted(
      await rentals.on(today, (db, billing) => requestMoveOut(db, customer, billing, rentals.owner, values)),
    );
    return { rental, customer, id: request.id, wanted_on: values.wanted_on };
  }
}

/** Call it in `describe`: it creates a tenant in the shared portal before the tests. */
export function startRentals(): RentalsSuite {
  const suite = new RentalsSuite();
  before(async () => {
    Object.assign(suite, await startOperations({ time_zone: 'UTC' }));
  });
  beforeEach(async () => {
    suite.rentals = new TestRentals(
      suite.portal,
      suite.tenant,
      await createCompany(suite.portal, suite.tenant),
    );
  });
  return suite;
}
