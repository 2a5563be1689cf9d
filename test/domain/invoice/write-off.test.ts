import { expect } from 'chai';
import { issueCreditNote } from '../../../src/domain/invoice/credit-note.ts';
import { writeOff } from '../../../src/domain/invoice/write-off.ts';
import { verifyLedger } from '../../../src/domain/ledger/verify-ledger.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { findViolations } from '../../support/money-invariants.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

const TODAY = '2026-06-20';

describe('the write-off of an invoice', () => {
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
  afterEach(async () => {
    expect(await findViolations(portal.owner, tenant.id)).to.eql([]);
    expect((await verifyLedger(portal.database, tenant.id)).difference).to.equal(null);
  });

  /** 100.00 of rent and 50.00 of deposit on one invoice. */
  const moveIn = async () => {
    const { rental, invoices } = accepted(await rentals.moveIn('2026-06-01', { deposit: 50_00n }));
    return { rental, id: invoices[0]!.id };
  };

  const giveUp = (id: string) =>
    rentals.on(TODAY, (db, billing) => writeOff(db, billingActor, billing, { id, reason: 'Insolvent' }));

  const credit = (invoice_id: string, total_cents: bigint, position = 1) =>
    rentals.on(TODAY, (db, billing) =>
      issueCreditNote(db, billingActor, billing, {
        invoice_id,
        parts: [{ position, total_cents }],
        reason: 'Mistake',
      }),
    );

  const leave = async (id: string) => {
    accepted(await rentals.notice('2026-06-30', id, '2026-06-30'));
    accepted(await rentals.complete('2026-06-30', id));
  };

  it('credits the deposit that was not received, and pays none out at the move-out', async () => {
    const { rental, id } = await moveIn();
    accepted(await giveUp(id));
    expect(await rentals.invoice(id)).to.include({ status: 'paid', open: '0', written_off: '10000' });
    expect(await rentals.ledger('bad_debt')).to.equal('10000');
    expect(await rentals.rental(rental.id)).to.include({ deposit: '0' });
    await leave(rental.id);
    expect(await rentals.balance()).to.include({ receivable: '0', credit: '0', deposit: '0' });
  });

  it('keeps what was paid of the deposit after the rent', async () => {
    const { rental, id } = await moveIn();
    await rentals.pay(120_00n);
    accepted(await giveUp(id));
    expect(await rentals.invoice(id)).to.include({ status: 'paid', written_off: '0' });
    expect(await rentals.rental(rental.id)).to.include({ deposit: '2000' });
    await leave(rental.id);
    expect(await rentals.balance()).to.include({ receivable: '0', credit: '2000', deposit: '0' });
  });

  it('lowers the deposit of the rental to which it was transferred', async () => {
    const { rental, id } = await moveIn();
    const unit = await rentals.unit();
    const values = { id: rental.id, to_unit_id: unit.id, starts_on: '2026-06-10', price: null };
    const moved = accepted(await rentals.transfer('2026-06-10', { ...values, deposit: 50_00n }));
    accepted(await giveUp(id));
    expect(await rentals.rental(moved.rental.id)).to.include({ deposit: '0' });
    expect(await rentals.balance()).to.include({ deposit: '0' });
  });

  it('keeps the deposit of another rental when that of the invoice was settled before', async () => {
    const { rental, id } = await moveIn();
    const other = await moveIn();
    accepted(await rentals.pay(150_00n, { chosen: [{ invoice_id: other.id, amount_cents: 150_00n }] }));
    accepted(await rentals.notice('2026-06-30', rental.id, '2026-06-30'));
    accepted(
      await rentals.complete('2026-06-30', rental.id, {
        billing: { applies_credit: false },
        pays_invoices: false,
      }),
    );
    accepted(await giveUp(id));
    expect(await rentals.invoice(id)).to.include({ written_off: '15000' });
    expect(await rentals.rental(other.rental.id)).to.include({ deposit: '5000' });
    expect(await rentals.balance()).to.include({ deposit: '5000' });
  });

  it('is taken back by a credit note before anything becomes credit', async () => {
    const { id } = await rentals.issue(100_00n);
    await rentals.pay(40_00n);
    accepted(await giveUp(id));
    accepted(await credit(id, 25_00n));
    expect(await rentals.balance()).to.include({ receivable: '0', credit: '0' });
    expect(await rentals.invoice(id)).to.include({ status: 'paid', open: '0', written_off: '3500' });
    accepted(await credit(id, 75_00n));
    expect(await rentals.balance()).to.include({ receivable: '0', credit: '4000' });
    expect(await rentals.invoice(id)).to.include({ status: 'paid', open: '0', written_off: '0' });
    expect(await rentals.ledger('bad_debt')).to.equal('0');
    expect(await rentals.ledger('income')).to.equal('0');
  });

  it('is not given back as credit when the customer leaves before the end of the period', async () => {
    const { rental, id } = await moveIn();
    accepted(await giveUp(id));
    accepted(await rentals.notice(TODAY, rental.id, TODAY));
    accepted(await rentals.complete(TODAY, rental.id));
    expect(await rentals.balance()).to.include({ receivable: '0', credit: '0', deposit: '0' });
    expect(await rentals.invoice(id)).to.include({ written_off: '6667' });
  });
});
