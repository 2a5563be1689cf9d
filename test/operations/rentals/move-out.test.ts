import { expect } from 'chai';
import { accepted } from '../../support/rentals.ts';
import { startRentals, today } from '../../support/rentals-suite.ts';

describe('The move-out of a rental', () => {
  const suite = startRentals();

  it('completes a move-out with a part of the deposit kept', async () => {
    const { id } = await suite.start({ deposit: 100_00n });
    accepted(await suite.rentals.notice(today, id, today));
    const page = await (await suite.manager.visit(`/rentals/${id}`)).follow('Complete move-out');
    expect(page.text).to.include('The deposit is $100.00');
    const refused = await page.submit('Complete move-out', { 'Amount to keep': '100.01', Reason: 'Door' });
    expect(refused.errors).to.eql(['100.00 of the deposit can be kept']);
    const saved = await refused.submit('Complete move-out', { 'Amount to keep': '45', Reason: 'Door' });
    expect(saved.badges).to.include('Ended');
    expect(await suite.rentals.balance()).to.include({ deposit: '0' });
    expect(await suite.events(id)).to.include.members(['rental.ended', 'rental.deposit_settled']);
  });

  it('settles the deposit of a rental that the billing run has ended', async () => {
    const { id } = await suite.start({ deposit: 100_00n });
    await suite.portal.owner.query(
      `update rentals set status = 'ended', ends_on = $2, next_period_on = null where id = $1`,
      [id, today],
    );
    const page = await (await suite.manager.visit(`/rentals/${id}`)).follow('Settle deposit');
    const saved = await page.submit('Settle deposit');
    expect(saved.links).not.to.include('Settle deposit');
    expect(await suite.rentals.balance()).to.include({ deposit: '0' });
  });
});
