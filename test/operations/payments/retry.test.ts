import { expect } from 'chai';
import { signedInStaff } from '../../support/factories.ts';
import { CARDS } from '../../support/gateway.ts';
import { addCard, startCards } from '../../support/stored-cards.ts';

describe('A payment by a stored card', () => {
  const suite = startCards();

  it('that failed shows why and when it is tried again, is tried again, and no more', async () => {
    await addCard(suite.account, { number: CARDS.insufficient_funds });
    const { id, page } = await suite.charge(120_00n, 'Charge $120.00');
    expect(page.badges).to.include('Failed');
    expect(page.text)
      .to.include('insufficient_funds')
      .and.match(/Next try \w{3} \d/);
    expect(
      (await suite.manager.visit('/payments?status=failed')).rows(suite.account.company.name),
    ).to.have.length(1);
    expect((await suite.manager.visit('/payments?status=failed_unpaid')).rows(suite.account.company.name)[0])
      .to.include('The card has insufficient funds.')
      .and.match(/Next try \w{3} \d/);
    const again = await page.submit('Retry payment');
    expect(again.rows('2. Charge')[0]).to.include('Failed');
    expect((await page.submit('Retry payment')).path).to.equal(page.path);
    expect((await suite.manager.visit(page.path)).rows('3. Charge')).to.eql([]);
    const stopped = await again.submit('Stop retrying');
    expect(stopped.text).to.include('Next try None');
    expect(stopped.buttons).to.include('Retry payment').and.not.include('Stop retrying');
    expect(await suite.account.invoice(id)).to.include({ status: 'failed', open: '12000' });
    const operations = await signedInStaff(suite.portal, suite.tenant, 'operations');
    expect((await operations.visit(page.path)).buttons).to.not.include('Retry payment');
  });

  it('is charged once by two pages that retry it at the same time', async () => {
    const method = await addCard(suite.account, { number: CARDS.insufficient_funds });
    const { id, page } = await suite.charge(120_00n, 'Charge $120.00');
    await suite.makeSucceed(method);
    const tabs = await Promise.all([1, 2].map(() => suite.manager.visit(page.path)));
    await Promise.all(tabs.map((tab) => tab.submit('Retry payment')));
    expect(await suite.countCharges()).to.equal(1);
    expect(await suite.account.invoice(id)).to.include({ status: 'paid', open: '0' });
    expect(await suite.account.ledger('cash')).to.equal('12000');
  });

  it('is charged once beside a charge of its invoice', async () => {
    const method = await addCard(suite.account, { number: CARDS.insufficient_funds });
    const { id, page } = await suite.charge(120_00n, 'Charge $120.00');
    await suite.makeSucceed(method);
    const charge = await suite.manager.visit(`/invoices/${id}/charge`);
    await Promise.all([page.submit('Retry payment'), charge.submit('Charge $120.00')]);
    expect(await suite.countCharges()).to.equal(1);
    expect(await suite.account.invoice(id)).to.include({ status: 'paid', open: '0' });
    expect(await suite.account.balance()).to.include({ credit: '0' });
  });

  it('has no button to retry while its card needs attention, nor after its invoice was paid', async () => {
    await addCard(suite.account, { number: CARDS.expired_card });
    const { id, page } = await suite.charge(120_00n, 'Charge $120.00');
    expect(page.text).to.include('The customer has to update their payment details');
    expect(page.buttons).to.not.include('Retry payment');
    const forged = await suite.manager.postFrom(page, `${page.path}/retry`);
    expect(forged.status).to.equal(422);
    expect(forged.text).to.include('This card or bank account cannot be charged again');
    await suite.account.pay(120_00n);
    expect(await suite.account.invoice(id)).to.include({ status: 'paid' });
    const paid = await suite.manager.visit(page.path);
    expect(paid.text)
      .to.include('Nothing of its invoices is open')
      .and.not.include('has to update their payment details');
  });

  it('stops being retried once', async () => {
    await addCard(suite.account, { number: CARDS.insufficient_funds });
    const { page } = await suite.charge(120_00n, 'Charge $120.00');
    const sent = await Promise.all([1, 2].map(() => page.submit('Stop retrying')));
    expect(sent.map(({ status }) => status)).to.have.members([200, 422]);
    const { rows } = await suite.portal.owner.query<{ event: string }>(
      `select event from audit_events where target_id = $1 and event = 'payment.schedule_cancelled'`,
      [page.path.split('/').at(-1)],
    );
    expect(rows).to.have.length(1);
  });
});
