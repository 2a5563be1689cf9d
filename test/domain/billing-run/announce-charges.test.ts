import { expect } from 'chai';
import { addDays, type CivilDate } from '../../../src/domain/billing/civil-date.ts';
import { getBilling } from '../../../src/domain/billing/billing-settings.ts';
import { schedulePayment } from '../../../src/domain/payment/schedule-payment.ts';
import { turnOnAutopay } from '../../../src/domain/payment-method/autopay.ts';
import { runToEnd } from '../../../src/tasks/billing-runs.ts';
import { describePayments } from '../../support/gateway-payments.ts';
import { billingActor } from '../../support/money.ts';

describePayments('notices before a charge', (payments) => {
  let today: CivilDate;

  beforeEach(async () => {
    ({ today } = await payments().run(getBilling));
  });

  const day = (days: number): CivilDate => addDays(today, days);

  const run = (days: number) =>
    runToEnd(payments().portal.database, payments().tenant.id, { kind: 'autopay', local_date: day(days) });

  const autopay = () =>
    payments().withAccount(({ db, billing, account }) => turnOnAutopay(db, billingActor, billing, account));

  const notices = () => payments().emails('upcomingCharge');

  it('are sent once, three days before, with the amount, the day and the method', async () => {
    await autopay();
    const { label } = await payments().issue(120_00n, { due_on: day(10) });
    await run(6);
    expect(await notices()).to.eql([]);
    await Promise.all([run(7), run(7)]);
    await run(8);
    const [notice, ...others] = await notices();
    expect(others).to.eql([]);
    expect(notice).to.include({ amount_cents: '12000', on: day(10), method: 'Visa •••• 4242', label });
  });

  it('name all invoices of a day, and the new sum when there is another one', async () => {
    await autopay();
    for (const amount of [100_00n, 20_00n]) await payments().issue(amount, { due_on: day(5) });
    await run(2);
    await payments().issue(5_00n, { due_on: day(5) });
    await run(3);
    expect((await notices()).map(({ amount_cents }) => amount_cents)).to.eql(['12000', '12500']);
  });

  it('are not repeated with those of other days', async () => {
    await autopay();
    await payments().issue(100_00n, { due_on: day(5) });
    await run(2);
    for (const due of [6, 20]) await payments().issue(20_00n, { due_on: day(due) });
    await run(3);
    expect((await notices()).map(({ amount_cents, on }) => [amount_cents, on])).to.eql([
      ['10000', day(5)],
      ['2000', day(6)],
    ]);
  });

  it('are not sent to customers without autopay', async () => {
    await payments().issue(120_00n, { due_on: day(3) });
    await run(0);
    expect(await notices()).to.eql([]);
  });

  it('are sent before a scheduled charge, with what is still open', async () => {
    const { id } = await payments().issue(120_00n, { due_on: day(30) });
    await payments().withAccount(({ db, billing, account }) =>
      schedulePayment(
        db,
        billingActor,
        billing,
        {
          account,
          gateway: { id: payments().gatewayId, service: 'sandbox' },
          invoices: [{ invoice_id: id, amount_cents: 120_00n }],
          by: { method_id: payments().methodId },
          request_key: null,
          started_by: 'customer',
        },
        day(10),
      ),
    );
    await payments().pay(20_00n);
    await run(6);
    expect(await notices()).to.eql([]);
    for (const days of [7, 8]) await run(days);
    expect((await notices()).map(({ amount_cents, on }) => [amount_cents, on])).to.eql([['10000', day(10)]]);
  });
});

describePayments('warnings about payment methods that expire', (payments) => {
  const run = (local_date: CivilDate) =>
    runToEnd(payments().portal.database, payments().tenant.id, { kind: 'autopay', local_date });

  const warnings = async () =>
    (await payments().emails('paymentMethodExpiring')).map(({ on, method }) => [on, method]);

  const expireIn = (month: number, year: number) =>
    payments().portal.owner.query(
      'update payment_methods set exp_month = $2, exp_year = $3, expiry_warned_days = null where id = $1',
      [payments().methodId, month, year],
    );

  const visa = ['2028-02-29', 'Visa •••• 4242'];

  it('are sent 30 and 7 days before the last day of the month, once each', async () => {
    await expireIn(2, 2028);
    await run('2028-01-29');
    expect(await warnings()).to.eql([]);
    await Promise.all([run('2028-01-30'), run('2028-01-30')]);
    await run('2028-02-21');
    expect(await warnings()).to.eql([visa]);
    for (const date of ['2028-02-22', '2028-02-23', '2028-02-29', '2028-03-01']) await run(date);
    expect(await warnings()).to.eql([visa, visa]);
  });

  it('are left out for the first one when the second is due', async () => {
    await expireIn(2, 2028);
    for (const date of ['2028-02-25', '2028-02-26']) await run(date);
    expect(await warnings()).to.eql([visa]);
  });

  it('are not sent for removed methods', async () => {
    await expireIn(2, 2028);
    await payments().portal.owner.query(`update payment_methods set status = 'removed' where id = $1`, [
      payments().methodId,
    ]);
    await run('2028-02-25');
    expect(await warnings()).to.eql([]);
  });
});
