import { expect } from 'chai';
import { openAccount } from '../../../src/domain/billing-account/billing-account.ts';
import { openPage } from '../../../src/domain/payment/open-payment-page.ts';
import { startPayment } from '../../../src/domain/payment/start-payment.ts';
import { chargeDeps } from '../../../src/gateways/charge-deps.ts';
import { billingActor } from '../../support/money.ts';
import { addCard, sandboxOf, startCards } from '../../support/stored-cards.ts';

describe('A payment on an open page', () => {
  const suite = startCards();

  async function openPageOf(id: string): Promise<string> {
    const sandbox = await sandboxOf(suite.account);
    const started = await suite.account.run(async (db, billing) =>
      startPayment(db, billingActor, billing, {
        account: await openAccount(db, suite.account.owner, billing.currency),
        gateway: { id: sandbox.id, service: 'sandbox' },
        invoices: [{ invoice_id: id, amount_cents: 120_00n }],
        by: 'page',
        request_key: null,
        started_by: 'customer',
      }),
    );
    if (!started.ok) throw new Error('not started');
    await openPage(chargeDeps(suite.portal), suite.tenant.id, started.payment_id);
    return started.payment_id;
  }

  it('is followed by a record of money, which closes the open page of the customer', async () => {
    const { id, label } = await suite.account.issue(120_00n);
    const payment = await openPageOf(id);
    expect(
      (await suite.manager.visit('/payments?status=waiting')).rows(suite.account.company.name)[0],
    ).to.include('Waiting for the customer');
    const form = await suite.manager.visit(`/payments/new?customer=${suite.account.company.code}`);
    expect(form.flashes.join()).to.include(`A payment of ${label} is on its way`);
    const tooMuch = await form.submit('Record payment', { Amount: '120', [label!]: '121' });
    expect(tooMuch.status).to.equal(422);
    const page = `/payments/${payment}`;
    expect((await suite.manager.visit(page)).badges).to.include('Waiting for the customer');
    await form.submit('Record payment', { Amount: '120' });
    expect(await suite.account.invoice(id)).to.include({ status: 'paid' });
    expect((await suite.manager.visit(page)).badges).to.include('Cancelled');
  });

  it('is followed by a charge of stored payment details, which closes the open page of the customer', async () => {
    await addCard(suite.account);
    const { id } = await suite.account.issue(120_00n);
    const form = await suite.manager.visit(`/invoices/${id}/charge`);
    const payment = await openPageOf(id);
    const page = await form.submit('Charge $120.00');
    expect(page.badges).to.include('Received');
    expect((await suite.manager.visit(`/payments/${payment}`)).badges).to.include('Cancelled');
  });
});
