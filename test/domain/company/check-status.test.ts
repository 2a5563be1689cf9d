import { expect } from 'chai';
import type { TenantDb } from '../../../src/database/tenant-db.ts';
import { addCustomer } from '../../../src/domain/membership/add-customer.ts';
import { addLocation } from '../../../src/domain/company-location/company-location-actions.ts';
import { NO_CUSTOM_FIELDS } from '../../../src/domain/custom-field/form-fields.ts';
import { addComment } from '../../../src/domain/invoice/invoice-actions.ts';
import { undoPayment } from '../../../src/domain/payment/payment-actions.ts';
import { completeMoveIn } from '../../../src/domain/rental/reservation.ts';
import {
  listReservationsToStart,
  startDueReservations,
  startReservations,
} from '../../../src/domain/rental/due-reservations.ts';
import { updateCompany } from '../../../src/domain/company/company-actions.ts';
import { findCompany } from '../../../src/domain/company/company-queries.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';

const NEW_CUSTOMER = {
  username: null,
  has_one_name: false,
  first_name: 'Edith',
  last_name: 'Marlow',
  roles: [],
  template: null,
};

const NEW_LOCATION = { name: 'Quay', code: 'Q', address: null, contact_name: null, phone: null };

describe('the status of a company in actions', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let rentals: TestRentals;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
  });

  const setStatus = (status: string) =>
    portal.owner.query('update companies set status = $2 where id = $1', [rentals.company.id, status]);
  const codeOf = (result: { ok: boolean; errors?: readonly { code: string }[] }) => result.errors?.[0]?.code;

  it('On hold leaves a reservation as it is, until the company is Active again', async () => {
    const { rental } = accepted(
      await rentals.moveIn('2026-06-05', { today: '2026-06-01', is_reserved: true }),
    );
    await setStatus('on_hold');
    const start = () => rentals.on('2026-06-05', (db, billing) => startDueReservations(db, billing));
    expect(await start()).to.equal(0);
    const completed = await rentals.on('2026-06-05', (db, billing) =>
      completeMoveIn(db, billingActor, billing, rental.id),
    );
    expect(codeOf(completed)).to.equal('company_not_active');
    await setStatus('active');
    expect(await start()).to.equal(1);
    expect(await rentals.rental(rental.id)).to.include({ status: 'active' });
  });

  it('On hold keeps a billing run that has read the reservation before from starting it', async () => {
    const { rental } = accepted(
      await rentals.moveIn('2026-06-05', { today: '2026-06-01', is_reserved: true }),
    );
    const read = await rentals.on('2026-06-05', (db, billing) => listReservationsToStart(db, billing));
    expect(read).to.have.length(1);
    await setStatus('on_hold');
    const start = () => rentals.on('2026-06-05', (db, billing) => startReservations(db, billing, read));
    expect(await start()).to.equal(0);
    expect(await rentals.rental(rental.id)).to.include({ status: 'reserved' });
    await setStatus('active');
    expect(await start()).to.equal(1);
  });

  it('On hold does not keep a customer from the unit of a transfer that was agreed on before', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-06-01'));
    const to = await rentals.unit();
    const values = { id: rental.id, to_unit_id: to.id, starts_on: '2026-06-10', price: null, deposit: null };
    const moved = accepted(await rentals.transfer('2026-06-05', values));
    await setStatus('on_hold');
    expect(await rentals.on('2026-06-10', (db, billing) => startDueReservations(db, billing))).to.equal(1);
    expect(await rentals.rental(moved.rental.id)).to.include({ status: 'active' });
  });

  for (const [name, change] of [
    ['a customer is added', (db, id) => addCustomer(db, billingActor, id, NEW_CUSTOMER)],
    ['a location is added', (db, id) => addLocation(db, billingActor, id, NEW_LOCATION)],
  ] satisfies [string, (db: TenantDb, id: string) => Promise<{ ok: boolean }>][])
    it(`is not changed between the check and the commit when ${name}`, async () => {
      const { id } = rentals.company;
      await rentals.on('2026-06-01', async (db) => {
        expect(await change(db, id)).to.include({ ok: true });
        const locked = sql(portal, 'select id from companies where id = $1 for no key update nowait', [id]);
        expect(await locked.catch(({ code }) => code)).to.equal('55P03');
      });
    });

  it('Archived refuses comments, and changes of the company', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-06-01'));
    const [invoice] = await rentals.invoices(rental.id);
    await setStatus('archived');
    const commented = await rentals.on('2026-06-02', (db) =>
      addComment(db, billingActor, { id: invoice!['id']!, body: 'Paid?' }),
    );
    expect(codeOf(commented)).to.equal('company_archived');
    const changed = await rentals.on('2026-06-02', async (db) => {
      const company = (await findCompany(db, rentals.company.id))!;
      const values = { name: 'Other', code: 'OTHER', parent_code: null, address: null, version: 1 };
      return updateCompany(db, billingActor, company, values, NO_CUSTOM_FIELDS);
    });
    expect(codeOf(changed)).to.equal('company_archived');
  });

  it('Archived refuses to undo a payment', async () => {
    const { payment } = accepted(await rentals.pay(50_00n));
    await setStatus('archived');
    const undone = await rentals.on('2026-06-02', (db, billing) =>
      undoPayment(db, billingActor, billing, { id: payment.id, reason: 'Wrong' }),
    );
    expect(codeOf(undone)).to.equal('company_archived');
  });
});
