import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { startRentals, today } from '../../support/rentals-suite.ts';

describe('The charges of a rental', () => {
  const suite = startRentals();

  it('gets a charge and a discount, which end', async () => {
    const { id } = await suite.start();
    const page = await (await suite.manager.visit(`/rentals/${id}`)).follow('Add charge');
    const neither = await page.submit('Add charge', { Description: 'Insurance' });
    expect(neither.errors).to.eql(['Enter an amount, or the percentage of a discount']);
    const saved = await page.submit('Add charge', { Description: 'Insurance', Amount: '9.50' });
    expect(saved.rows('Insurance')[0]).to.include('$9.50');
    const ended = await saved.submit('End');
    expect(ended.buttons).not.to.include('End');
    const form = await ended.follow('Add charge');
    const discounted = await form.submit('Add charge', {
      Kind: 'Discount',
      Description: 'Friend',
      'Percentage of the rent': '12.5',
    });
    expect(discounted.rows('Friend')[0]).to.include('−12.5 %');
    expect(await suite.events(id)).to.include.members(['rental.charge_added', 'rental.charge_ended']);
  });

  it('refuses a charge that begins beyond a year', async () => {
    const { id } = await suite.start();
    const page = await suite.manager.visit(`/rentals/${id}/charges/new`);
    const fields = { Description: 'Insurance', Amount: '10', 'Start date': addDays(today, 400) };
    expect((await page.submit('Add charge', fields)).errors).to.eql(['Enter a day within a year']);
    expect(await suite.events(id)).not.to.include('rental.charge_added');
  });
});
