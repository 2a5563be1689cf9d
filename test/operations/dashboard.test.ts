import { expect } from 'chai';
import { newId } from '../../src/database/new-id.ts';
import {
  createCompany,
  createCustomer,
  createStaffRole,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { TestAccount } from '../support/money.ts';
import { startOperations, type StaffVisitor } from '../support/operations.ts';
import type { TestPortal } from '../support/portal.ts';
import { TestRentals } from '../support/rentals.ts';
import { sql } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

describe('Dashboard of staff', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations({ time_zone: 'Asia/Tokyo' }));
  });

  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const account = async (of = tenant) => new TestAccount(portal, of, await createCompany(portal, of));
  const refresh = async (visitor: Visitor) => (await visitor.visit('/dashboard')).submit('Refresh');
  const textOf = (row: { querySelectorAll(selector: string): { text: string }[] }) =>
    row
      .querySelectorAll('td')
      .map(({ text }) => text.trim())
      .filter((text) => text !== '')
      .join(' ');
  const makeStale = () =>
    sql(
      portal,
      `update dashboard_summaries set started_at = started_at - interval '1 hour' where tenant_id = $1`,
      [tenant.id],
    );

  it('is the first entry of the navigation and the first page of staff who see invoices or rentals', async () => {
    for (const role of ['manager', 'driver']) {
      const staff = await signedInStaff(portal, tenant, role);
      const page = await staff.visit('/');
      expect(page.path, role).to.equal('/dashboard');
      expect(page.findAll('nav[aria-label="Main"] a')[0]!.text, role).to.equal('Dashboard');
    }
  });

  it('leads staff without these permissions to the users', async () => {
    const staff = await signedInStaff(portal, tenant, await createStaffRole(portal, tenant, ['users.view']));
    const page = await staff.visit('/');
    expect(page.path).to.equal('/users');
    expect(page.links).to.not.include('Dashboard');
    expect((await staff.visit('/dashboard')).status).to.equal(403);
  });

  it('shows no sums before the first refresh, and empty parts after it', async () => {
    const other = await createTenant(portal);
    const staff = await signedInStaff(portal, other);
    expect((await staff.visit('/dashboard')).text).to.include('No figures yet');
    const page = await refresh(staff);
    expect(page.flashes).to.eql(['The figures are up to date.']);
    for (const text of ['No units yet', 'Nothing is owed', 'No income yet', 'Requests waiting 0'])
      expect(page.text).to.include(text);
  });

  it('shows receivables by age and the income of twelve months, the currency of the tenant first', async () => {
    const one = await account();
    const two = await account();
    await one.issue(100_00n, { due_on: day(10) });
    await one.issue(30_00n, { due_on: day(-20) });
    await two.issue(7_00n, { due_on: day(-400), today: day(-40) });
    await two.issue(500n, { due_on: day(10), currency: 'EUR' });
    await makeStale();
    const page = await refresh(manager);
    const rowsOf = (id: string) => page.findAll(`#${id} tbody tr`).map(textOf);
    expect(rowsOf('receivables').slice(0, 6)).to.eql([
      'Current $100.00',
      '1–30 days $30.00',
      '31–60 days $0.00',
      '61–90 days $0.00',
      'Over 90 days $7.00',
      'Total USD $137.00',
    ]);
    expect(rowsOf('receivables').at(-1)).to.equal('Total EUR €5.00');
    expect(page.text).to.include('Past due $37.00 of $137.00 open');
    expect(rowsOf('income')).to.have.length(26);
    expect(rowsOf('income')[12]).to.equal('Total USD $137.00');
    expect(rowsOf('income')[11]).to.include('$130.00');
    const bars = page.findAll('#receivables .chart')[0]!.querySelectorAll('rect');
    expect(bars.map((bar) => bar.getAttribute('height'))).to.eql(['100%', '30%', '0%', '0%', '7%']);
    expect(bars[1]!.querySelector('title')!.text).to.equal('1–30 days: $30.00');
  });

  it('shows how many units of each site are occupied, reserved, blocked and available', async () => {
    const rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
    await rentals.moveIn(day(-1));
    const { id } = await rentals.unit();
    await rentals.unit();
    await sql(portal, `update units set status = 'blocked', blocked_reason = 'Repair' where id = $1`, [id]);
    await makeStale();
    const page = await refresh(manager);
    const rows = page.findAll('#occupancy tbody tr').map(textOf);
    expect(rows.at(-1)).to.equal('Total 33 % 1 0 1 1 3');
    expect(page.find('#occupancy .legend')!.text).to.include('Occupied 1').and.include('Blocked 1');
    expect(page.text).to.include('Available units 1 of 3');
  });

  it('says when the figures were calculated, in the time zone of the tenant, and refreshes once a minute', async () => {
    await makeStale();
    const page = await refresh(manager);
    expect(page.text).to.match(/Figures as of \w+ \d+, \d{4}, \d+:\d\d [AP]M, Asia\/Tokyo/);
    await (await account()).issue(1234_56n, { due_on: day(-1) });
    const again = await page.submit('Refresh');
    expect(again.flashes).to.eql(['The figures are less than a minute old.']);
    expect(again.text).to.not.include('1,234.56');
  });

  it('counts requests and failed payments that wait now, without those whose invoice was paid since', async () => {
    const own = await account();
    const failed = await own.issue(50_00n);
    const paid = await own.issue(60_00n);
    const person = await createCustomer(portal, tenant);
    await sql(
      portal,
      `insert into requests (tenant_id, id, user_id, kind, status, first_name, last_name)
       values ($1, $2, $3, 'name_change', 'requested', 'Ada', 'King')`,
      [tenant.id, newId(), person.id],
    );
    const gateway = newId();
    await sql(
      portal,
      `insert into gateways (tenant_id, id, service, mode) values ($1, $2, 'sandbox', 'test')`,
      [tenant.id, gateway],
    );
    for (const { id } of [failed, paid]) await insertFailedPayment(id, gateway);
    await sql(portal, `update invoices set status = 'failed' where id = $1`, [failed.id]);
    const page = await manager.visit('/dashboard');
    expect(page.text).to.include('Requests waiting 1').and.include('Failed payments 1');
    const listed = await page.follow('Failed payments');
    expect(listed.rows('Failed')).to.have.length(1);
    expect(listed.rows(own.company.name)[0]).to.include('$50.00');
    expect((await manager.visit('/payments?status=failed')).rows(own.company.name)).to.have.length(2);
  });

  async function insertFailedPayment(invoiceId: string, gateway: string): Promise<void> {
    const id = newId();
    await sql(
      portal,
      `insert into payments (tenant_id, id, billing_account_id, direction, amount_cents, currency, channel, status,
         received_on, gateway_id)
       select tenant_id, $2, billing_account_id, 'in', total_cents, currency, 'sandbox', 'failed', issued_on, $3
       from invoices where id = $1`,
      [invoiceId, id, gateway],
    );
    await sql(
      portal,
      `insert into payment_invoices (tenant_id, payment_id, invoice_id, amount_cents)
       select tenant_id, $2, id, total_cents from invoices where id = $1`,
      [invoiceId, id],
    );
  }

  it('shows each part only to staff with its permission', async () => {
    await makeStale();
    await refresh(manager);
    const shown = async (role: string) => {
      const page = await (await signedInStaff(portal, tenant, role)).visit('/dashboard');
      return page.findAll('main h2').map(({ text }) => text);
    };
    expect(await shown('driver')).to.eql(['Available units', 'Occupancy']);
    expect(await shown('operations'))
      .to.include('Receivables by age')
      .and.not.include('Income by month');
    expect(await shown('admin')).to.include.members(['Occupancy', 'Receivables by age', 'Income by month']);
  });

  it('redirects anonymous users to the login page', async () => {
    const anonymous = new Visitor(portal, tenant.operations);
    expect((await anonymous.visit('/dashboard')).path).to.equal('/login');
    expect((await anonymous.visit('/')).path).to.equal('/login');
  });
});
