import { expect } from 'chai';
import { createCustomer, signedInStaff } from '../../support/factories.ts';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { accepted } from '../../support/rentals.ts';
import { createSite, createUnit } from '../../support/units.ts';
import { startRentals, today } from '../../support/rentals-suite.ts';

describe('Rentals', () => {
  const suite = startRentals();

  const count = async () => {
    const { rows } = await suite.portal.owner.query<{ n: number }>(
      'select count(*)::int as n from rentals where tenant_id = $1',
      [suite.tenant.id],
    );
    return rows[0]!.n;
  };

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

  describe('POST /rentals', () => {
    const form = async (code: string) => {
      const unit = await createUnit(suite.portal, suite.tenant, { code });
      return suite.manager.visit(`/rentals/new?customer=${suite.rentals.company.code}&unit=${unit.id}`);
    };

    it('moves a company in today with the price of the unit', async () => {
      const page = await (await form('A1')).submit('Move in');
      expect(page.flashes).to.eql(['The customer has moved into A1. 1 invoice was created.']);
      expect(page.badges).to.include('Active');
      expect(page.text).to.include(suite.rentals.company.name).and.include('$100.00');
      expect((await suite.manager.visit('/units?q=A1')).badges).to.include('Occupied');
    });

    it('moves a person in by the email address', async () => {
      const customer = await createCustomer(suite.portal, suite.tenant);
      const page = await (
        await form('A2')
      ).submit('Move in', { Customer: customer.email, Price: '55', Deposit: '10' });
      expect(page.text).to.include(customer.name).and.include('$55.00').and.include('Held: $0.00');
      expect((await suite.manager.visit(`/users/${customer.id}/units`)).rows('A2')).to.have.length(1);
    });

    it('reserves a unit for a day in the future', async () => {
      const confirmation = await (await form('A3')).submit('Reserve', { 'Start date': addDays(today, 20) });
      expect(confirmation.h1).to.equal('Reserve A3?');
      expect(confirmation.text).to.include('1 invoice, total $100.00, will be issued.');
      const page = await confirmation.submit('Reserve');
      expect(page.flashes).to.include('A3 is reserved.');
      expect(page.badges).to.include('Reserved');
      expect(
        (await suite.manager.visit(`/customers/companies/${suite.rentals.company.id}/units`)).badges,
      ).to.include('Reserved');
    });

    it('asks whether to reserve the unit when a move-in is in the future', async () => {
      const page = await form('A8');
      const before = await count();
      const confirmation = await page.submit('Move in', { 'Start date': addDays(today, 20) });
      expect(confirmation.h1).to.equal('Reserve A8?');
      expect(await count()).to.equal(before);
    });

    it('shows the invoices of a move-in in the past before it issues them', async () => {
      const page = await form('A4');
      const before = await count();
      const confirmation = await page.submit('Move in', { 'Start date': addDays(today, -70) });
      expect(confirmation.status).to.equal(200);
      expect(confirmation.text).to.include('3 invoices, total $300.00, will be issued.');
      expect(await count()).to.equal(before);
      const saved = await confirmation.submit('Move in');
      expect(saved.flashes).to.eql(['The customer has moved into A4. 3 invoices were created.']);
      expect(await count()).to.equal(before + 1);
    });

    it('returns the first rental for a second submission of the form', async () => {
      const page = await form('A5');
      const before = await count();
      const first = await page.submit('Move in');
      const second = await page.submit('Move in');
      expect(second.path).to.equal(first.path);
      expect(await count()).to.equal(before + 1);
    });

    for (const [label, value, error] of [
      ['Customer', 'unknown@example.com', 'No person has this email address, and no company this code'],
      ['Customer', '', 'Enter an email address or the code of a company'],
      ['Unit', '', 'Select a unit'],
      ['Start date', '2026-02-30', 'Enter a day that exists'],
      ['Start date', addDays(today, 400), 'Enter a day within a year'],
      ['Start date', addDays(today, -400), 'Enter a day of the last year'],
      ['Price', '0', 'Enter an amount above 0'],
      ['Price', '-1', 'Enter an amount above 0'],
      ['Price', '1.234', /Enter an amount like/],
      ['Price', '1000000000000000000', 'Enter 10000000000000.00 or less'],
      ['Deposit', '-1', 'Enter 0 or an amount above 0'],
    ] as const)
      it(`refuses ${label} ${JSON.stringify(value)}`, async () => {
        const page = await form(`B${Math.random()}`.slice(0, 12).replace('0.', ''));
        const before = await count();
        const refused = await page.submit('Move in', { [label]: label === 'Unit' ? 'Select a unit' : value });
        expect(refused.status).to.equal(422);
        expect(refused.errors).to.have.length(1);
        expect(refused.errors[0]).to.match(typeof error === 'string' ? new RegExp(error) : error);
        expect(await count()).to.equal(before);
      });

    it('accepts Arabic digits', async () => {
      const page = await (await form('A6')).submit('Move in', { Price: '١٢٫٥٠' });
      expect(page.text).to.include('$12.50');
    });

    it('names the other rental and the first free day of a taken unit', async () => {
      const unit = await createUnit(suite.portal, suite.tenant, { code: 'U12' });
      const { rental } = accepted(
        await suite.rentals.moveIn('2026-05-20', { unit_id: unit.id, today: '2026-05-20' }),
      );
      const page = await suite.manager.visit(
        `/rentals/new?customer=${suite.rentals.company.code}&unit=${unit.id}`,
      );
      expect(page.findAll(`option[value="${unit.id}"]`)).to.eql([]);
      const last = addDays(today, 40);
      accepted(await suite.rentals.notice(today, rental.id, last));
      const form = await suite.manager.visit(
        `/rentals/new?customer=${suite.rentals.company.code}&unit=${unit.id}`,
      );
      const refused = await form.submit('Reserve', { 'Start date': last });
      const day = (date: string) =>
        new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(date));
      expect(refused.errors).to.eql([
        `U12 is rented to ${suite.rentals.company.name} from May 20, 2026 to ${day(last)}. It is free from ${day(addDays(last, 1))}`,
      ]);
      const confirmation = await refused.submit('Reserve', { 'Start date': addDays(last, 1) });
      const saved = await confirmation.submit('Reserve');
      expect(saved.flashes).to.include('U12 is reserved.');
    });
  });
});
