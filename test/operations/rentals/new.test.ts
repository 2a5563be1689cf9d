import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createCustomer, createCustomField } from '../../support/factories.ts';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { accepted } from '../../support/rentals.ts';
import { startRentals, today } from '../../support/rentals-suite.ts';
import { sql } from '../../support/rows.ts';
import { createUnit } from '../../support/units.ts';

describe('Move in', () => {
  const suite = startRentals();

  const count = async () => {
    const { rows } = await suite.portal.owner.query<{ n: number }>(
      'select count(*)::int as n from rentals where tenant_id = $1',
      [suite.tenant.id],
    );
    return rows[0]!.n;
  };

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

  describe('with custom fields of rentals', () => {
    const add = (code: string, values: object) =>
      createCustomField(suite.portal, suite.tenant, {
        entity: 'rental',
        code,
        title: `The ${code}`,
        ...values,
      });
    const fields: { id: string }[] = [];
    const customOf = async (code: string) =>
      (
        await sql(
          suite.portal,
          `select r.custom from rentals r join units u on u.tenant_id = r.tenant_id and u.id = r.unit_id
           where r.tenant_id = $1 and u.code = $2`,
          [suite.tenant.id, code],
        )
      )[0]!['custom'];

    before(async () => {
      fields.push(await add('gate', { is_required: true, is_searchable: true }));
      fields.push(await add('extras', { type: 'choices', choices: ['Key', 'Lock'] }));
      fields.push(await add('pin', { is_secret: true, is_required: true }));
    });
    after(() =>
      sql(suite.portal, 'update custom_fields set retired_at = now() where id = any($1)', [
        fields.map(({ id }) => id),
      ]),
    );

    it('asks for the required ones and records them with the move-in', async () => {
      const page = await form('C1');
      const before = await count();
      const refused = await page.submit('Move in', { 'The extras': ['Key'] });
      expect(refused.errors).to.eql(['Enter The gate', 'Enter The pin']);
      expect(await count()).to.equal(before);
      const rental = await refused.submit('Move in', { 'The gate': 'North', 'The pin': '73519' });
      expect(rental.text).to.include('The gate North').and.include('The extras Key');
      expect(await customOf('C1')).to.deep.include({ gate: 'North', extras: ['Key'] });
      expect(JSON.stringify(await customOf('C1'))).to.not.include('73519');
      const events = await findAuditEvents(suite.portal, suite.tenant, 'rental.started');
      expect(events.at(-1)!.changes).to.deep.include({ 'cf[gate]': [null, 'North'] });
    });

    it('keeps them on the page that confirms, which asks for secrets again', async () => {
      const values = { 'The gate': 'West', 'The extras': ['Key', 'Lock'], 'The pin': '73519' };
      const confirmation = await (
        await form('C2')
      ).submit('Move in', { ...values, 'Start date': addDays(today, -10) });
      expect(confirmation.html).to.not.include('73519');
      await confirmation.submit('Move in', { 'The pin': '73519' });
      expect(await customOf('C2')).to.deep.include({ gate: 'West', extras: ['Key', 'Lock'] });
      expect(await customOf('C2')).to.have.property('pin');
    });

    it('does not ask for them when a rental is transferred', async () => {
      const { id } = await suite.start({}, addDays(today, -1));
      const unit = await suite.rentals.unit('C3');
      const page = await suite.manager.visit(`/rentals/${id}/transfer`);
      expect(page.text).to.not.include('The gate');
      const shown = await page.submit('Transfer', { Unit: page.find(`option[value="${unit.id}"]`)!.text });
      expect((await shown.submit('Transfer')).h1).to.include('C3');
    });
  });
});
