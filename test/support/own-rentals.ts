import type { Owner } from '../../src/domain/billing-account/billing-account.ts';
import type { CivilDate } from '../../src/domain/billing/civil-date.ts';
import type { TestCompany, TestTenant } from './factories.ts';
import type { TestPortal } from './portal.ts';
import { accepted, TestRentals } from './rentals.ts';

/** The rentals and money of a person who acts for themselves. */
export class PersonRentals extends TestRentals {
  readonly userId: string;

  constructor(portal: TestPortal, tenant: TestTenant, { id, email }: { id: string; email: string }) {
    super(portal, tenant, { id, code: email, name: email } as TestCompany);
    this.userId = id;
  }

  override get owner(): Owner {
    return { user_id: this.userId };
  }
}

/** In the time zone of the tenant. */
export function today(rentals: TestRentals): Promise<CivilDate> {
  return rentals.run((_db, billing) => Promise.resolve(billing.today));
}

/** A rental since a day, whose due invoices are issued. Returns its id. */
export async function moveIn(
  rentals: TestRentals,
  starts_on: CivilDate,
  values: Parameters<TestRentals['moveIn']>[1] = {},
): Promise<string> {
  return accepted(await rentals.moveIn(starts_on, values)).rental.id;
}
