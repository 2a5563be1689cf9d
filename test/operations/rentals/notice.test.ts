import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { accepted } from '../../support/rentals.ts';
import { startRentals, today } from '../../support/rentals-suite.ts';

describe('The notice of a rental', () => {
  const suite = startRentals();

  it('gives notice after the sum of the day was shown', async () => {
    const { id } = await suite.start();
    const page = await (await suite.manager.visit(`/rentals/${id}`)).follow('Give notice');
    const last = addDays(today, 9);
    const shown = await page.submit('Give notice', { 'Last day': last });
    expect(shown.status).to.equal(200);
    expect(shown.text).to.match(/Given back: \$\d+\.\d\d/);
    expect(await suite.rentals.rental(id)).to.include({ ends_on: null });
    const saved = await shown.submit('Give notice');
    expect(saved.badges).to.include('Notice given');
    expect(await suite.rentals.rental(id)).to.include({ ends_on: last });
    expect(await suite.events(id)).to.include('rental.notice_given');
  });

  for (const [value, error] of [
    ['2026-02-30', 'Enter a day that exists'],
    ['', 'Enter a day'],
    [addDays(today, -1), /from the move-in on/],
    [addDays(today, 400), 'Enter a day within a year'],
  ] as const)
    it(`refuses the last day ${JSON.stringify(value)}`, async () => {
      const { id } = await suite.start();
      const page = await suite.manager.visit(`/rentals/${id}/notice`);
      const refused = await page.submit('Give notice', { 'Last day': value });
      expect(refused.status).to.equal(422);
      expect(refused.errors[0]).to.match(new RegExp(error));
      expect(await suite.rentals.rental(id)).to.include({ ends_on: null });
    });

  it('withdraws a notice', async () => {
    const { id } = await suite.start();
    accepted(await suite.rentals.notice(today, id, addDays(today, 9)));
    const page = await (await suite.manager.visit(`/rentals/${id}`)).follow('Withdraw notice');
    const saved = await page.submit('Withdraw notice');
    expect(saved.badges).not.to.include('Notice given');
    expect(await suite.rentals.rental(id)).to.include({ ends_on: null });
    expect(await suite.events(id)).to.include('rental.notice_withdrawn');
  });
});
