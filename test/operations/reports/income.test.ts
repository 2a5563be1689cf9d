import { expect } from 'chai';
import { createCompany, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

const INCOME = '/reports/income';
const SPRING = `${INCOME}?from=2026-03-01&to=2026-05-31`;

describe('Income', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
    const account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
    await account.issue(120_00n, { today: '2026-03-15' });
    await account.issue(30_00n, { today: '2026-05-01' });
    await account.issue(5_000n, { today: '2026-05-01', currency: 'JPY' });
  });

  it('shows each month of the chosen period and the total of each currency, with a bar for each month', async () => {
    const form = await (await manager.visit('/reports')).follow('Income', { within: 'each month' });
    const page = await form.submit('Show', { from: '2026-03-01', to: '2026-05-31' });
    expect(page.h1).to.equal('Income');
    expect(page.rows()).to.eql([
      'May 2026 ¥5,000 ¥0 ¥5,000',
      'Total JPY ¥5,000 ¥0 ¥5,000',
      'March 2026 $120.00 $0.00 $120.00',
      'April 2026 $0.00 $0.00 $0.00',
      'May 2026 $30.00 $0.00 $30.00',
      'Total USD $150.00 $0.00 $150.00',
    ]);
    expect(page.findAll('.chart rect').map((bar) => bar.getAttribute('height'))).to.eql([
      '100%',
      '0%',
      '25%',
    ]);
  });

  it('has the rows of the page in the CSV file, with plain amounts', async () => {
    const response = await manager.get((await manager.visit(SPRING)).href('Export CSV'));
    expect(response.headers['content-disposition']).to.include('filename="Income 2026-03-01 2026-05-31.csv"');
    expect(response.text.split('\r\n')).to.eql([
      '\uFEFFMonth,Currency,Charged,Taken back,Income',
      '2026-05,JPY,5000,0,5000',
      '2026-03,USD,120.00,0.00,120.00',
      '2026-04,USD,0.00,0.00,0.00',
      '2026-05,USD,30.00,0.00,30.00',
      '',
    ]);
  });

  it('opens with this month and the eleven before, and says when there was no income', async () => {
    const page = await manager.visit(INCOME);
    const [, from, to] = /^\/reports\/income\?from=(\d{4})-\d\d-01&to=(\d{4})-/.exec(page.url)!;
    expect(Number(to) - Number(from)).to.be.within(0, 1);
    const empty = await manager.visit(`${INCOME}?from=2001-01-01&to=2001-01-31`);
    expect(empty.text).to.include('No income').and.include('Jan 31, 2001');
  });

  it('names and ignores a day that does not exist', async () => {
    const page = await manager.visit(`${INCOME}?from=2026-03-01&to=2026-05-32`);
    expect(page.flashes).to.eql([`'to' in the address is not valid and was ignored.`]);
  });

  it('shows nothing of another tenant', async () => {
    const other = await signedInStaff(portal, await createTenant(portal));
    expect((await other.visit(SPRING)).text).to.include('No income');
  });

  it('is refused without the permission, and redirects anonymous users to the login page', async () => {
    const operations = await signedInStaff(portal, tenant, 'operations');
    expect((await operations.get(INCOME)).status).to.equal(403);
    const anonymous = await new Visitor(portal, tenant.operations).visit(INCOME);
    expect(anonymous.path).to.equal('/login');
  });
});
