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
});
