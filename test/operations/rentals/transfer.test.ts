import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { startRentals, today } from '../../support/rentals-suite.ts';

describe('The transfer of a rental', () => {
  const suite = startRentals();

  it('transfers to another unit after the sum was shown', async () => {
    const { id } = await suite.start({}, addDays(today, -1));
    const unit = await suite.rentals.unit('T9');
    const page = await (await suite.manager.visit(`/rentals/${id}`)).follow('Transfer');
    const label = page.find(`option[value="${unit.id}"]`)!.text;
    const shown = await page.submit('Transfer', { Unit: label, Price: '150' });
    expect(shown.status).to.equal(200);
    expect(shown.text).to.match(/To be paid: \$\d+\.\d\d/);
    expect(await suite.rentals.rental(id)).to.include({ status: 'active' });
    const saved = await shown.submit('Transfer');
    expect(saved.h1).to.include('T9');
    expect(await suite.rentals.rental(id)).to.include({ status: 'ended' });
    expect(await suite.events(id)).to.include('rental.transferred');
  });
});
