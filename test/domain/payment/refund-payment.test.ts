import { expect } from 'chai';
import { issueCreditNote } from '../../../src/domain/invoice/credit-note.ts';
import { decidePayout, requestRefunds, sendRefund } from '../../../src/domain/payment/refund-payment.ts';
import { GatewayUnknown } from '../../../src/domain/gateway/gateway.ts';
import { processDueEvents } from '../../../src/tasks/gateway-event-worker.ts';
import { createStaff } from '../../support/factories.ts';
import { describePayments } from '../../support/gateway-payments.ts';
import { billingActor } from '../../support/money.ts';

describePayments('refunds', (payments) => {
  const payAndCredit = async (amount: bigint, total_cents: bigint) => {
    const { id } = await payments().issue(amount);
    const payment = await payments().charge([{ invoice_id: id, amount_cents: amount }]);
    await payments().run((db, billing) =>
      issueCreditNote(db, billingActor, billing, {
        invoice_id: id,
        parts: [{ position: 1, total_cents }],
        reason: 'Damaged',
      }),
    );
    return payment;
  };

  const request = (amount: bigint) =>
    payments().withAccount(({ db, billing, account }) =>
      requestRefunds(db, billingActor, billing, account, amount),
    );

  const requested = async (amount: bigint): Promise<string[]> => {
    const result = await request(amount);
    if (!result.ok) throw new Error(JSON.stringify(result.errors));
    return result.payment_ids;
  };

  const send = (id: string) => sendRefund(payments().deps, payments().tenant.id, id);

  it('return credit to the card from which it came', async () => {
    const payment = await payAndCredit(144_00n, 97_55n);
    expect(await payments().balance()).to.include({ credit: '9755' });
    const [refund] = await requested(97_55n);
    await send(refund!);
    expect(await payments().payment(refund!)).to.include({
      status: 'succeeded',
      direction: 'out',
      is_due: false,
    });
    expect(await payments().payment(payment)).to.include({ status: 'succeeded', refunded: '9755' });
    expect(await payments().balance()).to.include({ credit: '0', receivable: '0' });
    expect(payments().gateway.balance).to.equal(46_45n);
    expect((await payments().events()).slice(-2)).to.eql(['refund.requested', 'refund.succeeded']);
    const emails = await payments().emails('refundSent');
    expect(emails).to.have.length(1);
    expect(emails[0]).to.include({ amount_cents: '9755', method: 'Visa •••• 4242' });
  });

  it('are refused for more than is left, naming it', async () => {
    await payAndCredit(120_00n, 120_00n);
    const [refund] = await requested(60_00n);
    await send(refund!);
    expect(await request(61_00n)).to.deep.include({
      errors: [{ field: 'amount', code: 'refund_too_large', params: { rest: '60.00' } }],
    });
  });

  it('take the newest payment first, and leave to staff what no card covers', async () => {
    await payments().portal.owner.query(
      'update billing_settings set applies_credit = false where tenant_id = $1',
      [payments().tenant.id],
    );
    const may = await payAndCredit(50_00n, 50_00n);
    await payments().portal.owner.query(
      'update payments set settled_at = settled_at - interval $$30 days$$ where id = $1',
      [may],
    );
    const june = await payAndCredit(70_00n, 70_00n);
    await payments().pay(15_00n, { is_deposit: true });
    const ids = await requested(100_00n);
    for (const id of ids) await send(id);
    expect((await payments().payment(june))['refunded']).to.equal('7000');
    expect((await payments().payment(may))['refunded']).to.equal('3000');
    const more = await requested(35_00n);
    expect(await payments().payment(more[1]!)).to.include({
      status: 'created',
      channel: 'other',
      amount: '1500',
    });
    await payments().run((db, billing) =>
      decidePayout(db, billingActor, billing, { id: more[1]!, is_paid: true }),
    );
    expect(await payments().payment(more[1]!)).to.include({ status: 'succeeded' });
    expect(await payments().balance()).to.include({ credit: '0' });
  });

  it('that staff do not pay out are credit again', async () => {
    await payments().pay(15_00n, { is_deposit: true });
    const [id] = await requested(15_00n);
    expect(await payments().balance()).to.include({ credit: '0' });
    const decide = (is_paid: boolean) =>
      payments().run((db, billing) => decidePayout(db, billingActor, billing, { id: id!, is_paid }));
    await decide(false);
    expect(await payments().balance()).to.include({ credit: '1500' });
    expect(await decide(true)).to.deep.include({ errors: [{ field: 'payment', code: 'not_a_payout' }] });
  });

  it('that fail are credit again, and staff are told', async () => {
    const staff = await createStaff(payments().portal, payments().tenant);
    await payments().portal.owner.query('update users set alerts_of_payments = true where id = $1', [
      staff.id,
    ]);
    const payment = await payAndCredit(120_00n, 90_00n);
    const [refund] = await requested(90_00n);
    payments().gateway.failNext('refund', 'refused');
    await send(refund!);
    expect(await payments().payment(refund!)).to.include({ status: 'failed', failure_code: 'refused' });
    expect((await payments().payment(payment))['refunded']).to.equal('0');
    expect(await payments().balance()).to.include({ credit: '9000' });
    expect((await payments().events()).at(-1)).to.equal('refund.failed');
    const alerts = await payments().emails('paymentFailedAlert');
    expect(alerts).to.have.length(1);
    expect(alerts[0]).to.include({ is_refund: 'true', customer: payments().company.name });
  });

  it('whose money the bank sends back later are credit again', async () => {
    await payAndCredit(120_00n, 90_00n);
    const [refund] = await requested(90_00n);
    await send(refund!);
    const [external] = [...payments().gateway.refunds.keys()];
    payments().gateway.refunds.get(external!)!.state = { refundId: external!, status: 'failed' };
    await payments().receiveEvent(external!, 'refund.failed');
    expect((await payments().payment(refund!))['status']).to.equal('failed');
    expect(await payments().balance()).to.include({ credit: '9000' });
    const { rows } = await payments().portal.owner.query<{ call: string }>(
      'select call, outcome from payment_attempts where payment_id = $1 order by id',
      [refund],
    );
    expect(rows).to.eql([
      { call: 'refund', outcome: 'succeeded' },
      { call: 'read', outcome: 'failed' },
    ]);
  });

  it('that the bank sends back are credit again also when the event could not be processed at first', async () => {
    await payAndCredit(120_00n, 90_00n);
    const [refund] = await requested(90_00n);
    await send(refund!);
    const external = (await payments().payment(refund!))['gateway_object_id'] as string;
    const failure = { code: 'lost_or_stolen_card', text: 'The bank did not accept the refund.' };
    const { readRefund } = payments().gateway;
    payments().gateway.readRefund = () => Promise.reject(new GatewayUnknown('There was no response in time'));
    await payments().receiveEvent(external, 'refund.failed');
    expect((await payments().payment(refund!))['status']).to.equal('succeeded');
    payments().gateway.readRefund = readRefund;
    payments().gateway.refunds.get(external)!.state = { refundId: external, status: 'failed', failure };
    await payments().makeDue('gateway_events');
    await processDueEvents(payments().deps);
    expect((await payments().payment(refund!))['status']).to.equal('failed');
    expect(await payments().balance()).to.include({ credit: '9000' });
  });

  for (const fault of [
    'error_after_effect',
    'cut_before_effect',
    'no_response',
    'killed_before_effect',
    'killed_after_effect',
  ] as const)
    it(`are sent once after ${fault}`, async () => {
      await payAndCredit(120_00n, 120_00n);
      const [refund] = await requested(50_00n);
      payments().gateway.failNext('refund', fault);
      const pause = new Promise((resolve) => setTimeout(resolve, 300));
      await Promise.race([send(refund!), pause]);
      expect(['unknown', 'submitting']).to.include((await payments().payment(refund!))['status']);
      await payments().runWorker();
      expect((await payments().payment(refund!))['status']).to.equal('succeeded');
      expect(payments().gateway.balance).to.equal(70_00n);
      expect(await payments().emails('refundSent')).to.have.length(1);
    });

  it('whose outcome stays unknown are left to staff before the service forgets the request', async () => {
    await payAndCredit(120_00n, 120_00n);
    const [refund] = await requested(50_00n);
    payments().gateway.failNext('refund', 'cut_before_effect');
    payments().gateway.failNext('refund', 'cut_before_effect');
    await send(refund!);
    await payments().runWorker();
    expect(await payments().payment(refund!)).to.include({ status: 'unknown', is_due: true });
    await payments().portal.owner.query(
      `update payments set created_at = created_at - interval '21 hours' where id = $1`,
      [refund],
    );
    await payments().runWorker();
    expect(await payments().payment(refund!)).to.include({ status: 'unknown', is_due: false });
    expect(payments().gateway.balance).to.equal(120_00n);
  });
});
