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

  it('shows the deposit as held once it is paid', async () => {
    const { id } = await suite.start({ deposit: 50_00n });
    const held = async () => /Held: (\S+)/.exec((await suite.manager.visit(`/rentals/${id}`)).text)![1];
    expect(await held()).to.equal('$0.00');
    await suite.rentals.pay(120_00n);
    expect(await held()).to.equal('$20.00');
    await suite.rentals.pay(30_00n);
    expect(await held()).to.equal('$50.00');
  });
});
