import { expect } from 'chai';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('Writing off an invoice', () => {
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

  it('gives up what is open', async () => {
    const { id } = await account.issue(30_00n);
    const form = await (await manager.visit(`/invoices/${id}`)).follow('Write off');
    const page = await form.submit('Write off', { Reason: 'A year old' });
    expect(page.badges).to.include('Paid');
    expect(page.text).to.include('Written off').and.include('A year old');
    expect(await account.ledger('bad_debt')).to.equal('3000');
    const again = await form.submit('Write off', { Reason: 'A year old' });
    expect(again.errors).to.eql(['Nothing is open on this invoice']);
  });
});
