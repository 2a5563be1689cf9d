import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { withClock } from '../../../src/database/clock.ts';
import { closePages, openPage } from '../../../src/domain/payment/open-payment-page.ts';
import { readPayment } from '../../../src/domain/payment/read-payment.ts';
import { advanceDuePayments } from '../../../src/tasks/payment-worker.ts';
import { describePayments } from '../../support/gateway-payments.ts';

describePayments('payments on a page of the gateway', (payments) => {
  const open = (id: string) => openPage(payments().deps, payments().tenant.id, id);
  const close = (invoiceId: string) => closePages(payments().deps, payments().tenant.id, [invoiceId]);
  const sessionOf = async (id: string) => (await payments().payment(id))['gateway_session_id'] as string;

  async function startOnPage(values: { saves_method?: boolean } = {}) {
    const { id: invoiceId } = await payments().issue(120_00n);
    const paid = [{ invoice_id: invoiceId, amount_cents: 120_00n }];
    const id = await payments().startOne(paid, { by: 'page', ...values });
    return { invoiceId, id, paid };
  }

  async function runAfter(hours: number): Promise<void> {
    const database = withClock(payments().portal.database, hours * 3_600_000);
    await advanceDuePayments({ ...payments().deps, database });
  }

  it('are settled when the customer has paid', async () => {
    const { invoiceId, id } = await startOnPage();
    expect(await open(id)).to.match(/^https:\/\/pay\.example\//);
    expect((await payments().invoice(invoiceId))['status']).to.equal('pending');
    payments().gateway.payOnPage(await sessionOf(id));
    await payments().receiveEvent(await sessionOf(id), 'session.completed');
    expect((await payments().payment(id))['status']).to.equal('succeeded');
    expect((await payments().invoice(invoiceId))['status']).to.equal('paid');
    expect(await payments().emails('receipt')).to.have.length(1);
  });

  it('are settled by the worker when no event arrives', async () => {
    const { id } = await startOnPage();
    await open(id);
    payments().gateway.payOnPage(await sessionOf(id));
    await payments().runWorker();
    expect((await payments().payment(id))['status']).to.equal('succeeded');
  });

  it('open the same page again while it is open', async () => {
    const { id } = await startOnPage();
    const url = await open(id);
    expect(await open(id)).to.equal(url);
    expect(payments().gateway.sessions.size).to.equal(1);
  });

  it('store the method if the customer wants it, as the default of a customer without one', async () => {
    await payments().portal.owner.query('delete from payment_methods where id = $1', [payments().methodId]);
    const { id } = await startOnPage({ saves_method: true });
    await open(id);
    payments().gateway.payOnPage(await sessionOf(id));
    await payments().runWorker();
    const { rows } = await payments().portal.owner.query(
      'select brand, last4, status, is_default from payment_methods where tenant_id = $1',
      [payments().tenant.id],
    );
    expect(rows).to.eql([{ brand: 'Visa', last4: '4242', status: 'active', is_default: true }]);
  });

  it('are cancelled when the page expires, and leave the invoice as it was', async () => {
    const { invoiceId, id } = await startOnPage();
    await open(id);
    await runAfter(1);
    expect((await payments().payment(id))['status']).to.equal('cancelled');
    expect((await payments().invoice(invoiceId))['status']).to.equal('sent');
    expect(payments().gateway.sessions.get(await sessionOf(id))!.state.state).to.equal('expired');
  });

  it('are cancelled after 30 minutes also when the page of the service stays open for longer', async () => {
    const { id } = await startOnPage();
    payments().gateway.pageMinutes = 24 * 60;
    await open(id);
    await runAfter(0.49);
    expect((await payments().payment(id))['status']).to.equal('requires_action');
    await runAfter(0.51);
    expect((await payments().payment(id))['status']).to.equal('cancelled');
    expect(payments().gateway.sessions.get(await sessionOf(id))!.state.state).to.equal('expired');
  });

  it('are cancelled when the page could not be opened', async () => {
    const { invoiceId, id } = await startOnPage();
    payments().gateway.failNext('openPaymentPage', 'no_response');
    expect(await open(id)).to.equal(undefined);
    expect((await payments().payment(id))['status']).to.equal('cancelled');
    expect((await payments().invoice(invoiceId))['status']).to.equal('sent');
  });

  it('are cancelled by the worker when the process stopped before the page was opened', async () => {
    const { invoiceId, id } = await startOnPage();
    await payments().runWorker();
    expect((await payments().payment(id))['status']).to.equal('cancelled');
    expect((await payments().invoice(invoiceId))['status']).to.equal('sent');
  });

  it('are closed before the invoice is paid in another way', async () => {
    const { invoiceId, id, paid } = await startOnPage();
    await open(id);
    expect(await close(invoiceId)).to.eql([]);
    const session = await sessionOf(id);
    expect(() => payments().gateway.payOnPage(session)).to.throw('closed');
    await payments().charge(paid);
    expect(payments().gateway.balance).to.equal(120_00n);
    expect((await payments().invoice(invoiceId))['status']).to.equal('paid');
  });

  it('leave recorded money as credit while they are on their way, and it pays the invoice when they fail', async () => {
    const { invoiceId, paid } = await startOnPage();
    const refused = await payments().pay(120_00n, { is_pending_refused: true });
    expect(refused).to.deep.include({ errors: [{ field: 'amount', code: 'payment_pending' }] });
    expect(await payments().pay(120_00n, { chosen: paid })).to.nested.include({
      'payment.credit_cents': 120_00n,
      'payment.is_beside_pending': true,
    });
    await payments().runWorker();
    expect(await payments().invoice(invoiceId)).to.include({ status: 'paid' });
    expect(await payments().balance()).to.include({ credit: '0' });
  });

  it('are settled instead of closed when the customer has just paid', async () => {
    const { invoiceId, id } = await startOnPage();
    await open(id);
    payments().gateway.payOnPage(await sessionOf(id));
    expect(await close(invoiceId)).to.eql([]);
    expect((await payments().payment(id))['status']).to.equal('succeeded');
    expect((await payments().invoice(invoiceId))['status']).to.equal('paid');
  });

  describe('for a charge that the bank wants to see confirmed', () => {
    async function startUnconfirmed() {
      const { id: invoiceId } = await payments().issue(120_00n);
      await payments().setBehaviour('needs_customer');
      const id = await payments().charge([{ invoice_id: invoiceId, amount_cents: 120_00n }]);
      return { invoiceId, id };
    }

    it('ask the customer by email, and pay when they confirm', async () => {
      const { invoiceId, id } = await startUnconfirmed();
      expect(await payments().payment(id)).to.include({ status: 'requires_action', needs: 'customer' });
      expect((await payments().invoice(invoiceId))['status']).to.equal('pending');
      const emails = await payments().emails('paymentActionNeeded');
      expect(emails.map(({ path }) => path)).to.eql([
        `/account/companies/${payments().company.id}/billing/payments/${id}`,
      ]);
      const former = [...payments().gateway.charges.keys()][0]!;
      expect(await open(id)).to.match(/^https:/);
      expect(payments().gateway.charges.get(former)!.state.status).to.equal('cancelled');
      payments().gateway.payOnPage(await sessionOf(id));
      await readPayment(payments().deps, payments().tenant.id, id);
      expect((await payments().payment(id))['status']).to.equal('succeeded');
      expect(payments().gateway.balance).to.equal(120_00n);
    });

    it('fail after 24 hours', async () => {
      const { invoiceId, id } = await startUnconfirmed();
      await runAfter(23);
      expect((await payments().payment(id))['status']).to.equal('requires_action');
      await runAfter(25);
      expect(await payments().payment(id)).to.include({
        status: 'failed',
        failure_code: 'authentication_expired',
        next_retry_on: null,
      });
      expect((await payments().invoice(invoiceId))['status']).to.equal('failed');
      expect(await payments().emails('chargeFailed')).to.have.length(1);
    });

    it('fail after 24 hours also when a page was opened and left', async () => {
      const { id } = await startUnconfirmed();
      await open(id);
      await runAfter(2);
      expect((await payments().payment(id))['status']).to.equal('requires_action');
      await runAfter(25);
      expect((await payments().payment(id))['status']).to.equal('failed');
    });

    it('fail after 24 hours also when the process stopped before it stored the page', async () => {
      const { invoiceId, id } = await startUnconfirmed();
      payments().gateway.failNext('openPaymentPage', 'killed_after_effect');
      await Promise.race([open(id), delay(300)]);
      await runAfter(1);
      expect((await payments().payment(id))['status']).to.equal('requires_action');
      await runAfter(25);
      expect((await payments().payment(id))['status']).to.equal('failed');
      expect((await payments().invoice(invoiceId))['status']).to.equal('failed');
    });

    it('can be opened again after a page has expired', async () => {
      const { id } = await startUnconfirmed();
      const first = await open(id);
      await runAfter(2);
      const second = await open(id);
      expect(second)
        .to.match(/^https:/)
        .and.not.equal(first);
      payments().gateway.payOnPage(await sessionOf(id));
      await payments().runWorker();
      expect(payments().gateway.balance).to.equal(120_00n);
    });

    it('are cancelled when the invoice is paid in another way', async () => {
      const { invoiceId, id } = await startUnconfirmed();
      expect(await close(invoiceId)).to.eql([]);
      expect((await payments().payment(id))['status']).to.equal('cancelled');
      expect((await payments().invoice(invoiceId))['status']).to.equal('sent');
    });
  });
});
