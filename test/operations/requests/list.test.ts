import { expect } from 'chai';
import { actAs, systemActor } from '../../../src/domain/actor.ts';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { requestMoveOut } from '../../../src/domain/request/send-request.ts';
import { createCompany, createCustomer, type TestTenant, type TestPerson } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

const today = new Date().toISOString().slice(0, 10);

describe('The list of requests', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let rentals: TestRentals;
  let customer: TestPerson;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations({ time_zone: 'UTC' }));
  });
  beforeEach(async () => {
    rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
    customer = await createCustomer(portal, tenant);
  });
  after(() => portal.close());

  const actor = () => actAs(systemActor('Tests'), { ...customer, audience: 'customer' });

  const askMoveOut = async () => {
    const { rental } = accepted(await rentals.moveIn(today));
    const wanted_on = addDays(today, 20);
    const values = { rental_id: rental.id, wanted_on, comment: 'We move' };
    const { request } = accepted(
      await rentals.on(today, (db, billing) => requestMoveOut(db, actor(), billing, rentals.owner, values)),
    );
    return { rental, id: request.id, wanted_on };
  };

  it('say that there are none', async () => {
    expect((await manager.visit('/requests')).text).to.include('No requests yet');
  });

  it('are listed with filters and open to be decided', async () => {
    await askMoveOut();
    const page = await manager.visit('/requests?status=requested&kind=move_out');
    expect(page.rows(rentals.company.name)).to.have.length(1);
    expect((await manager.visit('/requests?kind=transfer')).text).to.include('No requests match');
  });
});
