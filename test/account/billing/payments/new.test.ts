import { expect } from 'chai';
import { addDays } from '../../../../src/domain/billing/civil-date.ts';
import { CustomerPayments } from '../../../support/customer-payments.ts';
import { failWrites } from '../../../support/failing-writes.ts';
import { CARDS } from '../../../support/gateway.ts';
import { today } from '../../../support/own-rentals.ts';
import { Visitor } from '../../../support/visitor.ts';

describe('Pay invoices', () => {
  let payments: CustomerPayments;

  before(async () => {
    payments = await CustomerPayments.start();
  });

  /** A person with a card and an invoice of 120.00. */
  async function withInvoice(number: string | null = CARDS.succeeds) {
    const { visitor, account } = await payments.person();
    if (number !== null) await payments.addMethod(account.owner, number);
    const invoice = await account.issue(120_00n);
    const form = () => visitor.visit(`/account/billing/payments/new?invoice=${invoice.id}`);
    const amount = `invoice_${invoice.id}`;
    return { visitor, account, invoice, form, amount };
  }

  const paymentsOf = ({ account }: Awaited<ReturnType<typeof withInvoice>>) =>
    payments.paymentsOf(account.owner);

  it('charges the selected invoices to the default card and shows that they are paid', async () => {
    const one = await withInvoice();
    const other = await one.account.issue(50_00n);
    const billing = await one.visitor.visit('/account/billing');
    const page = await billing.submit('Pay selected invoices', { invoice: [one.invoice.id, other.id] });
    expect(page.h1).to.equal('Pay invoices');
    expect(page.text).to.include('$170.00 is open.').and.include('Visa ending 4242');
    const paid = await page.submit('Pay now', {});
    const [payment] = await paymentsOf(one);
    expect(paid.path).to.equal(`/account/billing/payments/${payment!.id}`);
    expect(paid.text).to.include('Payment of $170.00').and.include('Paid. We have received your payment.');
    expect(payment).to.include({ status: 'succeeded', amount_cents: '17000' });
    expect((await one.account.invoice(other.id))['status']).to.equal('paid');
  });

  it('shows the payment when the database refuses its next step, with which the worker goes on', async () => {
    const one = await withInvoice();
    const form = await one.form();
    const end = await failWrites(payments.portal, 'payments', '55P03', { on: 'update' });
    const page = await form.submit('Pay now', {});
    await end();
    const [payment] = await paymentsOf(one);
    expect(page.path).to.equal(`/account/billing/payments/${payment!.id}`);
    expect(page.text).to.include('Your payment is on its way. You will not be charged twice.');
    await payments.portal.owner.query('update payments set due_at = now() where id = $1', [payment!.id]);
    await payments.runWorkers();
    expect((await one.account.invoice(one.invoice.id))['status']).to.equal('paid');
  });

  it('pays a part with a reason and disputes the rest', async () => {
    const one = await withInvoice();
    const values = { [one.amount]: '100', Reason: 'Damaged goods', Comment: 'The box was wet.' };
    const paid = await (await one.form()).submit('Pay now', values);
    expect(paid.text).to.include('What you did not pay').and.include('$20.00 · Damaged goods');
    expect(await one.account.invoice(one.invoice.id)).to.include({ status: 'sent', open: '2000' });
    const billing = await one.visitor.visit('/account/billing');
    expect(billing.find('#open-invoices')!.text).to.include('Disputed');
  });

  it('disputes an invoice of which nothing is paid, with a reason, and charges nothing', async () => {
    const one = await withInvoice();
    const page = await (await one.form()).submit('Pay now', { [one.amount]: '0', Reason: 'Not received' });
    expect(page.path).to.equal('/account/billing');
    expect(page.flashes.join()).to.include('Your dispute was sent. Nothing was charged.');
    expect(page.find('#open-invoices')!.text).to.include('Disputed');
    expect(await paymentsOf(one)).to.eql([]);
  });

  it('uses credit first and charges what is left', async () => {
    const one = await withInvoice();
    await payments.portal.owner.query(
      'update billing_settings set applies_credit = false where tenant_id = $1',
      [payments.tenant.id],
    );
    await one.account.pay(30_00n, { is_deposit: true });
    const form = await one.form();
    expect(form.text).to.include('Your credit of $30.00 is used first.');
    const page = await form.submit('Pay now', {});
    await payments.portal.owner.query(
      'update billing_settings set applies_credit = true where tenant_id = $1',
      [payments.tenant.id],
    );
    expect(page.text).to.include('Payment of $90.00');
    expect((await one.account.invoice(one.invoice.id))['status']).to.equal('paid');
  });

  for (const [what, values, text] of [
    ['more than is open', { amount: '120.01' }, 'At most 120.00 of this invoice is open'],
    ['less without a reason', { amount: '100' }, 'Select why you pay less than is open'],
    ['nothing without a reason', { amount: '0' }, 'Enter an amount above 0'],
    [
      'less than the service charges',
      { amount: '0.49', Reason: 'Price' },
      'The smallest amount that can be charged is 0.50',
    ],
    ['an amount with too many decimals', { amount: '1.234' }, 'Enter an amount like 12.50'],
    ['a negative amount', { amount: '-1' }, 'Enter 0 or an amount above 0'],
    ['an amount that is no number', { amount: 'all' }, 'Enter an amount like 12.50'],
    ['a day without scheduling', { scheduled_on: '2099-01-01' }, 'Remove the date to pay now'],
  ] as const) {
    it(`refuses ${what} and charges nothing`, async () => {
      const one = await withInvoice();
      const { amount = '120', ...rest } = values as Record<string, string>;
      const page = await (await one.form()).submit('Pay now', { [one.amount]: amount, ...rest });
      expect(page.status).to.equal(422);
      expect(page.errors.join()).to.include(text);
      expect(await paymentsOf(one)).to.eql([]);
      expect(await one.account.invoice(one.invoice.id)).to.include({ status: 'sent', open: '12000' });
    });
  }

  it('shows a missing reason at its field', async () => {
    const one = await withInvoice();
    const page = await (await one.form()).submit('Pay now', { [one.amount]: '100' });
    expect(page.href('Select why you pay less than is open')).to.match(/#reason_/);
  });

  it('suggests the whole amount of a disputed invoice to a customer who pays it after all', async () => {
    const one = await withInvoice();
    await (await one.form()).submit('Pay now', { [one.amount]: '0', Reason: 'Price' });
    const page = await one.form();
    expect(page.text).to.include('$120.00 is open.');
    expect((await page.submit('Pay now', {})).text).to.include('Payment of $120.00');
  });

  it('schedules a payment of a stored card', async () => {
    const one = await withInvoice();
    const day = addDays(await today(one.account), 3);
    const page = await (await one.form()).submit('Schedule payment', { Date: day });
    expect(page.text).to.include('You can cancel it until 05:00 on that day.');
    expect(await paymentsOf(one)).to.have.length(1);
    expect((await one.account.invoice(one.invoice.id))['status']).to.equal('sent');
    const again = await (await one.form()).submit('Schedule payment', { Date: day });
    expect(again.errors).to.eql(['A payment of this invoice is scheduled already']);
  });

  it('refuses to schedule without a day, on a day that has come, and on the payment page', async () => {
    const one = await withInvoice();
    const refuse = async (values: Record<string, string>) =>
      (await (await one.form()).submit('Schedule payment', values)).errors.join();
    const now = await today(one.account);
    expect(await refuse({})).to.include('Enter a day');
    expect(await refuse({ Date: now })).to.include('Enter a day from tomorrow to one year from now');
    const page = { method: 'page', Date: addDays(now, 2) };
    expect(await refuse(page)).to.include('Select a stored payment method to pay on a later day');
  });

  it('pays on the page of the service and saves the card', async () => {
    const one = await withInvoice(null);
    const started = await (await one.form()).submit('Pay now', { saves_method: true });
    expect(started.status).to.equal(200);
    expect(started.text).to.include('You pay on the page of our payment service.');
    const hosted = await started.follow('Continue to the payment page');
    const card = { card_number: CARDS.succeeds, expiry: '12/45', security_code: '123' };
    const returned = await hosted.submit('Pay $120.00', card);
    expect(returned.path).to.equal(started.path);
    expect(returned.text).to.include('We are waiting for the payment service.');
    expect(returned.headers['refresh']).to.match(
      /^3; url=\/account\/billing\/payments\/[\w-]+\?returned=1&until=/,
    );
    await payments.runWorkers();
    expect((await one.visitor.visit(started.path)).text).to.include('Paid. We have received your payment.');
    expect((await one.visitor.visit('/account/billing')).text).to.include('Visa ending 4242 · expires 12/45');
  });

  it('makes one payment of a form that is sent twice at the same time', async () => {
    const one = await withInvoice();
    const before = await payments.charges();
    const submission = (await one.form()).form('Pay now').submission({});
    const form = await one.form();
    const pages = await Promise.all([form.send(submission), form.send(submission)]);
    expect(await paymentsOf(one)).to.have.length(1);
    expect(new Set(pages.map(({ path }) => path)).size).to.equal(1);
    expect(await payments.charges()).to.equal(before + 1);
  });

  it('refuses the form of a second tab and links to the payment that is not finished', async () => {
    const one = await withInvoice(null);
    const [first, second] = [await one.form(), await one.form()];
    const started = await first.submit('Pay now', {});
    const refused = await second.submit('Pay now', {});
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.eql(['A payment of $120.00 is not finished']);
    expect(refused.href('View the payment')).to.equal(started.path);
    expect(await paymentsOf(one)).to.have.length(1);
    const row = (await one.visitor.visit('/account/billing')).find('#open-invoices tbody tr')!;
    expect(row.text).to.include('A payment of $120.00 is not finished');
    expect(row.querySelector('input')!.hasAttribute('disabled')).to.equal(true);
  });

  it('goes back to billing without a selection', async () => {
    const { visitor } = await withInvoice();
    const page = await visitor.visit('/account/billing/payments/new');
    expect(page.path).to.equal('/account/billing');
    expect(page.flashes).to.include('Select at least one open invoice.');
  });

  it('responds with 404 to invoices and cards of another person, of a company and of another tenant', async () => {
    const one = await withInvoice();
    const two = await withInvoice();
    const { account } = await payments.inRole('company_admin');
    const foreign = [two.invoice.id, (await account.issue(120_00n)).id];
    const card = await payments
      .addMethod(two.account.owner, CARDS.succeeds, { is_default: false })
      .catch(() => '');
    const page = await one.form();
    const send = async (fields: Record<string, string>) =>
      (
        await one.visitor.postFrom(page, '/account/billing/payments', {
          when: 'now',
          method: 'page',
          ...fields,
        })
      ).status;
    for (const id of foreign) expect(await send({ [`invoice_${id}`]: '120' })).to.equal(404);
    expect(await send({ [one.amount]: '120', [`invoice_${foreign[0]}`]: '120' })).to.equal(404);
    expect(await send({ [one.amount]: '120', method: card })).to.equal(404);
    expect(await send({})).to.equal(404);
    expect(await paymentsOf(one)).to.eql([]);
    expect(await paymentsOf(two)).to.eql([]);
  });

  it('is for a company where the person acts for it, and only with the permission to pay', async () => {
    const { visitor, account, base } = await payments.inRole('accounts_payable');
    await payments.addMethod(account.owner);
    const { id } = await account.issue(120_00n);
    const paid = await (
      await visitor.visit(`${base}/billing/payments/new?invoice=${id}`)
    ).submit('Pay now', {});
    expect(paid.path).to.match(new RegExp(`^${base}/billing/payments/`));
    expect(paid.text).to.include('Paid.');
    const viewer = await payments.inRole('view_only');
    expect((await viewer.visitor.visit(`${viewer.base}/billing/payments/new`)).status).to.equal(403);
    await viewer.account.issue(10_00n);
    expect((await viewer.visitor.visit(`${viewer.base}/billing`)).buttons).to.not.include(
      'Pay selected invoices',
    );
  });

  it('redirects anonymous users to the login page', async () => {
    const anonymous = new Visitor(payments.portal, payments.tenant.account);
    expect((await anonymous.visit('/account/billing/payments/new')).path).to.equal('/account/login');
  });
});
