import { expect } from 'chai';
import { signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Reports', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('are listed on a page that the navigation links to', async () => {
    const page = await (await manager.visit('/users')).follow('Reports');
    expect(page.h1).to.equal('Reports');
    expect(page.findAll('main li a').map((link) => link.getAttribute('href'))).to.eql([
      '/reports/ageing',
      '/reports/tax',
      '/reports/income',
    ]);
  });

  it('are refused and not in the navigation without the permission', async () => {
    const operations = await signedInStaff(portal, tenant, 'operations');
    expect((await operations.visit('/users')).links).to.not.include('Reports');
    expect((await operations.get('/reports')).status).to.equal(403);
  });

  it('redirect anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.operations).visit('/reports')).path).to.equal('/login');
  });
});
