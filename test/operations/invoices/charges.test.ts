import { expect } from 'chai';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('Issue a Charge', () => {
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

  it('issues an invoice with one line and opens it', async () => {
    const form = await manager.visit(`/invoices/charges/new?customer=${account.company.code}`);
    const page = await form.submit('Issue a Charge', { Description: 'Cleaning', Amount: '25' });
    expect(page.h1).to.match(/^Invoice INV-/);
    expect(page.flashes[0]).to.match(/^Invoice INV-\d+ was issued\.$/);
    expect(page.text).to.include('Cleaning').and.include('$25.00');
    expect(await account.balance()).to.include({ receivable: '2500' });
  });

  it('charges in another currency, with its digits', async () => {
    const values = { Description: 'Rent', Amount: '1999', Currency: 'JPY' };
    const form = await manager.visit('/invoices/charges/new');
    const page = await form.submit('Issue a Charge', { ...values, Customer: account.company.code });
    expect(page.text).to.include('¥1,999');
    const refused = await (
      await manager.visit('/invoices/charges/new')
    ).submit('Issue a Charge', {
      ...values,
      Amount: '19.99',
      Customer: account.company.code,
    });
    expect(refused.errors).to.eql(['Enter an amount like 1250']);
  });

  it('charges amounts of a currency with three digits in steps of ten', async () => {
    const values = { Description: 'Rent', Currency: 'KWD', Customer: account.company.code };
    const form = await manager.visit('/invoices/charges/new');
    const refused = await form.submit('Issue a Charge', { ...values, Amount: '1.005' });
    expect(refused.errors).to.eql(['Enter an amount in steps of 0.010, like 1.250']);
    expect((await refused.submit('Issue a Charge', { ...values, Amount: '٠٫٠٢٠' })).text).to.include('0.020');
  });

  it('charges a form that is sent twice once', async () => {
    const form = await manager.visit(`/invoices/charges/new?customer=${account.company.code}`);
    const first = await form.submit('Issue a Charge', { Description: 'Lock', Amount: '5' });
    const second = await form.submit('Issue a Charge', { Description: 'Lock', Amount: '5' });
    expect(second.path).to.equal(first.path);
    expect(await account.balance()).to.include({ receivable: '500' });
  });

  it('names what is missing', async () => {
    const refused = await (await manager.visit('/invoices/charges/new')).submit('Issue a Charge');
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.eql([
      'Enter an email address or the code of a company',
      'Enter a description',
      'Enter an amount',
    ]);
  });
});
