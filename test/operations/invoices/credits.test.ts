import { expect } from 'chai';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('Issue a Credit', () => {
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

  it('issues a credit note whose sum becomes credit of the customer', async () => {
    const form = await manager.visit(`/invoices/credits/new?customer=${account.company.code}`);
    const page = await form.submit('Issue a Credit', { Description: 'Goodwill', Amount: '12.50' });
    expect(page.h1).to.match(/^Credit note CN-/);
    expect(page.badges).to.include('Credit note');
    expect(await account.balance()).to.include({ receivable: '0', credit: '1250' });
  });

  it('refuses an unknown customer and a negative amount', async () => {
    const form = await manager.visit('/invoices/credits/new');
    const refused = await form.submit('Issue a Credit', { Customer: 'C-404', Description: 'X', Amount: '1' });
    expect(refused.errors).to.eql(['No person has this email address, and no company this code']);
    const negative = await form.submit('Issue a Credit', {
      Customer: 'C-404',
      Description: 'X',
      Amount: '-1',
    });
    expect(negative.errors).to.eql(['Enter an amount above 0']);
  });
});
