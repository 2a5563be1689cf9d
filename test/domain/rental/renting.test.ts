import { expect } from 'chai';
import pino from 'pino';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { insertMembership, removeFromCompany } from '../../../src/domain/membership/membership-actions.ts';
import { cancelTransfer } from '../../../src/domain/rental/cancel-transfer.ts';
import { cancelReservation, completeMoveIn } from '../../../src/domain/rental/reservation.ts';
import { correctRentings } from '../../../src/tasks/correct-renting.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  type TestPerson,
  type TestTenant,
} from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';
import { insertRental } from '../../support/units.ts';

const DAY = '2026-06-01';

describe('who rents', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let rentals: TestRentals;
  let person: TestPerson;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    const company = await createCompany(portal, tenant);
    rentals = new TestRentals(portal, tenant, company);
    await createCustomer(portal, tenant, { first_name: 'Member', company });
    person = await createCustomer(portal, tenant, { first_name: 'Person' });
  });

  const renting = async () =>
    (
      await sql<{ name: string }>(
        portal,
        `select first_name as name from users where tenant_id = $1 and is_renting
         union all select 'Company' from companies where tenant_id = $1 and is_renting order by 1`,
        [tenant.id],
      )
    ).map(({ name }) => name);

  it('is a person between the first day and the end of their rental', async () => {
    const { rental } = accepted(await rentals.moveIn(DAY, { owner: { user_id: person.id } }));
    expect(await renting()).to.eql(['Person']);
    await rentals.notice(DAY, rental.id, DAY);
    expect(await renting()).to.eql(['Person']);
    accepted(await rentals.complete(DAY, rental.id));
    expect(await renting()).to.eql([]);
  });

  it('is a company with its members and the person in the unit', async () => {
    const { rental } = accepted(await rentals.moveIn(DAY, { occupant_user_id: person.id }));
    expect(await renting()).to.eql(['Company', 'Member', 'Person']);
    await rentals.notice(DAY, rental.id, DAY);
    accepted(await rentals.complete(DAY, rental.id));
    expect(await renting()).to.eql([]);
  });

  it('stays the same while another rental is active', async () => {
    const { rental } = accepted(await rentals.moveIn(DAY));
    accepted(await rentals.moveIn(DAY));
    await rentals.notice(DAY, rental.id, DAY);
    accepted(await rentals.complete(DAY, rental.id));
    expect(await renting()).to.eql(['Company', 'Member']);
  });

  it('does not include those who have a reservation only', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-06-10', { today: DAY, is_reserved: true }));
    expect(await renting()).to.eql([]);
    const { rental: other } = accepted(await rentals.moveIn('2026-06-10', { today: DAY, is_reserved: true }));
    await rentals.on(DAY, (db, billing) =>
      cancelReservation(db, billingActor, billing, { id: other.id, reason: 'Too small' }),
    );
    await rentals.on('2026-06-10', (db, billing) => completeMoveIn(db, billingActor, billing, rental.id));
    expect(await renting()).to.eql(['Company', 'Member']);
  });

  it('stays the same after a transfer and its cancellation', async () => {
    const { rental } = accepted(await rentals.moveIn(DAY));
    const later = await rentals.unit();
    const values = { price: 100_00n, deposit: 0n };
    accepted(
      await rentals.transfer(DAY, {
        id: rental.id,
        to_unit_id: later.id,
        starts_on: '2026-06-20',
        ...values,
      }),
    );
    await rentals.on(DAY, (db, billing) =>
      cancelTransfer(db, billingActor, billing, { id: rental.id, reason: 'It leaks' }),
    );
    expect(await renting()).to.eql(['Company', 'Member']);
    const unit = await rentals.unit();
    accepted(
      await rentals.transfer('2026-06-05', {
        id: rental.id,
        to_unit_id: unit.id,
        starts_on: '2026-06-05',
        ...values,
      }),
    );
    expect(await renting()).to.eql(['Company', 'Member']);
  });

  it('changes with the memberships of a company that rents', async () => {
    accepted(await rentals.moveIn(DAY));
    const membership = { company_id: rentals.company.id, user_id: person.id };
    await inTenant(portal.database, tenant.id, (db) => insertMembership(db, { ...membership, roles: [] }));
    expect(await renting()).to.eql(['Company', 'Member', 'Person']);
    await inTenant(portal.database, tenant.id, (db) => removeFromCompany(db, billingActor, membership));
    expect(await renting()).to.eql(['Company', 'Member']);
  });

  it('is corrected by a schedule', async () => {
    await insertRental(portal, tenant, (await rentals.unit()).id, { owner: rentals.owner });
    await sql(
      portal,
      "update users set is_renting = not is_renting where tenant_id = $1 and audience = 'customer'",
      [tenant.id],
    );
    await sql(portal, 'update companies set is_renting = not is_renting where tenant_id = $1', [tenant.id]);
    expect(await renting()).to.eql(['Person']);
    const lines: Record<string, unknown>[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as object as never) });
    const deps = { database: portal.database, config: portal.config, log };
    await correctRentings.run(deps, () => false);
    expect(await renting()).to.eql(['Company', 'Member']);
    const { users, companies } = lines.find((line) => line['tenant'] === tenant.id)!;
    expect([users, companies]).to.eql([2, 1]);
    lines.length = 0;
    await correctRentings.run(deps, () => false);
    expect(lines.filter((line) => line['tenant'] === tenant.id)).to.eql([]);
  });
});
