import { expect } from 'chai';
import { issueCreditNote } from '../../../src/domain/invoice/credit-note.ts';
import { deleteInvoice } from '../../../src/domain/invoice/invoice-actions.ts';
import { changeStart } from '../../../src/domain/rental/change-start.ts';
import { createCompany, createTenant } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

const TODAY = '2026-06-20';

describe('a deposit that is taken back', () => {
  let portal: TestPortal;
  let rentals: TestRentals;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    const tenant = await createTenant(portal);
    rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
  });

  const start = async () => accepted(await rentals.moveIn('2026-06-01', { deposit: 50_00n })).rental;

  const deleteFirst = async (id: string) => {
    const [invoice] = await rentals.invoices(id);
    const values = { id: invoice!.id!, reason: 'A mistake' };
    accepted(await rentals.on(TODAY, (db, billing) => deleteInvoice(db, billingActor, billing, values)));
  };

  const creditDeposit = async (id: string, total_cents: bigint) => {
    const [invoice] = await rentals.invoices(id);
    const values = { invoice_id: invoice!.id!, parts: [{ position: 2, total_cents }], reason: 'A mistake' };
    accepted(await rentals.on(TODAY, (db, billing) => issueCreditNote(db, billingActor, billing, values)));
  };

  const moveOut = async (id: string) => {
    accepted(await rentals.notice(TODAY, id, '2026-06-30'));
    accepted(await rentals.complete('2026-06-30', id, { pays_invoices: false }));
  };

  it('by deleting its invoice is not returned from the deposit of another rental', async () => {
    const [mistaken] = [await start(), await start()];
    await deleteFirst(mistaken.id);
    await moveOut(mistaken.id);
    expect(await rentals.balance()).to.include({ deposit: '5000', credit: '0' });
  });

  it('by a credit note in part is returned without that part', async () => {
    const [reduced] = [await start(), await start()];
    await creditDeposit(reduced.id, 20_00n);
    expect(await rentals.rental(reduced.id)).to.include({ deposit: '3000' });
    await moveOut(reduced.id);
    expect(await rentals.balance()).to.include({ deposit: '5000', credit: '3000' });
  });

  it('after a transfer lowers the deposit of the new rental', async () => {
    const [old] = [await start(), await start()];
    const unit = await rentals.unit();
    const values = { id: old.id, to_unit_id: unit.id, starts_on: TODAY, price: 100_00n, deposit: 50_00n };
    const { rental } = accepted(await rentals.transfer(TODAY, values));
    await creditDeposit(old.id, 20_00n);
    expect(await rentals.rental(rental.id)).to.include({ deposit: '3000' });
  });

  it('is charged again by a transfer', async () => {
    const [mistaken] = [await start(), await start()];
    await deleteFirst(mistaken.id);
    const unit = await rentals.unit();
    const values = {
      id: mistaken.id,
      to_unit_id: unit.id,
      starts_on: TODAY,
      price: 100_00n,
      deposit: 50_00n,
    };
    accepted(await rentals.transfer(TODAY, values));
    expect(await rentals.balance()).to.include({ deposit: '10000' });
  });

  it('to change the start of a reservation stays agreed', async () => {
    const { rental } = accepted(await rentals.moveIn('2026-07-01', { today: TODAY, deposit: 50_00n }));
    const values = { id: rental.id, starts_on: '2026-07-05' };
    accepted(await rentals.on(TODAY, (db, billing) => changeStart(db, billingActor, billing, values)));
    expect(await rentals.rental(rental.id)).to.include({ deposit: '5000' });
    expect(await rentals.balance()).to.include({ deposit: '5000' });
  });
});
