import { expect } from 'chai';
import { newId } from '../../../../src/database/new-id.ts';
import { CustomerPayments } from '../../../support/customer-payments.ts';
import { sql } from '../../../support/rows.ts';

describe('After staff have replaced the payment service, a customer', () => {
  let payments: CustomerPayments;

  before(async () => {
    payments = await CustomerPayments.start();
  });

  /** The cards are of a sandbox that was active before. */
  async function withFormerCard({ number }: { number?: string } = {}) {
    const { visitor, account } = await payments.person();
    const card = await payments.addMethod(account.owner, number);
    const invoice = await account.issue(120_00n);
    await (await visitor.visit('/account/billing')).submit('Turn on autopay');
    const gateway = newId();
    await sql(
      payments.portal,
      `insert into gateways (tenant_id, id, service, mode, is_active) values ($1, $2, 'sandbox', 'test', false)`,
      [payments.tenant.id, gateway],
    );
    await sql(payments.portal, 'update payment_methods set gateway_id = $2 where id = $1', [card, gateway]);
    return { visitor, account, card, invoice };
  }

  it('is asked to add their payment details again, and reads that nothing is charged', async () => {
    const { visitor } = await withFormerCard();
    const billing = (await visitor.visit('/account/billing')).find('#payment-details')!.text;
    expect(billing)
      .to.include('Add your payment details again')
      .and.include('Not charged')
      .and.include('Autopay is on, but there is no payment method that can be charged.')
      .and.not.include('Make default')
      .and.not.include('We will charge');
    const first = await visitor.visit('/account');
    expect(first.text).to.include('Add your payment details again').and.not.include('We will charge');
  });

  it('is not offered the former card to pay with, and cannot make it the default', async () => {
    const { visitor, card, invoice } = await withFormerCard();
    const form = await visitor.visit(`/account/billing/payments/new?invoice=${invoice.id}`);
    expect(form.text).to.not.include('Visa ending 4242');
    const body = { when: 'now', method: card, [`invoice_${invoice.id}`]: '120' };
    const refused = await visitor.postFrom(form, '/account/billing/payments', body);
    expect(refused.status).to.equal(422);
    expect(refused.text).to.include('This payment method cannot be used. Select another one');
    await sql(payments.portal, 'update payment_methods set is_default = false where id = $1', [card]);
    await visitor.postFrom(form, `/account/billing/payment-methods/${card}/default`);
    const [row] = await sql<{ is_default: boolean }>(
      payments.portal,
      'select is_default from payment_methods where id = $1',
      [card],
    );
    expect(row!.is_default).to.equal(false);
  });

  it('gets a new default with the first card that they add or save', async () => {
    const added = await withFormerCard();
    const form = await added.visitor.visit('/account/billing/payment-methods/new');
    const waiting = await form.submit('Add payment details', {});
    const hosted = await waiting.follow('Continue to the payment page');
    await hosted.submit('Save card', {
      card_number: '5555555555554444',
      expiry: '12/45',
      security_code: '123',
    });
    await payments.runWorkers();
    const billing = await added.visitor.visit('/account/billing');
    expect(billing.find('#payment-details')!.text)
      .to.match(/Mastercard ending 4444 · expires 12\/45\s*Default/)
      .and.include('to Mastercard ending 4444.');
    const saved = await withFormerCard();
    const pay = await saved.visitor.visit(`/account/billing/payments/new?invoice=${saved.invoice.id}`);
    const started = await pay.submit('Pay now', { saves_method: true });
    const page = await started.follow('Continue to the payment page');
    await page.submit('Pay $120.00', {
      card_number: '5555555555554444',
      expiry: '12/45',
      security_code: '123',
    });
    await payments.runWorkers();
    expect((await saved.visitor.visit('/account/billing')).find('#payment-details')!.text).to.match(
      /Mastercard ending 4444 · expires 12\/45\s*Default/,
    );
  });

  it('replaces the former card by a new one, which takes over autopay', async () => {
    const { visitor } = await withFormerCard();
    const form = await (await visitor.visit('/account/billing')).follow('Replace Visa ending 4242');
    expect(form.h1).to.equal('Replace Visa ending 4242');
    const waiting = await form.submit('Add payment details', {});
    const hosted = await waiting.follow('Continue to the payment page');
    await hosted.submit('Save card', {
      card_number: '5555555555554444',
      expiry: '12/45',
      security_code: '123',
    });
    await payments.runWorkers();
    const details = (await visitor.visit('/account/billing')).find('#payment-details')!.text;
    expect(details)
      .to.include('Mastercard ending 4444')
      .and.include('Turn off autopay')
      .and.include('We will charge $120.00')
      .and.not.include('Add your payment details again');
  });
});
