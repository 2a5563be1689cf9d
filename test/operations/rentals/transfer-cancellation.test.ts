import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { approveRequest } from '../../../src/domain/request/decide-request.ts';
import { requestTransfer } from '../../../src/domain/request/send-request.ts';
import { signedInStaff } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { accepted } from '../../support/rentals.ts';
import { startRentals, today } from '../../support/rentals-suite.ts';
import { sql } from '../../support/rows.ts';

describe('The cancellation of a transfer', () => {
  const suite = startRentals();
  const day = addDays(today, 10);

  const plan = async (price = 150_00n) => {
    const old = await suite.start({}, addDays(today, -1));
    const unit = await suite.rentals.unit();
    const values = { id: old.id, to_unit_id: unit.id, starts_on: day, price, deposit: null };
    const { rental } = accepted(await suite.rentals.transfer(today, values));
    return { old, next: rental };
  };

  const approve = async () => {
    const old = await suite.start({}, addDays(today, -1));
    const customer = await suite.actor();
    const unit = await suite.rentals.unit();
    const wish = { rental_id: old.id, wanted_on: addDays(today, 20), comment: null };
    const choice = { to_unit_id: null, to_unit_type_id: unit.type.id };
    const target = { to_unit_id: unit.id, price: null, deposit: null };
    const id = await suite.rentals.on(today, async (db, billing) => {
      const owner = suite.rentals.owner;
      const sent = accepted(await requestTransfer(db, customer, billing, owner, { ...wish, ...choice }));
      accepted(await approveRequest(db, billingActor, billing, sent.request.id, target));
      return sent.request.id;
    });
    return { id, old, customer, unit };
  };

  it('shows what it takes back, and cancels with a reason', async () => {
    const { old, next } = await plan();
    const page = await (await suite.manager.visit(`/rentals/${next.id}`)).follow('Cancel transfer');
    expect(page.text).to.match(/INV-\d+, \$\d+\.\d\d: deleted, because nothing was paid\./);
    expect(page.text).to.include(`The customer stays in ${old.unit_code}.`);
    expect((await page.submit('Cancel transfer')).errors).to.eql(['Enter a reason']);
    const saved = await page.submit('Cancel transfer', { Reason: 'The unit leaks' });
    expect(saved.path).to.equal(`/rentals/${old.id}`);
    expect(saved.text).to.include('Transfer cancelled').and.not.include('moves to another unit');
    expect(await suite.rentals.rental(old.id)).to.include({ status: 'active', ends_on: null });
    expect(await suite.events(next.id)).to.include('rental.transfer_cancelled');
    const second = await page.submit('Cancel transfer', { Reason: 'Again' });
    expect(second.status).to.equal(422);
    expect(second.text).to.include('There is no transfer to cancel: it was cancelled already');
  });

  it('names the sums of a credit note, of an invoice that charges again and of the rest of the period', async () => {
    const dearer = await plan();
    await suite.rentals.pay(500_00n);
    const { text: paid } = await suite.manager.visit(`/rentals/${dearer.old.id}/transfer/cancellation`);
    expect(paid).to.match(/credited by a credit note of \$\d+\.\d\d\./);
    const cheaper = await plan(50_00n);
    const page = await suite.manager.visit(`/rentals/${cheaper.old.id}/transfer/cancellation`);
    const [, sum] = /taken back by an invoice of \$(\d+\.\d\d)\./.exec(page.text)!;
    await page.submit('Cancel transfer', { Reason: 'A mistake' });
    const invoices = await suite.rentals.invoices(cheaper.old.id);
    expect(invoices.at(-1)).to.include({ kind: 'invoice', total: sum!.replace('.', '') });
  });

  it('cancels the approved request, and emails the customer the reason', async () => {
    const { id, old, customer, unit } = await approve();
    const page = await (await suite.manager.visit(`/requests/${id}`)).follow('Cancel transfer');
    await page.submit('Cancel transfer', { Reason: 'The unit leaks' });
    const shown = await suite.manager.visit(`/requests/${id}`);
    expect(shown.badges).to.include('Cancelled');
    expect(shown.text).to.include('The unit leaks');
    expect(shown.links).to.not.include('Cancel transfer');
    const emails = await sql(
      suite.portal,
      `select to_address, variables from emails where tenant_id = $1 and template = 'transferCancelled'`,
      [suite.tenant.id],
    );
    const variables = { unit_code: old.unit_code, new_unit_code: unit.code, reason: 'The unit leaks' };
    const email = emails.find(({ to_address }) => to_address === customer.person.email);
    expect(email).to.have.property('variables').that.includes(variables);
  });

  it('is refused on the day, with the reason instead of the form', async () => {
    const { old, next } = await plan();
    await sql(suite.portal, 'update rentals set starts_on = $2 where id = $1', [next.id, today]);
    const page = await suite.manager.visit(`/rentals/${old.id}/transfer/cancellation`);
    expect(page.text).to.include('It cannot be cancelled any longer');
    expect(page.buttons).to.not.include('Cancel transfer');
  });

  it('is hidden from staff who may neither edit rentals nor decide requests', async () => {
    const { old } = await plan();
    const path = `/rentals/${old.id}/transfer/cancellation`;
    const driver = await signedInStaff(suite.portal, suite.tenant, 'driver');
    expect((await driver.get(path)).status).to.equal(403);
    expect((await driver.post(path, 'reason=Leak')).status).to.equal(403);
  });
});
