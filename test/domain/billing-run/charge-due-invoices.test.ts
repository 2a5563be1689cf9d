import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import { addDays, type CivilDate } from '../../../src/domain/billing/civil-date.ts';
import { getBilling } from '../../../src/domain/billing/billing-settings.ts';
import { schedulePayment } from '../../../src/domain/payment/schedule-payment.ts';
import { disputeInvoice } from '../../../src/domain/payment/short-payments.ts';
import { startPayment } from '../../../src/domain/payment/start-payment.ts';
import { nextCharge, turnOnAutopay } from '../../../src/domain/payment-method/autopay.ts';
import { closePagesToCharge } from '../../../src/domain/billing-run/charge-due-invoices.ts';
import { openPage } from '../../../src/domain/payment/open-payment-page.ts';
import { chargeDeps } from '../../../src/gateways/charge-deps.ts';
import { createLog } from '../../../src/log.ts';
import { queueBillingRuns, runToEnd } from '../../../src/tasks/billing-runs.ts';
import { describePayments } from '../../support/gateway-payments.ts';
import { billingActor } from '../../support/money.ts';

describePayments('the run of autopay', (payments) => {
  let today: CivilDate;

  beforeEach(async () => {
    ({ today } = await payments().run(getBilling));
    // So that the tests pass at any hour.
    await chargeFrom('00:00');
    await payments().withAccount(({ db, billing, account }) =>
      turnOnAutopay(db, billingActor, billing, account),
    );
  });

  const chargeFrom = (autopay_time: string) =>
    payments().portal.owner.query(`update billing_settings set autopay_time = $2 where tenant_id = $1`, [
      payments().tenant.id,
      autopay_time,
    ]);

  const day = (days: number): CivilDate => addDays(today, days);

  const issue = (amount: bigint, dueIn = 0) => payments().issue(amount, { due_on: day(dueIn) });

  const run = (days = 0) =>
    runToEnd(payments().portal.database, payments().tenant.id, { kind: 'autopay', local_date: day(days) });

  /** The worker on the day. */
  const charge = (days = 0) => payments().runWorkerAfter(days + 1);

  const dispute = (invoice_id: string, reason = 'Damaged goods') =>
    payments().withAccount(({ db, account }) =>
      disputeInvoice(db, billingActor, { account, invoice_id, reason, comment: null }),
    );

  const started = async () => {
    const { rows } = await payments().portal.owner.query<{ id: string; amount: string; started_by: string }>(
      `select id, amount_cents::text as amount, started_by from payments where tenant_id = $1 order by id`,
      [payments().tenant.id],
    );
    return rows;
  };

  it('charges an invoice on its due day and not before', async () => {
    const { id } = await issue(120_00n, 2);
    await run(1);
    expect(await started()).to.eql([]);
    await run(2);
    expect(await payments().invoice(id)).to.include({ status: 'pending' });
    expect(payments().gateway.calls).to.eql([]);
    await charge(2);
    expect(await payments().invoice(id)).to.include({ status: 'paid' });
    expect(payments().gateway.balance).to.equal(120_00n);
    expect(await payments().emails('receipt')).to.have.length(1);
  });

  const openPageFor = async (invoice_id: string): Promise<string> => {
    const id = await payments().startOne([{ invoice_id, amount_cents: 120_00n }], { by: 'page' });
    await openPage(payments().deps, payments().tenant.id, id);
    return id;
  };

  const closeBeforeRun = () => closePagesToCharge(payments().deps, payments().tenant.id);

  it('charges an invoice whose page is closed before', async () => {
    const { id } = await issue(120_00n, -1);
    const page = await openPageFor(id);
    await run();
    expect(await started()).to.have.length(1);
    await closeBeforeRun();
    expect((await payments().payment(page))['status']).to.equal('cancelled');
    await run();
    await payments().runWorker();
    expect(await payments().invoice(id)).to.include({ status: 'paid' });
    expect(payments().gateway.balance).to.equal(120_00n);
  });

  it('charges nothing when the customer has just paid on the page', async () => {
    const { id } = await issue(120_00n, -1);
    const page = await openPageFor(id);
    payments().gateway.payOnPage((await payments().payment(page))['gateway_session_id'] as string);
    await closeBeforeRun();
    await run();
    await payments().runWorker();
    expect(await payments().invoice(id)).to.include({ status: 'paid' });
    expect(payments().gateway.balance).to.equal(120_00n);
  });

  it('leaves a page open for an invoice that is due later or was charged before', async () => {
    const later = await openPageFor((await issue(120_00n, 2)).id);
    const { id } = await issue(120_00n, -1);
    await payments().setBehaviour('stolen_card');
    await run();
    await payments().runWorker();
    await payments().setBehaviour('succeeds');
    await payments().portal.owner.query(`update payment_methods set status = 'active' where id = $1`, [
      payments().methodId,
    ]);
    const again = await openPageFor(id);
    await closeBeforeRun();
    for (const page of [later, again])
      expect((await payments().payment(page))['status']).to.equal('requires_action');
  });

  it('closes pages before its task is queued', async () => {
    const { portal, tenant } = payments();
    const { id } = await issue(120_00n, -1);
    const page = await payments().startOne([{ invoice_id: id, amount_cents: 120_00n }], { by: 'page' });
    const deps = { ...portal, log: createLog('silent') };
    await openPage(chargeDeps(deps), tenant.id, page);
    expect((await payments().payment(page))['status']).to.equal('requires_action');
    await queueBillingRuns.run(deps, () => false);
    expect((await payments().payment(page))['status']).to.equal('cancelled');
  });

  it('starts one payment however often and at the same time it runs', async () => {
    await issue(120_00n);
    await Promise.all([run(), run(), run()]);
    await run();
    await Promise.all([charge(), charge()]);
    await run(1);
    await charge(1);
    expect(await started()).to.have.length(1);
    expect(payments().gateway.balance).to.equal(120_00n);
  });

  it('does not charge an invoice that the customer pays at the same time', async () => {
    const { id } = await issue(120_00n);
    const paying = payments().withAccount(async ({ db, billing, account }) => {
      const result = await startPayment(db, billingActor, billing, {
        account,
        gateway: { id: payments().gatewayId, service: 'sandbox' },
        invoices: [{ invoice_id: id, amount_cents: 120_00n }],
        by: { method_id: payments().methodId },
        request_key: null,
        started_by: 'customer',
      });
      await pause(500);
      return result;
    });
    await pause(200);
    await Promise.all([paying, run()]);
    expect((await started()).map(({ started_by }) => started_by)).to.eql(['customer']);
  });

  it('charges all due invoices of a customer at once, without their disputed part', async () => {
    const disputed = await issue(120_00n, -3);
    await payments().charge([{ invoice_id: disputed.id, amount_cents: 90_00n, reason: 'Price' }]);
    await Promise.all([issue(50_00n), issue(20_00n), issue(7_00n, 1)]);
    await run();
    await charge();
    expect((await started()).map(({ amount }) => amount)).to.eql(['9000', '7000']);
    expect(await payments().invoice(disputed.id)).to.include({ status: 'sent', open: '3000' });
  });

  it('charges what credit leaves open', async () => {
    await payments().pay(30_00n);
    const { id } = await issue(100_00n);
    await run();
    await charge();
    expect(payments().gateway.balance).to.equal(70_00n);
    expect(await payments().invoice(id)).to.include({ status: 'paid' });
    expect(await payments().balance()).to.include({ receivable: '0', credit: '0' });
  });

  it('adds an amount below the minimum of the gateway to the next charge and says so', async () => {
    await issue(30n);
    await run();
    expect(await started()).to.eql([]);
    const [email] = await payments().emails('upcomingCharge');
    expect(email).to.include({ amount_cents: '30', is_too_small: 'true' });
    const next = await payments().withAccount(({ db, billing, account }) => nextCharge(db, billing, account));
    expect(next).to.include({ on: today, amount_cents: 30n, is_too_small: true });
    await issue(100_00n, 1);
    await run(1);
    expect((await started()).map(({ amount }) => amount)).to.eql(['10030']);
  });

  it('leaves out invoices with a payment on its way or a schedule', async () => {
    const [pending, scheduled] = [await issue(50_00n), await issue(60_00n)];
    await payments().startOne([{ invoice_id: pending.id, amount_cents: 50_00n }]);
    await payments().withAccount(({ db, billing, account }) =>
      schedulePayment(
        db,
        billingActor,
        billing,
        {
          account,
          gateway: { id: payments().gatewayId, service: 'sandbox' },
          invoices: [{ invoice_id: scheduled.id, amount_cents: 60_00n }],
          by: { method_id: payments().methodId },
          request_key: null,
          started_by: 'customer',
        },
        day(5),
      ),
    );
    await run();
    expect((await started()).map(({ started_by }) => started_by)).to.eql(['customer', 'customer']);
  });

  it('leaves a failed charge to its retries', async () => {
    await payments().setBehaviour('insufficient_funds');
    const { id } = await issue(120_00n);
    await run();
    await charge();
    expect(await payments().invoice(id)).to.include({ status: 'failed' });
    for (const days of [1, 2, 30]) await run(days);
    expect(await started()).to.have.length(1);
  });

  it('charges an invoice that the customer tried to pay before without success', async () => {
    const { id } = await issue(120_00n, 2);
    const stolen = await payments().addMethod('stolen_card');
    await payments().charge([{ invoice_id: id, amount_cents: 120_00n }], { by: { method_id: stolen } });
    expect(await payments().invoice(id)).to.include({ status: 'failed' });
    await run(2);
    await charge(2);
    expect(await payments().invoice(id)).to.include({ status: 'paid' });
  });

  it('charges nothing of a disputed invoice, and a rejected dispute from the day of the decision on', async () => {
    const { id } = await issue(120_00n, -10);
    await dispute(id);
    await run();
    expect(await started()).to.eql([]);
    await payments().portal.owner.query(
      'update invoices set disputed_cents = 0, due_again_on = $2 where id = $1',
      [id, day(2)],
    );
    await run(1);
    expect(await started()).to.eql([]);
    await run(2);
    expect((await started()).map(({ amount }) => amount)).to.eql(['12000']);
  });

  it('charges companies that are on hold', async () => {
    await issue(120_00n);
    await payments().portal.owner.query(`update companies set status = 'on_hold' where id = $1`, [
      payments().company.id,
    ]);
    await run();
    expect(await started()).to.have.length(1);
  });

  it('charges no customer without autopay or without an active default method', async () => {
    await issue(120_00n);
    const { owner } = payments().portal;
    await owner.query(`update payment_methods set status = 'needs_attention' where id = $1`, [
      payments().methodId,
    ]);
    await run();
    await owner.query(`update payment_methods set status = 'active' where id = $1`, [payments().methodId]);
    await owner.query('update billing_accounts set autopay_since = null where company_id = $1', [
      payments().company.id,
    ]);
    await run();
    expect(await started()).to.eql([]);
  });

  it('charges nothing of a suspended tenant and everything once it is resumed a month late', async () => {
    await Promise.all([issue(50_00n), issue(20_00n, 10)]);
    const setStatus = (status: string) =>
      payments().portal.owner.query('update tenants set status = $2 where id = $1', [
        payments().tenant.id,
        status,
      ]);
    await setStatus('suspended');
    expect(await run()).to.include({ state: 'suspended' });
    expect(await started()).to.eql([]);
    await setStatus('active');
    await run(31);
    await charge(31);
    expect((await started()).map(({ amount }) => amount)).to.eql(['7000']);
    expect(payments().gateway.balance).to.equal(70_00n);
  });

  it('charges invoices of the day only from the time of the settings on', async () => {
    await Promise.all([issue(50_00n, -1), issue(20_00n)]);
    await chargeFrom('23:59');
    await runToEnd(payments().portal.database, payments().tenant.id, { kind: 'autopay' });
    expect((await started()).map(({ amount }) => amount)).to.eql(['5000']);
  });

  it('reports the number and the sum of the charges', async () => {
    await issue(120_00n);
    expect(await run()).to.include({ processed: 1, invoices: 1, amount: '12000', errors: 0 });
  });
});
