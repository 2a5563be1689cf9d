import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { startRentals, today } from '../../support/rentals-suite.ts';

describe('The cancellation of a reservation', () => {
  const suite = startRentals();

  it('cancels a reservation with a reason', async () => {
    const { id } = await suite.start({}, addDays(today, 5));
    const page = await (await suite.manager.visit(`/rentals/${id}`)).follow('Cancel reservation');
    const saved = await page.submit('Cancel reservation', { Reason: 'Changed plans' });
    expect(saved.badges).to.include('Cancelled');
    expect(await suite.events(id)).to.include('rental.cancelled');
  });
});
