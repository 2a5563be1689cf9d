import { expect } from 'chai';
import { addDays } from '../../../../src/domain/billing/civil-date.ts';
import { requestRefunds } from '../../../../src/domain/payment/refund-payment.ts';
import { openAccount } from '../../../../src/domain/billing-account/billing-account.ts';
import { CustomerPayments } from '../../../support/customer-payments.ts';
import { CARDS, BANK_ACCOUNTS } from '../../../support/gateway.ts';
import { billingActor } from '../../../support/money.ts';
import { today } from '../../../support/own-rentals.ts';
import { Visitor } from '../../../support/visitor.ts';

describe('The page of a payment', () => {
  let payments: CustomerPayments;

  before(async () => {
    payments = await CustomerPayments.start();
  });

  async function pay(number: string = CARDS.succeeds, locale: 'en' | 'ar' = 'en') {
    const { visitor, account } = await payments.person(locale);
    await payments.addMethod(account.owner, number);
    const invoice = await account.issue(120_00n);
    const form = await visitor.visit(`/account/billing/payments/new?invoice=${invoice.id}`);
    const page = await form.submit(locale === 'ar' ? 'ادفع الآن' : 'Pay now', {});
    return { visitor, account, invoice, page };
  }

  it('shows a receipt with what was paid and every try', async () => {
    const { page, invoice } = await pay();
    expect(page.text).to.include('Receipt').and.include('Visa ending 4242').and.include('What it paid');
    expect(page.href(invoice.label)).to.equal(`/account/billing/invoices/${invoice.id}`);
    expect(page.find('#attempts')!.text).to.include('Paid');
    expect(page.headers['refresh']).to.equal(undefined);
  });

  it('says why a card was declined and when it is tried again', async () => {
    const { page } = await pay(CARDS.insufficient_funds);
    expect(page.text).to.include('Declined: The card has insufficient funds.').and.include('We try again on');
    expect(page.href('Pay again')).to.include('/account/billing/payments/new?invoice=');
  });

  it('asks for other payment details where trying again cannot help', async () => {
    const { page } = await pay(CARDS.stolen_card);
    expect(page.text).to.include('Nothing was charged, and we do not try again.');
    expect(page.href('Update payment details')).to.equal('/account/billing/payment-methods/new');
  });

  it('leads to the page on which the bank asks for a confirmation', async () => {
    const { page, visitor } = await pay(CARDS.authentication_required);
    expect(page.text).to.include('Your bank wants a confirmation.');
    const opened = await page.submit('Confirm the payment');
    expect(opened.path).to.equal(page.path);
    const hosted = await opened.follow('Continue to the payment page');
    const card = { card_number: CARDS.authentication_required, expiry: '12/45', security_code: '123' };
    const returned = await (await hosted.submit('Pay $120.00', card)).submit('Confirm');
    expect(returned.path).to.equal(page.path);
    await payments.runWorkers();
    expect((await visitor.visit(page.path)).text).to.include('Paid. We have received your payment.');
  });

  it('says that a debit is being processed, and then that it is paid', async () => {
    const { page, visitor } = await pay(BANK_ACCOUNTS.succeeds);
    expect(page.text).to.include('We are waiting for the bank');
    await payments.runWorkers();
    expect((await visitor.visit(page.path)).text).to.include('Paid.');
  });

  it('says that nothing is charged twice while the outcome is unknown', async () => {
    await payments.sandbox.next('confirm', 'error');
    const { page, visitor, account } = await pay();
    expect(page.text).to.include('We are checking with the payment service. You will not be charged twice.');
    expect(page.headers['refresh']).to.be.a('string');
    await payments.portal.owner.query(
      `update payments set due_at = now() where tenant_id = $1 and status = 'unknown'`,
      [payments.tenant.id],
    );
    await payments.runWorkers();
    expect((await visitor.visit(page.path)).text).to.include('Paid.');
    expect(await payments.paymentsOf(account.owner)).to.have.length(1);
  });

  it('changes nothing when the gateway returns to it before the payment service has reported', async () => {
    const { visitor, account } = await payments.person();
    const { id } = await account.issue(120_00n);
    const form = await visitor.visit(`/account/billing/payments/new?invoice=${id}`);
    const page = await form.submit('Pay now', {});
    const before = await payments.paymentsOf(account.owner);
    const returned = await visitor.visit(`${page.path}?returned=1`);
    expect(returned.text).to.include('We are waiting for the payment service.');
    expect(await payments.paymentsOf(account.owner)).to.eql(before);
  });

  it('can be continued or cancelled while its page is open, not while its result is awaited', async () => {
    const { visitor, account } = await payments.person();
    const { id } = await account.issue(120_00n);
    const form = await visitor.visit(`/account/billing/payments/new?invoice=${id}`);
    const page = await form.submit('Pay now', {});
    const actionsOf = ({ links, buttons }: typeof page) =>
      [...links, ...buttons].filter((text) => text.startsWith('Continue') || text.startsWith('Cancel'));
    const actions = ['Continue to the payment page', 'Cancel this payment'];
    expect(page.text).to.include('You have not finished paying.').and.not.include('on its way');
    expect(actionsOf(page)).to.eql(actions);
    expect((await visitor.visit('/account')).find('#next-payment')!.text).to.include(
      'A payment of $120.00 is not finished.',
    );
    const returned = await visitor.visit(`${page.path}?returned=1`);
    expect(returned.text).to.not.include('You have not finished paying.');
    expect(actionsOf(returned)).to.eql([]);
    expect(actionsOf(await returned.follow('I have not paid yet'))).to.eql(actions);
    const later = await visitor.visit(`${page.path}?returned=1&until=1`);
    expect(later.text).to.include('You have not finished paying.');
    expect(actionsOf(later)).to.eql(actions);
  });

  it('cancels a payment whose page is open, after which the invoice can be paid again', async () => {
    const { visitor, account } = await payments.person();
    const { id } = await account.issue(120_00n);
    const form = await visitor.visit(`/account/billing/payments/new?invoice=${id}`);
    const page = await form.submit('Pay now', {});
    expect((await account.invoice(id))['status']).to.equal('pending');
    const cancelled = await page.submit('Cancel this payment');
    expect(cancelled.text).to.include('This payment was cancelled. Nothing was charged.');
    expect((await account.invoice(id))['status']).to.equal('sent');
  });

  it('cancels a scheduled payment, on its page and on the page of billing', async () => {
    const { visitor, account } = await payments.person();
    await payments.addMethod(account.owner);
    const { id } = await account.issue(120_00n);
    const schedule = async () => {
      const form = await visitor.visit(`/account/billing/payments/new?invoice=${id}`);
      return form.submit('Schedule payment', { Date: addDays(await today(account), 2) });
    };
    const cancelled = await (await schedule()).submit('Cancel scheduled payment');
    expect(cancelled.flashes).to.include('The scheduled payment was cancelled.');
    await schedule();
    const billing = await visitor.visit('/account/billing');
    expect(billing.find('#coming-payments')!.text).to.include('Scheduled').and.include('$120.00');
    await billing.submit('Cancel scheduled payment');
    expect((await payments.paymentsOf(account.owner)).map(({ status }) => status)).to.eql([
      'cancelled',
      'cancelled',
    ]);
  });

  it('offers to pay again only what is still open', async () => {
    const { visitor, account, page, invoice } = await pay(CARDS.declined);
    expect(page.links).to.include('Pay again');
    expect((await visitor.visit('/account/billing')).find('#coming-payments')!.text).to.include('Declined');
    await account.pay(120_00n);
    const after = await visitor.visit(page.path);
    expect(after.text).to.include('Nothing is left to be charged for these invoices.');
    expect(after.links).to.not.include('Pay again');
    expect((await visitor.visit('/account/billing')).find('#coming-payments')).to.equal(null);
    expect((await account.invoice(invoice.id))['status']).to.equal('paid');
  });

  it('shows refunds', async () => {
    const { page, visitor, account } = await pay();
    await account.run(async (db, billing) => {
      const row = await openAccount(db, account.owner, 'USD');
      await db.raw('update billing_accounts set credit_cents = 5000 where tenant_id = ? and id = ?', [
        db.tenantId,
        row.id,
      ]);
      return requestRefunds(db, billingActor, billing, { ...row, credit_cents: 50_00n }, 50_00n);
    });
    const shown = await visitor.visit(page.path);
    expect(shown.find('#refunds')!.text).to.include('$50.00');
  });

  it('is in Arabic for a customer who reads Arabic', async () => {
    const { page } = await pay(CARDS.insufficient_funds, 'ar');
    expect(page.text).to.include('رصيد البطاقة غير كافٍ');
  });

  it('responds with 404 to payments of another person, of a company and of a company for oneself', async () => {
    const { page } = await pay();
    const other = await payments.person();
    const admin = await payments.inRole('company_admin');
    const id = page.path.split('/').at(-1)!;
    for (const path of ['', '/cancellation', '/confirmation']) {
      const from = await other.visitor.visit('/account/profile');
      const { status } =
        path === ''
          ? await other.visitor.get(page.path)
          : await other.visitor.postFrom(from, page.path + path);
      expect(status).to.equal(404);
    }
    expect((await admin.visitor.get(`${admin.base}/billing/payments/${id}`)).status).to.equal(404);
  });

  it('offers neither cancelling nor confirming to a role that may not pay', async () => {
    const { visitor, base, account } = await payments.inRole('view_only');
    await payments.addMethod(account.owner, CARDS.authentication_required);
    await account.issue(120_00n);
    const from = await visitor.visit(`${base}/billing`);
    const { status } = await visitor.postFrom(
      from,
      `${base}/billing/payments/0198c000-0000-7000-8000-000000000000/cancellation`,
    );
    expect(status).to.equal(403);
  });

  it('redirects anonymous users to the login page', async () => {
    const { page } = await pay();
    const anonymous = new Visitor(payments.portal, payments.tenant.account);
    expect((await anonymous.visit(page.path)).path).to.equal('/account/login');
  });
});
