import { expect } from 'chai';
import { createCompany, createCustomer, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('The invoices of a person', () => {
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

  it('are their own, with links to those of their companies', async () => {
    const person = await createCustomer(portal, tenant, { company: account.company });
    const { label } = await account.issue(7_00n);
    const charge = await manager.visit(`/invoices/charges/new?customer=${encodeURIComponent(person.email)}`);
    await charge.submit('Issue a Charge', { Description: 'Lock', Amount: '25' });
    const user = await manager.visit(`/users/${person.id}`);
    const path = `/users/${person.id}/invoices`;
    expect(user.findAll(`a[href="${path}"]`)).to.have.length(1);
    const page = await manager.visit(path);
    expect(page.h1).to.equal(`Invoices of ${person.name}`);
    expect(page.text).to.include('$25.00');
    expect(page.rows(label)).to.eql([]);
    const company = await page.follow(account.company.name);
    expect(company.path).to.equal(`/customers/companies/${account.company.id}/invoices`);
    expect(company.rows(label)).to.have.length(1);
  });
});
