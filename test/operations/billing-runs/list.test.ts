import { expect } from 'chai';
import { TestRuns } from '../../support/billing-runs.ts';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { findAuditEvents } from '../../support/audit.ts';
import { accepted } from '../../support/rentals.ts';

describe('Billing runs', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('are empty before the first night', async () => {
    expect((await manager.visit('/billing-runs')).text).to.include('No billing runs yet');
  });

  it('are requested by staff once, recorded in the audit log', async () => {
    const form = await manager.visit('/billing-runs/new');
    const started = await form.submit('Bill now');
    expect(started.flashes).to.eql(['The billing run was started.']);
    await form.submit('Bill now');
    expect(await findAuditEvents(portal, tenant, 'billing_run.requested')).to.have.length(1);
  });

  it('list the invoices and the sum of each run', async () => {
    const runs = new TestRuns(portal, tenant, await createCompany(portal, tenant));
    accepted(await runs.moveIn('2026-01-05'));
    await runs.bill('2026-02-05');
    const [row] = (await manager.visit('/billing-runs')).rows('Feb 5, 2026');
    expect(row).to.include('Invoices of rentals').and.include('$100.00').and.include('Finished');
  });
});
