import { expect } from 'chai';
import { CustomerPayments } from '../../support/customer-payments.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Autopay', () => {
  let payments: CustomerPayments;

  before(async () => {
    payments = await CustomerPayments.start();
  });

  it('is turned on and off, and shows the next charge with amount, day and method', async () => {
    const { visitor, account } = await payments.person();
    await payments.addMethod(account.owner);
    await account.issue(120_00n, { due_on: '2099-03-01' });
    await account.issue(70_00n, { due_on: '2099-04-01' });
    const on = await (await visitor.visit('/account/billing')).submit('Turn on autopay');
    expect(on.flashes).to.include('Autopay is on. Your invoices are paid when they are due.');
    expect(on.find('#next-charge')!.text).to.include(
      'We will charge $120.00 on Mar 1, 2099 to Visa ending 4242.',
    );
    const off = await on.submit('Turn off autopay');
    expect(off.flashes).to.include('Autopay is off. Pay your invoices yourself from now on.');
    expect(off.find('#next-charge')).to.equal(null);
    expect(off.buttons).to.include('Turn on autopay');
  });

  it('says that an amount below the smallest charge waits for the next invoice', async () => {
    const { visitor, account } = await payments.person();
    await payments.addMethod(account.owner);
    await account.issue(30n, { due_on: '2099-03-01' });
    const waits = '$0.30 is less than we can charge. We will add it to the charge of your next invoice.';
    const on = await (await visitor.visit('/account/billing')).submit('Turn on autopay');
    expect(on.find('#next-charge')!.text).to.include(waits);
    expect((await visitor.visit('/account')).find('#next-payment')!.text)
      .to.include(waits)
      .and.not.include('We will charge');
    await account.issue(10_00n, { due_on: '2099-04-01' });
    const charged = 'We will charge $10.30 on Apr 1, 2099 to Visa ending 4242.';
    expect((await visitor.visit('/account/billing')).find('#next-charge')!.text).to.include(charged);
    expect((await visitor.visit('/account')).find('#next-payment')!.text).to.include(charged);
  });

  it('needs a default method', async () => {
    const { visitor, account } = await payments.person();
    await account.issue(120_00n);
    const page = await visitor.visit('/account/billing');
    expect(page.buttons).to.not.include('Turn on autopay');
    const response = await visitor.postFrom(page, '/account/billing/autopay/activation', { currency: 'USD' });
    expect(response.status).to.equal(303);
    expect((await visitor.visit('/account/billing')).flashes).to.include('Add a payment method first');
    expect(await autopaySince(visitor.person.id)).to.equal(null);
  });

  it('of a currency without an account responds with 404', async () => {
    const { visitor, account } = await payments.person();
    await payments.addMethod(account.owner);
    const page = await visitor.visit('/account/billing');
    const { status } = await visitor.postFrom(page, '/account/billing/autopay/activation', {
      currency: 'EUR',
    });
    expect(status).to.equal(404);
  });

  it('of a company is changed only with the permission in that company', async () => {
    const { visitor, base, account } = await payments.inRole('accounts_payable');
    await payments.addMethod(account.owner);
    const page = await (await visitor.visit(`${base}/billing`)).submit('Turn on autopay');
    expect(page.path).to.equal(`${base}/billing`);
    const viewer = await payments.inRole('view_only');
    const from = await viewer.visitor.visit(`${viewer.base}/billing`);
    for (const change of ['activation', 'deactivation']) {
      const { status } = await viewer.visitor.postFrom(from, `${viewer.base}/billing/autopay/${change}`, {
        currency: 'USD',
      });
      expect(status).to.equal(403);
    }
  });

  it('redirects anonymous users to the login page', async () => {
    const anonymous = new Visitor(payments.portal, payments.tenant.account);
    expect((await anonymous.visit('/account/billing')).path).to.equal('/account/login');
  });

  async function autopaySince(userId: string): Promise<Date | null> {
    const { rows } = await payments.portal.owner.query<{ autopay_since: Date | null }>(
      'select autopay_since from billing_accounts where user_id = $1',
      [userId],
    );
    return rows[0]!.autopay_since;
  }
});
