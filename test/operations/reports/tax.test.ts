import { expect } from 'chai';
import { createCompany, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { TestRentals } from '../../support/rentals.ts';
import { Visitor } from '../../support/visitor.ts';

const TAX = '/reports/tax';
const MARCH = `${TAX}?from=2026-03-01&to=2026-03-31`;

describe('Tax', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
    const account = new TestRentals(portal, tenant, await createCompany(portal, tenant));
    const tax_rate = await account.taxRate(230_000);
    const line = { kind: 'item' as const, description: 'Item', tax_rate };
    await account.issue(
      [
        { ...line, unit_cents: 55_55n },
        { ...line, unit_cents: 11_11n },
      ],
      { today: '2026-03-01' },
    );
    await account.issue(7_00n, { today: '2026-03-31' });
  });

  it('shows net, tax and gross of each rate in the chosen period, and their total', async () => {
    const form = await (await manager.visit('/reports')).follow('Tax', { within: 'each tax rate' });
    const page = await form.submit('Show', { from: '2026-03-01', to: '2026-03-31' });
    expect(page.h1).to.equal('Tax');
    expect(page.rows()).to.eql([
      'Tax (23 %) $66.66 $66.66 $15.34 $82.00',
      'No tax $7.00 $7.00 $7.00',
      'Total USD $73.66 $0.00 $0.00 $73.66 $15.34 $89.00',
    ]);
  });

  it('has the rows of the page in the CSV file, with plain amounts', async () => {
    const response = await manager.get((await manager.visit(MARCH)).href('Export CSV'));
    expect(response.headers['content-disposition']).to.include('filename="Tax 2026-03-01 2026-03-31.csv"');
    const [headings, first, ...others] = response.text.split('\r\n');
    expect(headings).to.equal('\uFEFFCode,Name,Rate,Currency,Charged,Credit notes,Deleted,Net,Tax,Gross');
    expect(first).to.match(/^[\w-]+,Tax,23,USD,66\.66,0\.00,0\.00,66\.66,15\.34,82\.00$/);
    expect(others).to.eql([',No tax,,USD,7.00,0.00,0.00,7.00,0.00,7.00', '']);
  });

  it('opens with the last month, and says when nothing was charged', async () => {
    const page = await manager.visit(TAX);
    expect(page.url).to.match(/^\/reports\/tax\?from=\d{4}-\d\d-01&to=\d{4}-\d\d-(28|29|30|31)$/);
    const empty = await manager.visit(`${TAX}?from=2001-01-01&to=2001-01-31`);
    expect(empty.text).to.include('Nothing was charged').and.include('Jan 31, 2001');
  });

  it('names and ignores days that do not exist, and a last day before the first', async () => {
    const notFrom = await manager.visit(`${TAX}?from=2026-02-30&to=2026-03-31`);
    expect(notFrom.flashes).to.eql([`'from' in the address is not valid and was ignored.`]);
    expect(notFrom.url).to.equal(MARCH);
    const notTo = await manager.visit(`${TAX}?from=2026-03-01&to=soon`);
    expect(notTo.flashes).to.eql([`'to' in the address is not valid and was ignored.`]);
    expect(notTo.url).to.match(/\?from=2026-03-01&to=/);
    const turned = await manager.visit(`${TAX}?from=2026-03-31&to=2026-03-01`);
    expect(turned.flashes).to.eql(['The last day is before the first and was ignored.']);
    expect(turned.url).to.match(/\?from=2026-03-31&to=/);
  });

  it('shows nothing of another tenant', async () => {
    const other = await signedInStaff(portal, await createTenant(portal));
    expect((await other.visit(MARCH)).text).to.include('Nothing was charged');
  });

  it('is refused without the permission, and redirects anonymous users to the login page', async () => {
    const operations = await signedInStaff(portal, tenant, 'operations');
    expect((await operations.get(TAX)).status).to.equal(403);
    const anonymous = await new Visitor(portal, tenant.operations).visit(TAX);
    expect(anonymous.path).to.equal('/login');
  });
});
