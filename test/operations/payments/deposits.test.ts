import { expect } from 'chai';
import { createCompany, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('Deposit', () => {
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

  it('is credit of the customer and pays no open invoice', async () => {
    const { id } = await account.issue(120_00n);
    const form = await manager.visit(`/payments/deposits/new?customer=${account.company.code}`);
    const page = await form.submit('Record deposit', { Amount: '50', Channel: 'Cheque' });
    expect(page.flashes).to.eql(['The deposit was recorded as credit of the customer.']);
    expect(await account.balance()).to.include({ receivable: '12000', credit: '5000' });
    expect(await account.invoice(id)).to.include({ open: '12000' });
  });

  it('is recorded by staff who record payments', async () => {
    const operations = await signedInStaff(portal, tenant, 'operations');
    const page = await operations.visit(`/customers/companies/${account.company.id}/invoices`);
    const recorded = await (await page.follow('Deposit')).submit('Record deposit', { Amount: '50' });
    expect(recorded.h1).to.equal('Payment of $50.00');
  });

  it('refuses an unknown customer', async () => {
    const form = await manager.visit('/payments/deposits/new');
    const refused = await form.submit('Record deposit', { Customer: 'C-404', Amount: '50' });
    expect(refused.errors).to.eql(['No person has this email address, and no company this code']);
  });
});
