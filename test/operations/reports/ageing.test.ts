import { expect } from 'chai';
import { createCompany, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

const AGEING = '/reports/ageing';

describe('Ageing', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let account: TestAccount;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });
  beforeEach(async () => {
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
  });

  it('says that nothing was owed on a day without open invoices and credit', async () => {
    const page = await manager.visit(`${AGEING}?as_of=2001-01-31`);
    expect(page.text).to.include('Nothing was owed').and.include('Jan 31, 2001');
    expect(page.links).to.not.include('Export CSV');
  });

  it('shows each customer with a link, and a total, as of the chosen day', async () => {
    await account.issue(120_00n, { today: '2003-01-01', due_on: '2003-01-01' });
    const form = await (await manager.visit('/reports')).follow('Ageing', { within: 'owes' });
    const page = await form.submit('Show', { as_of: '2003-02-15' });
    expect(page.h1).to.equal('Ageing');
    expect(page.rows(account.company.name)).to.eql([`${account.company.name} $120.00 $120.00`]);
    expect(page.findAll('td[data-l="31–60 days"]').map(({ text }) => text)).to.eql(['$120.00', '$120.00']);
    expect(page.rows('Total USD')[0]).to.include('$120.00');
    expect(page.href(account.company.name)).to.equal(`/customers/companies/${account.company.id}`);
    const before = await manager.visit(`${AGEING}?as_of=2002-12-31`);
    expect(before.text).to.include('Nothing was owed').and.not.include(account.company.name);
  });

  it('has the rows of the page in the CSV file, with plain amounts and without formulas', async () => {
    await sql(portal, `update companies set name = '=1+1' where id = $1`, [account.company.id]);
    await account.issue(1234_50n, { today: '2003-01-01', due_on: '2003-01-01' });
    const page = await manager.visit(`${AGEING}?as_of=2003-01-01`);
    const response = await manager.get(page.href('Export CSV'));
    expect(response.headers['content-type']).to.equal('text/csv; charset=utf-8');
    expect(response.headers['content-disposition']).to.include('filename="Ageing 2003-01-01.csv"');
    const lines = response.text.split('\r\n');
    expect(lines[0]).to.equal(
      '\uFEFFCustomer,Currency,Current,1–30 days,31–60 days,61–90 days,Over 90 days,Credit,Balance',
    );
    expect(lines.slice(1, -1)).to.include(`'=1+1,USD,1234.50,0.00,0.00,0.00,0.00,0.00,1234.50`);
    expect(lines.slice(1, -1)).to.have.length(page.rows().length - 1);
  });

  it('opens as of today, and names and ignores a day that does not exist or is in the future', async () => {
    await account.issue(10_00n);
    const page = await manager.visit(AGEING);
    expect(page.url).to.match(/^\/reports\/ageing\?as_of=\d{4}-\d\d-\d\d$/);
    expect(page.flashes).to.eql([]);
    const [row] = await sql(
      portal,
      `select cast(now() at time zone time_zone as date)::text as today from tenants where id = $1`,
      [tenant.id],
    );
    const today = `${AGEING}?as_of=${String(row!['today'])}`;
    expect(page.url).to.equal(today);
    for (const day of ['2026-02-30', 'yesterday', '2026-2-3', '1899-12-31']) {
      const ignored = await manager.visit(`${AGEING}?as_of=${day}`);
      expect(ignored.url, day).to.equal(today);
      expect(ignored.flashes, day).to.eql([`'as_of' in the address is not valid and was ignored.`]);
    }
    const future = await manager.visit(`${AGEING}?as_of=9999-12-31`);
    expect(future.url).to.equal(today);
    expect(future.flashes).to.eql(['The day is in the future and was ignored.']);
  });

  it('accepts Arabic digits', async () => {
    const page = await manager.visit(`${AGEING}?as_of=${encodeURIComponent('٢٠٠١-٠١-٣١')}`);
    expect(page.text).to.include('Jan 31, 2001');
  });

  it('has pages of 100 accounts', async () => {
    await sql(
      portal,
      `with added as (
         insert into users (tenant_id, id, audience, email, email_norm, name, name_norm, search_text)
         select $1, gen_random_uuid(), 'customer', n || '@many.example', n || '@many.example', 'Many ' || n, n || '', ''
         from generate_series(1, 101) n returning tenant_id, id)
       insert into billing_accounts (tenant_id, id, user_id, currency, reference, credit_cents)
       select tenant_id, gen_random_uuid(), id, 'CHF', id::text, 100 from added returning id`,
      [tenant.id],
    );
    await sql(
      portal,
      `update billing_accounts set credit_cents = 0 where currency <> 'CHF' and tenant_id = $1`,
      [tenant.id],
    );
    const first = await manager.visit(`${AGEING}?as_of=2002-01-01`);
    expect(first.rows('Many')).to.have.length(100);
    expect(first.text).to.include('101 accounts');
    const second = await first.follow('Next');
    expect(second.rows('Many')).to.have.length(1);
    expect(second.rows('Total CHF')[0]).to.include('CHF 101.00');
    expect((await second.follow('Previous')).rows('Many')).to.have.length(100);
    const response = await manager.get(second.href('Export CSV'));
    expect(response.text.match(/Many/g)).to.have.length(101);
    const beyond = await manager.get(`${AGEING}?as_of=2002-01-01&page=3`);
    expect(beyond.headers['location']).to.equal(`${AGEING}?as_of=2002-01-01`);
  });

  it('shows nothing of another tenant', async () => {
    await account.issue(10_00n, { today: '2003-01-01' });
    const other = await signedInStaff(portal, await createTenant(portal));
    expect((await other.visit(`${AGEING}?as_of=2003-01-01`)).text).to.include('Nothing was owed');
  });

  it('is refused without the permission, and redirects anonymous users to the login page', async () => {
    const operations = await signedInStaff(portal, tenant, 'operations');
    expect((await operations.get(AGEING)).status).to.equal(403);
    const anonymous = await new Visitor(portal, tenant.operations).visit(AGEING);
    expect(anonymous.path).to.equal('/login');
  });
});
