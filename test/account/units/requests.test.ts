import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { findAuditEvents } from '../../support/audit.ts';
import { createCompany, createTenant, signedInCustomer, type TestTenant } from '../../support/factories.ts';
import { moveIn, PersonRentals, today } from '../../support/own-rentals.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { TestRentals } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';
import { createUnitType } from '../../support/units.ts';
import type { Visitor } from '../../support/visitor.ts';

describe('Requests of a customer', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    // The settings of the worked figures: no notice, so that the day in the middle of a period can be asked for.
    await sql(portal, 'update billing_settings set notice_days = 5 where tenant_id = $1', [tenant.id]);
  });

  /** A rental since today that is billed for a month. */
  async function ofPerson(locale: 'en' | 'ar' = 'en') {
    const ada = await signedInCustomer(portal, tenant, { locale });
    const rentals = new PersonRentals(portal, tenant, ada.person);
    const day = await today(rentals);
    const id = await moveIn(rentals, day, { price: 310_00n, deposit: 50_00n });
    return { ada, rentals, id, day, path: `/account/units/${id}` };
  }

  const requestsOf = (rentalId: string) =>
    sql<Record<string, string | null>>(
      portal,
      'select kind, status, wanted_on::text, shown_cents::text, comment from requests where rental_id = $1 order by id',
      [rentalId],
    );

  const paidDays = async (rentals: TestRentals, id: string): Promise<number> => {
    const [period] = await rentals.periods(id);
    const [first, last] = period!.split(' ') as [string, string];
    return Math.round((Date.parse(last) - Date.parse(first)) / 86_400_000) + 1;
  };

  it('show the sum before a move-out is asked for, and then its state', async () => {
    const { ada, rentals, id, day, path } = await ofPerson();
    const full = await paidDays(rentals, id);
    const wanted = addDays(day, 9);
    const kept = Math.round((31000 * 10) / full);
    const sum = `$${((31000 - kept) / 100).toFixed(2)}`;
    const form = await (await ada.visit(path)).follow('Request move-out');
    expect(form.text).to.include('Your last day in the unit. The earliest is');
    const quote = await form.submit('Continue', { Date: wanted });
    expect(quote.text).to.include(`You get back ${sum}`);
    expect(quote.text).to.include(`Given back: ${full - 10} of ${full} days of $310.00`);
    expect(quote.text).to.include('Your deposit of $50.00 is settled separately');
    expect(await requestsOf(id)).to.eql([]);
    const sent = await quote.submit('Send request', { Comment: 'Moving abroad' });
    expect(sent.path).to.equal(path);
    expect(sent.flashes).to.eql(['Your request was sent. We will tell you what was decided.']);
    expect(sent.text).to.include('Move-out').and.include('Waiting for a decision').and.include(sum);
    expect(sent.links).to.not.include('Request move-out');
    expect(await requestsOf(id)).to.eql([
      {
        kind: 'move_out',
        status: 'requested',
        wanted_on: wanted,
        shown_cents: String(kept - 31000),
        comment: 'Moving abroad',
      },
    ]);
  });

  it('can be withdrawn until they are decided', async () => {
    const { ada, id, day, path } = await ofPerson();
    await send(ada, path, addDays(day, 20));
    const page = await (await ada.visit(path)).submit('Withdraw request');
    expect(page.flashes).to.eql(['Your request was withdrawn.']);
    expect(page.badges).to.include('Withdrawn');
    expect(page.links).to.include('Request move-out');
    expect((await requestsOf(id)).map(({ status }) => status)).to.eql(['withdrawn']);
    const events = await findAuditEvents(portal, tenant, 'request.withdrawn');
    expect(events.at(-1)!.actor_name).to.equal(ada.person.name);
  });

  it('show why they were declined', async () => {
    const { ada, id, day, path } = await ofPerson();
    await send(ada, path, addDays(day, 20));
    await sql(portal, `update requests set status = 'declined', reason = 'Too busy' where rental_id = $1`, [
      id,
    ]);
    const page = await ada.visit(path);
    expect(page.text).to.include('Declined').and.include('Too busy');
    expect(page.links).to.include('Request move-out');
  });

  it('show what a transfer to another size costs', async () => {
    const { ada, rentals, id, day, path } = await ofPerson();
    const type = await createUnitType(portal, tenant, {
      name: `Large ${id.slice(-4)}`,
      price_cents: 620_00n,
    });
    await rentals.unit(`N${id.slice(-5)}`);
    await sql(portal, 'update units set unit_type_id = $1 where code = $2', [type.id, `N${id.slice(-5)}`]);
    const form = await (await ada.visit(path)).follow('Request transfer');
    const full = await paidDays(rentals, id);
    const wanted = addDays(day, 10);
    const quote = await form.submit('Continue', { Size: type.id, Date: wanted });
    const rest = full - 10;
    const back = 31000 - Math.round((31000 * 10) / full);
    const charged = Math.round((62000 * rest) / full);
    // The new size has no deposit, so that of the unit is given back.
    const total = charged - back - 5000;
    expect(quote.text).to.include(`You still have to pay $${(total / 100).toFixed(2)}`);
    const sent = await quote.submit('Send request');
    expect(sent.text).to.include('Transfer').and.include(type.name);
    expect(await requestsOf(id)).to.deep.include.members([
      { kind: 'transfer', status: 'requested', wanted_on: wanted, shown_cents: String(total), comment: null },
    ]);
  });

  for (const [title, days, error] of [
    ['earlier than the notice allows', 4, /^The earliest day is .*, because 5 days of notice are needed$/],
    ['beyond a year', 500, /^Enter a day within a year$/],
  ] as const) {
    it(`are refused for a day that is ${title}`, async () => {
      const { ada, id, day, path } = await ofPerson();
      const form = await ada.visit(`${path}/requests/new?kind=move_out`);
      const page = await form.submit('Continue', { Date: addDays(day, days) });
      expect(page.status).to.equal(422);
      expect(page.errors[0])
        .to.match(error)
        .and.not.match(/\d{4}-\d{2}-\d{2}/);
      const fields = { kind: 'move_out', wanted_on: addDays(day, days), comment: '' };
      expect((await ada.postFrom(form, `${path}/requests`, fields)).status).to.equal(422);
      expect(await requestsOf(id)).to.eql([]);
    });
  }

  it('are refused for a day that does not exist', async () => {
    const { ada, path } = await ofPerson();
    const form = await ada.visit(`${path}/requests/new?kind=move_out`);
    expect((await form.submit('Continue', { Date: '2027-02-30' })).errors).to.eql([
      'Enter a day that exists',
    ]);
    expect((await form.submit('Continue', { Date: '' })).status).to.equal(422);
  });

  it('are refused while another is open', async () => {
    const { ada, id, day, path } = await ofPerson();
    await send(ada, path, addDays(day, 20));
    const quote = await ada.visit(`${path}/requests/new?kind=move_out&wanted_on=${addDays(day, 21)}`);
    const page = await quote.submit('Send request');
    expect(page.errors).to.eql(['There is an open request for this unit already']);
    expect(await requestsOf(id)).to.have.length(1);
  });

  it('are sent once when the form is submitted twice', async () => {
    const { ada, id, day, path } = await ofPerson();
    const quote = await ada.visit(`${path}/requests/new?kind=move_out&wanted_on=${addDays(day, 21)}`);
    await quote.submit('Send request');
    expect((await quote.submit('Send request')).path).to.equal(path);
    expect(await requestsOf(id)).to.have.length(1);
  });

  it('show their sum to a role that sees no invoices, and nothing to one that only sees units', async () => {
    const company = await createCompany(portal, tenant);
    const inRole = (role: string) => signedInCustomer(portal, tenant, { company, roles: [role] });
    const rentals = new TestRentals(portal, tenant, company);
    const day = await today(rentals);
    const id = await moveIn(rentals, day);
    const path = `/account/companies/${company.id}/units/${id}/requests/new?wanted_on=${addDays(day, 9)}`;
    expect((await (await inRole('unit_manager')).visit(path)).text).to.include('You get back $');
    expect((await (await inRole('view_only')).get(path)).status).to.equal(403);
  });

  it('return 404 for the unit or the request of another person', async () => {
    const { ada, id, day, path } = await ofPerson();
    const other = await ofPerson();
    await send(ada, path, addDays(day, 20));
    const [request] = await sql<{ id: string }>(portal, 'select id from requests where rental_id = $1', [id]);
    const page = await other.ada.visit(`${other.path}/requests/new`);
    const fields = { kind: 'move_out', wanted_on: addDays(day, 20), comment: '' };
    const post = async (url: string, body = {}) => (await other.ada.postFrom(page, url, body)).status;
    expect((await other.ada.get(`${path}/requests/new`)).status).to.equal(404);
    expect((await other.ada.get(`${path}/requests/new?wanted_on=${addDays(day, 20)}`)).status).to.equal(404);
    expect(await post(`${path}/requests`, fields)).to.equal(404);
    expect(await post(`${path}/requests/${request!.id}/withdrawal`)).to.equal(404);
    expect(await post(`${other.path}/requests/${request!.id}/withdrawal`)).to.equal(404);
    expect((await requestsOf(id)).map(({ status }) => status)).to.eql(['requested']);
    expect(await requestsOf(other.id)).to.eql([]);
  });

  it('of another unit of the same person are not withdrawn', async () => {
    const { ada, rentals, id, day, path } = await ofPerson();
    const second = await moveIn(rentals, day);
    await send(ada, path, addDays(day, 20));
    const [request] = await sql<{ id: string }>(portal, 'select id from requests where rental_id = $1', [id]);
    const page = await ada.visit(path);
    const url = `/account/units/${second}/requests/${request!.id}/withdrawal`;
    expect((await ada.postFrom(page, url)).status).to.equal(404);
    expect((await requestsOf(id)).map(({ status }) => status)).to.eql(['requested']);
  });

  it('are in Arabic for a customer who reads Arabic', async () => {
    const { ada, day, path } = await ofPerson('ar');
    const form = await ada.visit(`${path}/requests/new`);
    const quote = await form.submit('متابعة', { wanted_on: addDays(day, 9) });
    expect(quote.text).to.include('يُعاد إليك').and.include('إرسال الطلب');
  });

  async function send(visitor: Visitor, path: string, day: string) {
    const quote = await visitor.visit(`${path}/requests/new?kind=move_out&wanted_on=${day}`);
    return quote.submit('Send request');
  }
});
