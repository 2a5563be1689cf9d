import { expect } from 'chai';
import { signedInStaff } from '../../support/factories.ts';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { accepted } from '../../support/rentals.ts';
import { createSite, createUnit } from '../../support/units.ts';
import { startRentals, today } from '../../support/rentals-suite.ts';

describe('Rentals', () => {
  const suite = startRentals();

  describe('GET /rentals', () => {
    it('says how a rental begins when there is none', async () => {
      const page = await suite.manager.visit('/rentals');
      expect(page.text).to.include('No rentals yet');
      expect(page.href('Move the first customer in')).to.equal('/rentals/new');
    });

    it('finds by the beginning of the code, status, site, notice and lock-out', async () => {
      const site = await createSite(suite.portal, suite.tenant, 'Harbour');
      const unit = await createUnit(suite.portal, suite.tenant, { code: 'H12', site });
      const { rental } = accepted(await suite.rentals.moveIn(today, { unit_id: unit.id }));
      const other = await createUnit(suite.portal, suite.tenant, { code: 'K7' });
      const reserved = accepted(
        await suite.rentals.moveIn(addDays(today, 9), { today, unit_id: other.id }),
      ).rental;
      accepted(await suite.rentals.notice(today, rental.id, addDays(today, 30)));
      await suite.portal.owner.query(
        `update rentals set locked_out_at = now(), locked_out_reason = 'Debt' where id = $1`,
        [rental.id],
      );
      for (const [query, found] of [
        ['', ['K7', 'H12']],
        ['?q=h1', ['H12']],
        ['?status=reserved', ['K7']],
        [`?site=${site.id}`, ['H12']],
        ['?notice=given', ['H12']],
        ['?locked=out', ['H12']],
        ['?locked=out&status=reserved', []],
      ] as const) {
        const page = await suite.manager.visit(`/rentals${query}`);
        expect(
          page.findAll('td.name a').map(({ text }) => text),
          query,
        ).to.eql(found);
      }
      const page = await suite.manager.visit('/rentals?q=H12');
      expect(page.badges).to.eql(['Notice given', 'Locked out']);
      expect(page.text).to.include('$100.00');
      expect((await page.follow('H12')).path).to.equal(`/rentals/${rental.id}`);
      expect(reserved.status).to.equal('reserved');
    });

    it('shows no prices to staff who may not see invoices', async () => {
      const { rental } = accepted(await suite.rentals.moveIn(today));
      const driver = await signedInStaff(suite.portal, suite.tenant, 'driver');
      expect((await driver.visit('/rentals')).text).not.to.include('$100.00');
      const page = await driver.visit(`/rentals/${rental.id}`);
      expect(page.text).not.to.include('$100.00');
      expect(page.links).not.to.include('Give notice');
      expect((await driver.get('/rentals/new')).status).to.equal(403);
    });
  });
});
