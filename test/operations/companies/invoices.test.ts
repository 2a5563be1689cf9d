import { expect } from 'chai';
import { createCompany, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('The invoices of a company', () => {
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

  it('are shown with its balance and what staff can do', async () => {
    const { label } = await account.issue(120_00n);
    const other = new TestAccount(portal, tenant, await createCompany(portal, tenant));
    const foreign = await other.issue(7_00n);
    await account.pay(50_00n, { is_deposit: true });
    const company = await manager.visit(`/customers/companies/${account.company.id}`);
    const path = `/customers/companies/${account.company.id}/invoices`;
    expect(company.findAll(`a[href="${path}"]`)).to.have.length(1);
    const page = await manager.visit(path);
    expect(page.h1).to.equal(`Invoices of ${account.company.name}`);
    expect(page.text).to.include('Total due').and.include('$120.00').and.include('$50.00');
    expect(page.rows(label)).to.have.length(1);
    expect(page.rows(foreign.label)).to.have.length(0);
    const form = await page.follow('Issue a Charge');
    expect(form.form('Issue a Charge').values()).to.include({ customer: account.company.code });
  });

  it('are empty for a company without invoices, and hidden without the permission', async () => {
    const path = `/customers/companies/${account.company.id}`;
    expect((await manager.visit(`${path}/invoices`)).text).to.include('No invoices yet');
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.visit(path)).links).to.not.include('Invoices');
    expect((await driver.get(`${path}/invoices`)).status).to.equal(403);
  });
});
