import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { startRentals, today } from '../../support/rentals-suite.ts';

describe('The start date of a reservation', () => {
  const suite = startRentals();

  const reserve = () => suite.start({}, addDays(today, 10));

  it('changes after what is billed was shown', async () => {
    const { id } = await reserve();
    const page = await (await suite.manager.visit(`/rentals/${id}`)).follow('Change start date');
    const day = addDays(today, 20);
    const shown = await page.submit('Change start date', { 'Start date': day });
    expect(shown.text).to.match(/INV-\d+, \$100\.00: deleted if nothing was paid/);
    expect(shown.text).to.match(/New invoice from .*: \$100\.00/);
    expect(await suite.rentals.rental(id)).to.include({ starts_on: addDays(today, 10) });
    const saved = await shown.submit('Change start date');
    expect(saved.path).to.equal(`/rentals/${id}`);
    expect(await suite.rentals.rental(id)).to.include({ starts_on: day });
    expect(await suite.events(id)).to.include('rental.start_changed');
    const again = await shown.submit('Change start date');
    expect(again.errors).to.eql(['The reservation begins on this day already']);
  });

  for (const [value, error] of [
    ['2026-02-30', 'Enter a day that exists'],
    ['', 'Enter a day'],
    [addDays(today, -1), 'Enter today or a later day'],
    [addDays(today, 400), 'Enter a day within a year'],
  ] as const)
    it(`is not changed to ${JSON.stringify(value)}`, async () => {
      const { id } = await reserve();
      const page = await suite.manager.visit(`/rentals/${id}/start`);
      const refused = await page.submit('Change start date', { 'Start date': value });
      expect(refused.status).to.equal(422);
      expect(refused.errors).to.eql([error]);
      expect(await suite.rentals.rental(id)).to.include({ starts_on: addDays(today, 10) });
    });

  it('is no page of a rental that has begun', async () => {
    const { id } = await suite.start();
    expect((await suite.manager.visit(`/rentals/${id}/start`)).path).to.equal(`/rentals/${id}`);
  });
});
