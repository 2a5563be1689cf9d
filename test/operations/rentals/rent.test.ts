import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { startRentals, today } from '../../support/rentals-suite.ts';

describe('The rent of a rental', () => {
  const suite = startRentals();

  it('changes the rent after the first period was shown', async () => {
    const { id } = await suite.start();
    const page = await (await suite.manager.visit(`/rentals/${id}`)).follow('Change rent');
    const early = await page.submit('Change rent', {
      'New price': '110',
      'Effective date': addDays(today, 3),
    });
    expect(early.errors[0]).to.match(/The earliest day is .* 14 days of notice/);
    const shown = await page.submit('Change rent', { 'New price': '110' });
    expect(shown.text).to.include('cost $110.00');
    const saved = await shown.submit('Change rent');
    expect(saved.rows('$110.00')).to.have.length(1);
    expect(await suite.events(id)).to.include('rental.rent_changed');
  });

  it('changes the rent once when the form is submitted twice', async () => {
    const { id } = await suite.start();
    const page = await suite.manager.visit(`/rentals/${id}/rent`);
    const shown = await page.submit('Change rent', { 'New price': '110' });
    const first = await shown.submit('Change rent');
    expect((await shown.submit('Change rent')).path).to.equal(first.path);
    expect((await suite.events(id)).filter((event) => event === 'rental.rent_changed')).to.have.length(1);
  });
});
