import { expect } from 'chai';
import { startRentals } from '../../support/rentals-suite.ts';

describe('The list of requests', () => {
  const suite = startRentals();

  it('say that there are none', async () => {
    expect((await suite.manager.visit('/requests')).text).to.include('No requests yet');
  });

  it('are listed with filters and open to be decided', async () => {
    await suite.askMoveOut();
    const page = await suite.manager.visit('/requests?status=requested&kind=move_out');
    expect(page.rows(suite.rentals.company.name)).to.have.length(1);
    expect((await suite.manager.visit('/requests?kind=transfer')).text).to.include('No requests match');
  });
});
