import { expect } from 'chai';
import { createCompany, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('Payments', () => {
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

  const formOf = () => manager.visit(`/payments/new?customer=${account.company.code}`);

  it('are recorded from the page of an invoice, which fills in the amount', async () => {
    const other = await account.issue(10_00n, { due_on: '2020-01-01' });
    const { id } = await account.issue(120_00n);
    const form = await (await manager.visit(`/invoices/${id}`)).follow('Record payment');
    const values = form.form('Record payment').values();
    expect(values).to.include({ amount: '120.00', [`invoice_${id}`]: '120.00', [`invoice_${other.id}`]: '' });
    const page = await form.submit('Record payment', { Channel: 'Cash', Reference: 'Desk' });
    expect(page.h1).to.equal('Payment of $120.00');
    expect(await account.invoice(id)).to.include({ status: 'paid' });
    expect(await account.invoice(other.id)).to.include({ status: 'sent' });
  });

  it('pay the oldest invoices without a choice, and say that the rest is credit', async () => {
    const { id } = await account.issue(120_00n);
    const page = await (await formOf()).submit('Record payment', { Amount: '150' });
    expect(page.flashes).to.eql(['The payment was recorded. A part of it became credit.']);
    expect(page.text).to.include('$30.00 became credit of the customer.');
    expect(await account.invoice(id)).to.include({ status: 'paid' });
    const list = await manager.visit('/payments?channel=bank_transfer');
    expect(list.rows(account.company.name)[0]).to.include('$150.00').and.include('Received');
    expect((await manager.visit('/payments?status=undone')).rows(account.company.name)).to.eql([]);
  });

  it('are recorded once when the form is sent twice', async () => {
    await account.issue(120_00n);
    const form = await formOf();
    const first = await form.submit('Record payment', { Amount: '50' });
    expect((await form.submit('Record payment', { Amount: '50' })).path).to.equal(first.path);
    expect(await account.balance()).to.include({ receivable: '7000' });
  });

  it('are refused with a sentence at each wrong field', async () => {
    const { id } = await account.issue(120_00n);
    const form = await formOf();
    const errorsOf = async (fields: Record<string, string>) =>
      (await form.submit('Record payment', { Amount: '10', ...fields })).errors;
    expect(await errorsOf({ Date: '2199-01-01' })).to.eql(['Enter today or a day before']);
    expect(await errorsOf({ Date: '2001-01-01' })).to.eql(['Enter a day of the last year']);
    expect(await errorsOf({ Date: '2026-02-30' })).to.eql(['Enter a day that exists']);
    expect(await errorsOf({ Amount: '0' })).to.eql(['Enter an amount above 0']);
    expect(await errorsOf({ [`invoice_${id}`]: '121', Amount: '200' })).to.eql([
      'At most 120.00 of this invoice is open',
    ]);
    expect(await errorsOf({ [`invoice_${id}`]: '20' })).to.eql([
      'The amounts of the invoices add up to 20.00, which is more than was received',
    ]);
    expect(await account.balance()).to.include({ receivable: '12000', credit: '0' });
  });

  it('never pay the invoice of another company', async () => {
    const other = new TestAccount(portal, tenant, await createCompany(portal, tenant));
    const { id } = await other.issue(10_00n);
    const form = await formOf();
    const response = await manager.postFrom(form, '/payments', {
      ...form.form('Record payment').values(),
      amount: '10',
      [`invoice_${id}`]: '10',
    });
    expect(response.status).to.equal(422);
    expect(await other.invoice(id)).to.include({ open: '1000' });
  });

  it('need the permission to record them', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.get('/payments')).status).to.equal(403);
    expect((await driver.get('/payments/new')).status).to.equal(403);
  });
});
