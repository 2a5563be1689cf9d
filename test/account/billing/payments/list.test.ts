import { expect } from 'chai';
import { CustomerPayments } from '../../../support/customer-payments.ts';
import { Visitor } from '../../../support/visitor.ts';

describe('The payments of a customer', () => {
  let payments: CustomerPayments;

  before(async () => {
    payments = await CustomerPayments.start();
  });

  it('are listed with their state, also those that staff have recorded', async () => {
    const { visitor, account } = await payments.person();
    await payments.addMethod(account.owner);
    const { id, label } = await account.issue(120_00n);
    await account.pay(30_00n);
    const form = await visitor.visit(`/account/billing/payments/new?invoice=${id}`);
    await form.submit('Pay now', {});
    const page = await (await visitor.visit('/account/billing')).follow('Payments');
    expect(page.rows()).to.have.length(2);
    expect(page.rows('Bank transfer')[0]).to.include('$30.00').and.include(label);
    expect(page.rows('Visa ending 4242')[0]).to.include(label).and.include('Paid').and.include('$90.00');
  });

  it('that staff have recorded without an invoice are credit', async () => {
    const { visitor, account } = await payments.person();
    await account.issue(10_00n);
    await account.pay(10_00n);
    await account.pay(25_00n, { is_deposit: true });
    const page = await visitor.visit('/account/billing/payments');
    expect(page.rows('$25.00')[0]).to.include('Credit');
  });

  it('show an empty state without payments, and nothing of others', async () => {
    const other = await payments.person();
    await other.account.issue(10_00n);
    await other.account.pay(10_00n);
    const { visitor } = await payments.person();
    expect((await visitor.visit('/account/billing/payments')).text).to.include('No payments yet');
  });

  it('are not for a role without access to invoices', async () => {
    const { visitor, base } = await payments.inRole('unit_manager');
    expect((await visitor.visit(`${base}/billing/payments`)).status).to.equal(403);
  });

  it('redirect anonymous users to the login page', async () => {
    const anonymous = new Visitor(payments.portal, payments.tenant.account);
    expect((await anonymous.visit('/account/billing/payments')).path).to.equal('/account/login');
  });
});
