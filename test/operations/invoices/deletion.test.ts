import { expect } from 'chai';
import { createCompany, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('Deleting an invoice', () => {
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

  it('asks for a reason, keeps the number and shows who deleted it', async () => {
    const { id, label } = await account.issue(144_00n);
    const form = await (await manager.visit(`/invoices/${id}`)).follow('Delete');
    expect((await form.submit('Delete')).errors).to.eql(['Enter a reason']);
    const page = await form.submit('Delete', { Reason: 'Wrong customer' });
    expect(page.h1).to.equal(`Invoice ${label}`);
    expect(page.badges).to.include('Deleted');
    expect(page.text).to.include(`by ${manager.person.name}: Wrong customer`);
    expect(await account.balance()).to.include({ receivable: '0' });
  });

  it('removes a draft from the list', async () => {
    const form = await manager.visit(`/invoices/new?customer=${account.company.code}`);
    const draft = await form.submit('Create invoice', { description_1: 'Item', amount_1: '10' });
    const list = await (await draft.follow('Delete')).submit('Delete', { Reason: 'Twice' });
    expect(list.path).to.equal('/invoices');
    expect(list.rows(account.company.name)).to.eql([]);
  });

  it('is refused for an invoice that was paid in part', async () => {
    const { id } = await account.issue(144_00n);
    await account.pay(1n);
    const refused = await (await manager.visit(`/invoices/${id}/deletion`)).submit('Delete', { Reason: 'X' });
    expect(refused.errors[0]).to.match(/Credit or refund the invoice instead/);
    expect(await account.balance()).to.include({ receivable: '14399' });
  });

  it('needs its permission', async () => {
    const { id } = await account.issue(1_00n);
    const operations = await signedInStaff(portal, tenant, 'operations');
    expect((await operations.get(`/invoices/${id}/deletion`)).status).to.equal(403);
  });
});
