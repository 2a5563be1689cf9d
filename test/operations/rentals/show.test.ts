import { expect } from 'chai';

import { startRentals } from '../../support/rentals-suite.ts';

describe('A rental', () => {
  const suite = startRentals();

  it('shows the periods, invoices, prices and history', async () => {
    const { id } = await suite.start({ deposit: 50_00n });
    const page = await suite.manager.visit(`/rentals/${id}`);
    expect(page.text)
      .to.include('Billed periods')
      .and.include('INV-')
      .and.include('$150.00')
      .and.include('Moved in');
  });
});
