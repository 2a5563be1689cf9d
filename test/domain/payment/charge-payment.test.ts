import { expect } from 'chai';
import { withClock } from '../../../src/database/clock.ts';
import { issueCreditNote } from '../../../src/domain/invoice/credit-note.ts';
import { deleteInvoice } from '../../../src/domain/invoice/invoice-actions.ts';
import { writeOff } from '../../../src/domain/invoice/write-off.ts';
import { makeDefault } from '../../../src/domain/payment-method/payment-method-actions.ts';
import { advancePayment } from '../../../src/domain/payment/advance-payment.ts';
import { chargePayment } from '../../../src/domain/payment/charge-payment.ts';
import { listAttempts } from '../../../src/domain/payment/payment-queries.ts';
import { readPayment } from '../../../src/domain/payment/read-payment.ts';
import { openPage } from '../../../src/domain/payment/open-payment-page.ts';
import { continueRetry, retryPayment, stopRetrying } from '../../../src/domain/payment/retry-payment.ts';
import { disputeInvoice } from '../../../src/domain/payment/short-payments.ts';
import { undoPayment } from '../../../src/domain/payment/payment-actions.ts';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { GatewayUnknown } from '../../../src/domain/gateway/gateway.ts';
import { processDueEvents } from '../../../src/tasks/gateway-event-worker.ts';
import { advanceDuePayments } from '../../../src/tasks/payment-worker.ts';
import { createStaff } from '../../support/factories.ts';
import { describePayments } from '../../support/gateway-payments.ts';
import { billingActor } from '../../support/money.ts';

describePayments('payments by a stored method', (payments) => {
  const whole = async (amount: bigint) => {
    const { id } = await payments().issue(amount);
    return { id, paid: [{ invoice_id: id, amount_cents: amount }] };
  };

  const credit = (invoice_id: string, total_cents: bigint) =>
    payments().run((db, billing) =>
      issueCreditNote(db, billingActor, billing, {
        invoice_id,
        parts: [{ position: 1, total_cents }],
        reason: 'Damaged',
      }),
    );

  const onlyCharge = () => [...payments().gateway.charges.keys()].at(-1)!;

  it('pay the invoice and send one receipt', async () => {
    const { id, paid } = await whole(120_00n);
    const payment = await payments().charge(paid);
    expect(await payments().payment(payment)).to.include({
      status: 'succeeded',
      amount: '12000',
      is_due: false,
    });
    expect(await payments().invoice(id)).to.include({ status: 'paid', open: '0' });
    expect(payments().gateway.balance).to.equal(120_00n);
    expect(await payments().events()).to.eql(['payment.started', 'payment.succeeded']);
    const receipts = await payments().emails('receipt');
    expect(receipts).to.have.length(1);
    expect(receipts[0]).to.include({ amount_cents: '12000', payment_id: payment });
    await readPayment(payments().deps, payments().tenant.id, payment);
    expect(await payments().emails('receipt')).to.have.length(1);
  });

  it('keep the calls to the gateway with their requests, also when a confirmation has no result', async () => {
    const { paid } = await whole(120_00n);
    payments().gateway.failNext('confirmCharge', 'error_after_effect');
    const payment = await payments().charge(paid);
    await payments().runWorker();
    const attempts = await payments().run((db) => listAttempts(db, payment));
    const shown = attempts.map(({ call, outcome, gateway_request_id }) => [
      call,
      outcome,
      gateway_request_id,
    ]);
    expect(shown).to.eql([
      ['create', 'ready', `req ${payment}:create:1`],
      ['confirm', 'unknown', `req ${payment}:confirm:1`],
      ['read', 'succeeded', null],
    ]);
  });

  it('keep their invoices pending until the charge has a result', async () => {
    const { id, paid } = await whole(120_00n);
    await payments().setBehaviour('is_processing');
    const payment = await payments().charge(paid);
    expect((await payments().payment(payment))['status']).to.equal('processing');
    expect((await payments().invoice(id))['status']).to.equal('pending');
    expect(await payments().emails('receipt')).to.eql([]);
    payments().gateway.settle(onlyCharge(), { status: 'succeeded', received: 120_00n });
    await payments().receiveEvent(onlyCharge());
    expect((await payments().invoice(id))['status']).to.equal('paid');
  });

  it('start once when the same form is sent twice, and when two forms are sent at the same time', async () => {
    const { id, paid } = await whole(120_00n);
    const [first, second] = await Promise.all([
      payments().start(paid, { request_key: 'form-1' }),
      payments().start(paid, { request_key: 'form-1' }),
    ]);
    expect(second).to.deep.equal(first);
    const pending = { errors: [{ field: `invoice_${id}`, code: 'payment_pending' }] };
    expect(await payments().start(paid, { request_key: 'form-2' })).to.deep.include(pending);
    expect(await payments().start(paid, { started_by: 'autopay' })).to.deep.include(pending);
    const { payment_id } = first as { payment_id: string };
    const charge = () => chargePayment(payments().deps, payments().tenant.id, payment_id);
    await Promise.all([charge(), charge(), charge()]);
    await payments().runWorker();
    expect(payments().gateway.balance).to.equal(120_00n);
    expect(await payments().emails('receipt')).to.have.length(1);
  });

  it('are refused for too much, too little, nothing, and a method of another account', async () => {
    const { id, paid } = await whole(120_00n);
    const refusal = async (amount_cents: bigint, values = {}) => {
      const result = await payments().start([{ invoice_id: id, amount_cents, ...values }]);
      return result.ok ? undefined : result.errors[0]!.code;
    };
    expect(await refusal(120_01n)).to.equal('allocation_too_large');
    expect(await refusal(0n)).to.equal('nothing_to_pay');
    expect(await refusal(100_00n)).to.equal('short_payment_without_reason');
    expect(await refusal(49n, { reason: 'Price' })).to.equal('below_minimum');
    const other = await payments().start(paid, { by: { method_id: crypto.randomUUID() } });
    expect(other).to.deep.include({ errors: [{ field: 'method', code: 'method_unusable' }] });
    expect(payments().gateway.calls).to.eql([]);
  });

  it('fail with a reason and are tried again 3 days later, and at most three times', async () => {
    const { id, paid } = await whole(120_00n);
    await payments().setBehaviour('insufficient_funds');
    const payment = await payments().charge(paid);
    const { today } = await payments().run((_, billing) => Promise.resolve(billing));
    expect(await payments().payment(payment)).to.include({
      status: 'failed',
      failure_code: 'insufficient_funds',
      next_retry_on: addDays(today, 3),
      needs: 'nothing',
    });
    expect((await payments().invoice(id))['status']).to.equal('failed');
    expect(await payments().events()).to.eql(['payment.started', 'payment.failed']);
    await advancePayment(payments().deps, payments().tenant.id, payment);
    expect((await payments().payment(payment))['next_retry_on']).to.equal(addDays(today, 5));
    await advancePayment(payments().deps, payments().tenant.id, payment);
    expect((await payments().payment(payment))['next_retry_on']).to.equal(addDays(today, 7));
    await advancePayment(payments().deps, payments().tenant.id, payment);
    expect(await payments().payment(payment)).to.include({
      next_retry_on: null,
      failures: '4',
      is_due: false,
    });
    const emails = await payments().emails('chargeFailed');
    expect(emails.map(({ on }) => on)).to.eql([
      addDays(today, 3),
      addDays(today, 5),
      addDays(today, 7),
      undefined,
    ]);
    expect(payments().gateway.charges.size).to.equal(4);
  });

  it('wait for the day of the next try, which the worker then charges', async () => {
    const { id, paid } = await whole(120_00n);
    await payments().setBehaviour('insufficient_funds');
    const payment = await payments().charge(paid);
    await payments().setBehaviour('succeeds');
    const after = (days: number) => ({
      ...payments().deps,
      database: withClock(payments().portal.database, days * 86_400_000),
    });
    await advanceDuePayments(after(2));
    expect((await payments().payment(payment))['status']).to.equal('failed');
    await advanceDuePayments(after(4));
    expect((await payments().payment(payment))['status']).to.equal('succeeded');
    expect((await payments().invoice(id))['status']).to.equal('paid');
    expect(payments().gateway.paidCharges).to.have.length(1);
  });

  it('are not tried again before the former charge is known to be ended', async () => {
    const { paid } = await whole(120_00n);
    await payments().setBehaviour('insufficient_funds');
    const payment = await payments().charge(paid);
    await payments().setBehaviour('succeeds');
    const { cancelCharge } = payments().gateway;
    payments().gateway.cancelCharge = () =>
      Promise.reject(new GatewayUnknown('There was no response in time'));
    await payments().runWorkerAfter(4);
    expect(await payments().payment(payment)).to.include({ status: 'failed', is_due: true });
    payments().gateway.cancelCharge = cancelCharge;
    await payments().runWorkerAfter(5);
    expect((await payments().payment(payment))['status']).to.equal('succeeded');
    expect(payments().gateway.balance).to.equal(120_00n);
  });

  it('leave out what is disputed when they are tried again', async () => {
    const { id, paid } = await whole(120_00n);
    await payments().setBehaviour('insufficient_funds');
    const payment = await payments().charge(paid);
    await payments().setBehaviour('succeeds');
    await payments().charge([{ invoice_id: id, amount_cents: 70_00n, reason: 'Price' }]);
    await payments().runWorkerAfter(4);
    expect(await payments().payment(payment)).to.include({ status: 'failed', next_retry_on: null });
    expect(payments().gateway.balance).to.equal(70_00n);
  });

  it('close a page of the same invoice before they are tried again', async () => {
    const { id, paid } = await whole(120_00n);
    await payments().setBehaviour('insufficient_funds');
    const payment = await payments().charge(paid);
    await payments().setBehaviour('succeeds');
    const page = await payments().startOne(paid, { by: 'page' });
    await openPage(payments().deps, payments().tenant.id, page);
    await continueRetry(payments().deps, payments().tenant.id, payment);
    expect((await payments().payment(page))['status']).to.equal('cancelled');
    expect((await payments().payment(payment))['status']).to.equal('succeeded');
    expect((await payments().invoice(id))['status']).to.equal('paid');
    expect(payments().gateway.balance).to.equal(120_00n);
  });

  it('wait for another payment of the same invoice before they are tried again', async () => {
    const { paid } = await whole(120_00n);
    await payments().setBehaviour('insufficient_funds');
    const payment = await payments().charge(paid);
    await payments().setBehaviour('is_processing');
    await payments().charge(paid);
    await payments().runWorkerAfter(4);
    expect(await payments().payment(payment)).to.include({ status: 'failed', is_due: true });
    const failure = { code: 'no_account', retry: 'never', text: 'No.' } as const;
    payments().gateway.settle(onlyCharge(), { status: 'failed', failure });
    await payments().receiveEvent(onlyCharge());
    await payments().run((db) =>
      db
        .from('payment_methods')
        .update({ status: 'active' })
        .then(() => undefined),
    );
    await payments().setBehaviour('succeeds');
    await payments().runWorkerAfter(5);
    expect((await payments().payment(payment))['status']).to.equal('succeeded');
  });

  it('end the former charge before they are tried again, and charge what is still open', async () => {
    const { id, paid } = await whole(120_00n);
    await payments().setBehaviour('insufficient_funds');
    const payment = await payments().charge(paid);
    const former = onlyCharge();
    await payments().pay(20_00n);
    await payments().setBehaviour('succeeds');
    await advancePayment(payments().deps, payments().tenant.id, payment);
    expect(payments().gateway.charges.get(former)!.state.status).to.equal('cancelled');
    expect(payments().gateway.balance).to.equal(100_00n);
    expect((await payments().invoice(id))['status']).to.equal('paid');
  });

  it('are not tried again when the former charge has succeeded after all', async () => {
    const { paid } = await whole(120_00n);
    await payments().setBehaviour('insufficient_funds');
    const payment = await payments().charge(paid);
    payments().gateway.settle(onlyCharge(), { status: 'succeeded', received: 120_00n });
    await advancePayment(payments().deps, payments().tenant.id, payment);
    expect((await payments().payment(payment))['status']).to.equal('succeeded');
    expect(payments().gateway.charges.size).to.equal(1);
  });

  it('are not tried again when the card was stolen, but charge a new default method at once', async () => {
    const { id, paid } = await whole(120_00n);
    await payments().setBehaviour('stolen_card');
    const payment = await payments().charge(paid);
    expect(await payments().payment(payment)).to.include({
      status: 'failed',
      needs: 'new_method',
      next_retry_on: null,
      is_due: false,
    });
    expect((await payments().emails('chargeFailed'))[0]).to.include({ needs: 'new_method' });
    const { rows } = await payments().portal.owner.query('select status from payment_methods where id = $1', [
      payments().methodId,
    ]);
    expect(rows).to.eql([{ status: 'needs_attention' }]);
    const method = await payments().addMethod('succeeds');
    await payments().run((db, billing) => makeDefault(db, billingActor, billing, method));
    await payments().runWorker();
    expect((await payments().invoice(id))['status']).to.equal('paid');
    expect(payments().gateway.balance).to.equal(120_00n);
    expect(await payments().payment(payment)).to.include({ status: 'failed', needs: 'nothing' });
  });

  it('are tried again by staff at once, or are stopped', async () => {
    const { paid } = await whole(120_00n);
    await payments().setBehaviour('insufficient_funds');
    const payment = await payments().charge(paid);
    await payments().run((db) => stopRetrying(db, billingActor, payment));
    expect(await payments().payment(payment)).to.include({ next_retry_on: null, is_due: false });
    const again = await payments().run((db) => stopRetrying(db, billingActor, payment));
    expect(again).to.deep.include({ errors: [{ field: 'payment', code: 'not_retryable' }] });
    await payments().setBehaviour('succeeds');
    await payments().run((db, billing) => retryPayment(db, billingActor, billing, payment));
    await advanceDuePayments(payments().deps);
    expect((await payments().payment(payment))['status']).to.equal('succeeded');
  });

  it('tell staff who asked for it of a failure', async () => {
    const staff = await createStaff(payments().portal, payments().tenant);
    await payments().portal.owner.query('update users set alerts_of_payments = true where id = $1', [
      staff.id,
    ]);
    const { paid } = await whole(120_00n);
    await payments().setBehaviour('insufficient_funds');
    const payment = await payments().charge(paid);
    const alerts = await payments().emails('paymentFailedAlert');
    expect(alerts).to.have.length(1);
    expect(alerts[0]).to.include({ customer: payments().company.name, path: `/payments/${payment}` });
  });

  it('are not tried again by a payment service that was replaced meanwhile', async () => {
    const { id, paid } = await whole(120_00n);
    await payments().setBehaviour('insufficient_funds');
    const payment = await payments().charge(paid);
    await payments().setBehaviour('succeeds');
    await payments().portal.owner.query('update gateways set is_active = false where tenant_id = $1', [
      payments().tenant.id,
    ]);
    const retried = await payments().run((db, billing) => retryPayment(db, billingActor, billing, payment));
    expect(retried).to.deep.include({ errors: [{ field: 'payment', code: 'method_unusable' }] });
    await payments().runWorkerAfter(4);
    expect(await payments().payment(payment)).to.include({ status: 'failed', needs: 'new_method' });
    expect(await payments().invoice(id)).to.include({ status: 'failed', open: '12000' });
    expect(payments().gateway.balance).to.equal(0n);
  });

  it('tell staff that the bank of the customer has taken the payment back', async () => {
    const staff = await createStaff(payments().portal, payments().tenant);
    await payments().portal.owner.query('update users set alerts_of_payments = true where id = $1', [
      staff.id,
    ]);
    const { paid } = await whole(120_00n);
    await payments().charge(paid);
    payments().gateway.settle(onlyCharge(), { chargedBack: 120_00n });
    await payments().receiveEvent(onlyCharge());
    const reasonOf = async (template: string) => (await payments().emails(template))[0]!['reason'];
    expect(await reasonOf('paymentFailedAlert')).to.equal(
      'The bank of the customer has taken the payment back.',
    );
    expect(await reasonOf('chargeFailed')).to.equal('Your bank has taken the payment back.');
  });

  it('become credit as far as a credit note has settled the invoice meanwhile', async () => {
    const { id, paid } = await whole(120_00n);
    await payments().setBehaviour('is_processing');
    const payment = await payments().charge(paid);
    expect((await credit(id, 120_00n)).ok).to.equal(true);
    expect(await payments().invoice(id)).to.include({ status: 'pending', open: '0' });
    payments().gateway.settle(onlyCharge(), { status: 'succeeded', received: 120_00n });
    await payments().receiveEvent(onlyCharge());
    expect(await payments().invoice(id)).to.include({ status: 'paid', paid: '0' });
    expect(await payments().balance()).to.include({ receivable: '0', credit: '12000' });
    expect((await payments().payment(payment))['status']).to.equal('succeeded');
  });

  it('send no email about a failure when a credit note has settled the invoice meanwhile', async () => {
    const { id, paid } = await whole(120_00n);
    await payments().setBehaviour('is_processing');
    const payment = await payments().charge(paid);
    await credit(id, 120_00n);
    payments().gateway.settle(onlyCharge(), {
      status: 'failed',
      failure: { code: 'insufficient_funds', retry: 'later', text: 'No.' },
    });
    await payments().receiveEvent(onlyCharge());
    expect((await payments().invoice(id))['status']).to.equal('paid');
    expect(await payments().payment(payment)).to.include({ status: 'failed', next_retry_on: null });
    expect(await payments().emails('chargeFailed')).to.eql([]);
  });

  it('leave what is not received open, disputed with its reason, and tell staff', async () => {
    const staff = await createStaff(payments().portal, payments().tenant);
    await payments().portal.owner.query('update users set alerts_of_payments = true where id = $1', [
      staff.id,
    ]);
    const { id } = await whole(120_00n);
    const short = {
      invoice_id: id,
      amount_cents: 100_00n,
      reason: 'Damaged goods',
      comment: 'The box was open',
    };
    await payments().charge([short]);
    expect(await payments().invoice(id)).to.include({ status: 'sent', open: '2000' });
    const { rows } = await payments().portal.owner.query(
      `select s.id, s.status, s.reason, s.amount_cents::text as amount, i.disputed_cents::text as disputed
       from short_payments s join invoices i on i.id = s.invoice_id where i.id = $1`,
      [id],
    );
    const [dispute] = rows as { id: string }[];
    const opened = { status: 'open', reason: 'Damaged goods', amount: '2000', disputed: '2000' };
    expect(rows).to.eql([{ id: dispute!.id, ...opened }]);
    const alerts = await payments().emails('disputeOpened');
    expect(await payments().events()).to.include('short_payment.opened');
    expect(alerts[0]).to.include({
      amount_cents: '2000',
      reason: 'Damaged goods',
      path: `/disputes/${dispute!.id}`,
    });
  });

  it('dispute nothing when they fail for good', async () => {
    const { id } = await whole(120_00n);
    await payments().setBehaviour('stolen_card');
    await payments().charge([{ invoice_id: id, amount_cents: 100_00n, reason: 'Price' }]);
    const { rows } = await payments().portal.owner.query(
      `select s.status, i.disputed_cents::text as disputed from short_payments s
       join invoices i on i.id = s.invoice_id where i.id = $1`,
      [id],
    );
    expect(rows).to.eql([{ status: 'cancelled', disputed: '0' }]);
  });

  it('are not needed to dispute an invoice', async () => {
    const { id } = await whole(120_00n);
    const result = await payments().withAccount(({ db, account }) =>
      disputeInvoice(db, billingActor, { account, invoice_id: id, reason: 'Not received', comment: null }),
    );
    expect(result.ok).to.equal(true);
    const again = await payments().withAccount(({ db, account }) =>
      disputeInvoice(db, billingActor, { account, invoice_id: id, reason: 'Price', comment: null }),
    );
    expect(again).to.deep.include({ errors: [{ field: 'amount', code: 'nothing_open' }] });
    expect(payments().gateway.calls).to.eql([]);
  });

  it('open the invoice again when the bank takes them back, and what their credit paid', async () => {
    const { id, paid } = await whole(120_00n);
    await payments().setBehaviour('is_processing');
    const payment = await payments().charge(paid);
    await credit(id, 40_00n);
    payments().gateway.settle(onlyCharge(), { status: 'succeeded', received: 120_00n });
    await payments().receiveEvent(onlyCharge());
    const next = await payments().issue(40_00n);
    expect((await payments().invoice(next.id))['status']).to.equal('paid');
    payments().gateway.settle(onlyCharge(), { chargedBack: 120_00n });
    await payments().receiveEvent(onlyCharge());
    expect(await payments().payment(payment)).to.include({ status: 'charged_back', charged_back: '12000' });
    expect(await payments().invoice(id)).to.include({ status: 'failed', open: '8000' });
    expect(await payments().invoice(next.id)).to.include({ status: 'failed', open: '4000' });
    expect(await payments().ledger('cash')).to.equal('0');
    expect(await payments().events()).to.include('payment.charged_back');
    expect(await payments().emails('chargeFailed')).to.have.length(1);
    await payments().receiveEvent(onlyCharge());
    expect(await payments().emails('chargeFailed')).to.have.length(1);
  });

  it('are taken back by an event that could not be processed at first', async () => {
    const { id, paid } = await whole(120_00n);
    const payment = await payments().charge(paid);
    payments().gateway.settle(onlyCharge(), { chargedBack: 120_00n });
    payments().gateway.failNext('readCharge', 'no_response');
    await payments().receiveEvent(onlyCharge(), 'charge.charged_back');
    expect((await payments().payment(payment))['status']).to.equal('succeeded');
    await payments().makeDue('gateway_events');
    await processDueEvents(payments().deps);
    expect((await payments().payment(payment))['status']).to.equal('charged_back');
    expect((await payments().invoice(id))['status']).to.equal('failed');
  });

  it('are taken back in part, and come back when the dispute is won', async () => {
    const { id, paid } = await whole(120_00n);
    await payments().charge(paid);
    payments().gateway.settle(onlyCharge(), { chargedBack: 50_00n });
    await payments().receiveEvent(onlyCharge());
    expect(await payments().invoice(id)).to.include({ status: 'failed', open: '5000' });
    payments().gateway.settle(onlyCharge(), { chargedBack: 0n });
    await payments().receiveEvent(onlyCharge());
    expect(await payments().invoice(id)).to.include({ status: 'paid', open: '0' });
    expect(await payments().ledger('cash')).to.equal('12000');
  });

  it('stay succeeded when an older event says that they failed', async () => {
    const { id, paid } = await whole(120_00n);
    const payment = await payments().charge(paid);
    payments().gateway.settle(onlyCharge(), {
      status: 'failed',
      failure: { code: 'x', retry: 'later', text: 'No.' },
    });
    await payments().receiveEvent(onlyCharge());
    expect((await payments().payment(payment))['status']).to.equal('succeeded');
    expect((await payments().invoice(id))['status']).to.equal('paid');
    payments().gateway.settle(onlyCharge(), { status: 'succeeded' });
  });

  it('block a deletion and a write-off of the invoice, and cannot be undone by hand', async () => {
    const { id, paid } = await whole(120_00n);
    await payments().setBehaviour('is_processing');
    const payment = await payments().charge(paid);
    const deleted = await payments().run((db, billing) =>
      deleteInvoice(db, billingActor, billing, { id, reason: 'Wrong' }),
    );
    expect(deleted).to.deep.include({ errors: [{ field: 'reason', code: 'not_deletable' }] });
    const written = await payments().run((db, billing) =>
      writeOff(db, billingActor, billing, { id, reason: 'Old' }),
    );
    expect(written).to.deep.include({ errors: [{ field: 'reason', code: 'payment_pending' }] });
    const undone = await payments().run((db, billing) =>
      undoPayment(db, billingActor, billing, { id: payment, reason: 'Wrong' }),
    );
    expect(undone).to.deep.include({ errors: [{ field: 'reason', code: 'not_undoable' }] });
  });

  it('are not charged while the tenant is suspended', async () => {
    const { paid } = await whole(120_00n);
    const payment = await payments().startOne(paid);
    await payments().portal.owner.query(`update tenants set status = 'suspended' where id = $1`, [
      payments().tenant.id,
    ]);
    await payments().runWorker();
    expect(payments().gateway.calls).to.eql([]);
    expect(await payments().payment(payment)).to.include({ status: 'created', is_due: true });
  });

  it('are refused when the keys are wrong: nothing is charged and staff can try again', async () => {
    const { id, paid } = await whole(120_00n);
    payments().gateway.failNext('createCharge', 'refused');
    const payment = await payments().charge(paid);
    expect(await payments().payment(payment)).to.include({
      status: 'failed',
      failure_code: 'refused',
      is_due: false,
    });
    expect((await payments().invoice(id))['status']).to.equal('failed');
  });
});
