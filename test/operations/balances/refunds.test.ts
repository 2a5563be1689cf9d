import { expect } from 'chai';
import { createCompany, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('Credit of a customer', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let account: TestAccount;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
    await account.pay(15_00n, { is_deposit: true });
  });

  it('is refunded from the page of the customer, and staff mark as paid out what no card covers', async () => {
    const tab = await manager.visit(`/customers/companies/${account.company.id}/invoices`);
    const form = await tab.follow('Refund $15.00 of credit');
    expect((await form.submit('Refund', { 'Refund amount': '16' })).errors).to.eql([
      'At most 15.00 can be refunded',
    ]);
    const page = await form.submit('Refund', { 'Refund amount': '10' });
    expect(page.h1).to.equal('Refund of $10.00');
    expect(page.badges).to.include('To pay out');
    expect((await manager.visit('/payments?status=to_pay_out')).rows('To pay out')).to.have.length(1);
    const paid = await page.submit('Mark as paid out');
    expect(paid.badges).to.include('Refunded');
    const refused = await page.submit('Do not pay out');
    expect(refused.errors).to.eql(['This refund was decided already']);
    const other = await (
      await (await manager.visit(tab.url)).follow('Refund $5.00 of credit')
    ).submit('Refund');
    expect((await other.submit('Do not pay out')).badges).to.include('Not paid out');
    expect(await account.balance()).to.include({ credit: '500' });
  });

  it('is not refunded by staff without the permission', async () => {
    const operations = await signedInStaff(portal, tenant, 'operations');
    const tab = await operations.visit(`/customers/companies/${account.company.id}/invoices`);
    expect(tab.links.join()).to.not.include('of credit');
  });
});
