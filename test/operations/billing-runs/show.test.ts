import { expect } from 'chai';
import { TestRuns } from '../../support/billing-runs.ts';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { accepted } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';

describe('a billing run', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('names the rentals that could not be billed, with a link', async () => {
    const runs = new TestRuns(portal, tenant, await createCompany(portal, tenant));
    const { rental } = accepted(await runs.moveIn('2026-01-05'));
    await sql(portal, `update rentals set next_period_on = '2026-01-05' where id = $1`, [rental.id]);
    await runs.bill('2026-02-05');
    const page = await (await manager.visit('/billing-runs')).follow('Feb 5, 2026');
    expect(page.h1).to.equal('Invoices of rentals');
    expect(page.text).to.include('What could not be processed');
    expect(page.root.querySelector(`a[href="/rentals/${rental.id}"]`)).to.not.equal(null);
  });

  it('of an unknown id is not found', async () => {
    const page = await manager.visit('/billing-runs/018f3e5c-0000-7000-8000-000000000000');
    expect(page.status).to.equal(404);
  });
});
