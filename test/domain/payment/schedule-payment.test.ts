import { expect } from 'chai';
import { addDays } from '../../../src/domain/billing/civil-date.ts';
import { openPage } from '../../../src/domain/payment/open-payment-page.ts';
import {
  cancelSchedule,
  schedulePayment,
  startScheduled,
} from '../../../src/domain/payment/schedule-payment.ts';
import { removeMethod } from '../../../src/domain/payment-method/remove-method.ts';
import { describePayments } from '../../support/gateway-payments.ts';
import { billingActor } from '../../support/money.ts';

describePayments('scheduled payments', (payments) => {
  const schedule = (invoice_id: string, amount_cents: bigint, days = 10) =>
    payments().withAccount(({ db, billing, account }) =>
      schedulePayment(
        db,
        billingActor,
        billing,
        {
          account,
          gateway: { id: payments().gatewayId, service: 'sandbox' },
          invoices: [{ invoice_id, amount_cents }],
          by: { method_id: payments().methodId },
          request_key: null,
          started_by: 'customer',
        },
        addDays(billing.today, days),
      ),
    );

  const scheduled = async (invoice_id: string, amount_cents: bigint): Promise<string> => {
    const result = await schedule(invoice_id, amount_cents);
    if (!result.ok) throw new Error(JSON.stringify(result.errors));
    return result.payment_id;
  };

  const runAfter = (days: number) => payments().runWorkerAfter(days);

  it('are charged on their day and not before', async () => {
    const { id } = await payments().issue(120_00n);
    const payment = await scheduled(id, 120_00n);
    await runAfter(8);
    expect(await payments().payment(payment)).to.include({ status: 'scheduled' });
    expect((await payments().invoice(id))['status']).to.equal('sent');
    await runAfter(11);
    expect(await payments().payment(payment)).to.include({ status: 'succeeded' });
    expect((await payments().invoice(id))['status']).to.equal('paid');
    expect(payments().gateway.balance).to.equal(120_00n);
  });

  it('start at 05:00 in the time zone of the tenant', async () => {
    const { owner } = payments().portal;
    await owner.query(`update tenants set time_zone = 'America/New_York' where id = $1`, [
      payments().tenant.id,
    ]);
    const { id } = await payments().issue(120_00n);
    await scheduled(id, 120_00n);
    const { rows } = await owner.query<{ is_at_five: boolean }>(
      `select to_char(due_at at time zone 'America/New_York', 'YYYY-MM-DD HH24:MI') = scheduled_on || ' 05:00' as is_at_five
       from payments where tenant_id = $1`,
      [payments().tenant.id],
    );
    expect(rows).to.eql([{ is_at_five: true }]);
  });

  it('that were cancelled are not charged', async () => {
    const { id } = await payments().issue(120_00n);
    const payment = await scheduled(id, 120_00n);
    const cancel = () => payments().run((db) => cancelSchedule(db, billingActor, payment));
    await cancel();
    await runAfter(11);
    expect(payments().gateway.calls).to.eql([]);
    expect(await payments().events()).to.eql(['payment.scheduled', 'payment.schedule_cancelled']);
    expect((await payments().payment(payment))['status']).to.equal('cancelled');
    expect(await cancel()).to.deep.include({ errors: [{ field: 'payment', code: 'not_scheduled' }] });
  });

  it('close a page on which the customer could pay the same invoice', async () => {
    const { id } = await payments().issue(120_00n);
    const payment = await scheduled(id, 120_00n);
    const page = await payments().startOne([{ invoice_id: id, amount_cents: 120_00n }], { by: 'page' });
    await openPage(payments().deps, payments().tenant.id, page);
    await payments().makeDue();
    await startScheduled(payments().deps, payments().tenant.id, payment);
    expect((await payments().payment(page))['status']).to.equal('cancelled');
    expect((await payments().payment(payment))['status']).to.equal('succeeded');
    expect(payments().gateway.balance).to.equal(120_00n);
  });

  it('leave out what is disputed', async () => {
    const [{ id }, other] = [await payments().issue(120_00n), await payments().issue(30_00n)];
    const payment = await scheduled(id, 120_00n);
    await payments().portal.owner.query(
      `insert into payment_invoices (tenant_id, payment_id, invoice_id, amount_cents, invoice_status)
       values ($1, $2, $3, 3000, 'sent')`,
      [payments().tenant.id, payment, other.id],
    );
    await payments().charge([{ invoice_id: id, amount_cents: 70_00n, reason: 'Price' }]);
    await runAfter(11);
    expect(await payments().payment(payment)).to.include({ status: 'succeeded', amount: '3000' });
    expect(await payments().invoice(id)).to.include({ open: '5000', status: 'sent' });
    expect((await payments().invoice(other.id))['status']).to.equal('paid');
  });

  it('charge nothing and say why when the invoice was paid before', async () => {
    const { id } = await payments().issue(120_00n);
    const payment = await scheduled(id, 120_00n);
    await payments().charge([{ invoice_id: id, amount_cents: 120_00n }]);
    await runAfter(11);
    expect((await payments().payment(payment))['status']).to.equal('cancelled');
    expect(payments().gateway.balance).to.equal(120_00n);
    const emails = await payments().emails('scheduledPaymentCancelled');
    expect(emails.map(({ reason }) => reason)).to.eql(['Nothing is open on the invoices.']);
  });

  it('charge what is still open when it is less, and name both amounts', async () => {
    const { id } = await payments().issue(120_00n);
    await scheduled(id, 120_00n);
    await payments().pay(50_00n);
    await runAfter(11);
    expect(payments().gateway.balance).to.equal(70_00n);
    const [receipt] = await payments().emails('receipt');
    expect(receipt).to.include({ amount_cents: '7000', scheduled_cents: '12000' });
    expect((await payments().invoice(id))['status']).to.equal('paid');
  });

  it('charge nothing and say why when the method was removed', async () => {
    const { id } = await payments().issue(120_00n);
    const payment = await scheduled(id, 120_00n);
    await payments().run((db, billing) =>
      removeMethod(db, billingActor, billing, { id: payments().methodId, default_id: null }),
    );
    await runAfter(11);
    expect((await payments().payment(payment))['status']).to.equal('cancelled');
    expect((await payments().invoice(id))['status']).to.equal('sent');
    const emails = await payments().emails('scheduledPaymentCancelled');
    expect(emails.map(({ reason }) => reason)).to.eql(['The payment method cannot be used.']);
  });

  it('are refused for today, for after a year, and for an invoice that has one already', async () => {
    const { id } = await payments().issue(120_00n);
    const wrongDay = { errors: [{ field: 'scheduled_on', code: 'date_not_in_schedule' }] };
    expect(await schedule(id, 120_00n, 0)).to.deep.include(wrongDay);
    expect(await schedule(id, 120_00n, 366)).to.deep.include(wrongDay);
    await scheduled(id, 120_00n);
    expect(await schedule(id, 120_00n)).to.deep.include({
      errors: [{ field: `invoice_${id}`, code: 'schedule_exists' }],
    });
  });

  it('are cancelled with an email when the payment service was replaced meanwhile', async () => {
    const { id } = await payments().issue(120_00n);
    const payment = await scheduled(id, 120_00n);
    await payments().portal.owner.query('update gateways set is_active = false where tenant_id = $1', [
      payments().tenant.id,
    ]);
    await runAfter(11);
    expect(await payments().payment(payment)).to.include({ status: 'cancelled' });
    expect((await payments().invoice(id))['status']).to.equal('sent');
    expect(await payments().emails('scheduledPaymentCancelled')).to.have.length(1);
    expect(payments().gateway.balance).to.equal(0n);
  });
});
