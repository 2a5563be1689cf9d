import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { verifyLedger } from '../../../src/domain/ledger/verify-ledger.ts';
import { chargePayment } from '../../../src/domain/payment/charge-payment.ts';
import type { Fault, FakeCall } from '../../support/fake-gateway.ts';
import { TestPayments } from '../../support/gateway-payments.ts';
import { findViolations } from '../../support/money-invariants.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

type Stage = 'create' | 'confirm' | 'settle';

const callOf: Record<Exclude<Stage, 'settle'>, FakeCall> = {
  create: 'createCharge',
  confirm: 'confirmCharge',
};

const faults: readonly Fault[] = [
  'error_after_effect',
  'cut_before_effect',
  'no_response',
  'killed_before_effect',
  'killed_after_effect',
];

/** When the events of the charge arrive: before or after the worker has read it. */
const webhooks = ['now', 'late', 'twice', 'out of order', 'never'] as const;

type Webhook = (typeof webhooks)[number];

describe('a payment whose process or gateway fails', () => {
  let portal: TestPortal;
  let payments: TestPayments;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    payments = await TestPayments.create(portal);
  });

  const isKilled = (fault: Fault) => fault.startsWith('killed');

  async function chargeWith(stage: Stage, fault: Fault): Promise<{ invoiceId: string; id: string }> {
    const { id: invoiceId } = await payments.issue(120_00n);
    const id = await payments.startOne([{ invoice_id: invoiceId, amount_cents: 120_00n }]);
    if (stage === 'settle') {
      await failSettlement(id, fault);
      return { invoiceId, id };
    }
    payments.gateway.failNext(callOf[stage], fault);
    const charging = chargePayment(payments.deps, payments.tenant.id, id);
    // A killed process never returns.
    await (isKilled(fault) ? Promise.race([charging, delay(300)]) : charging);
    return { invoiceId, id };
  }

  /** The charge is confirmed, but the account is locked for longer than the transaction waits, or the process is killed. */
  async function failSettlement(id: string, fault: Fault): Promise<void> {
    if (isKilled(fault)) {
      payments.gateway.failNext('confirmCharge', 'killed_after_effect');
      await Promise.race([chargePayment(payments.deps, payments.tenant.id, id), delay(300)]);
      return;
    }
    const blocker = await portal.owner.connect();
    const { confirmCharge } = payments.gateway;
    payments.gateway.confirmCharge = async (charge) => {
      await blocker.query('begin');
      await blocker.query('select 1 from billing_accounts where company_id = $1 for update', [
        payments.company.id,
      ]);
      return confirmCharge(charge);
    };
    const failed = await chargePayment(payments.deps, payments.tenant.id, id).catch(
      (error: unknown) => error,
    );
    await blocker.query('rollback');
    blocker.release();
    payments.gateway.confirmCharge = confirmCharge;
    expect(failed).to.be.instanceOf(Error);
  }

  async function deliver(webhook: Webhook): Promise<void> {
    const charges = [...payments.gateway.charges.keys()];
    for (const charge of charges) {
      await payments.receiveEvent(
        charge,
        webhook === 'out of order' ? 'charge.succeeded' : 'charge.processing',
      );
      await payments.receiveEvent(
        charge,
        webhook === 'out of order' ? 'charge.processing' : 'charge.succeeded',
      );
      if (webhook === 'twice') {
        await payments.receiveEvent(charge, 'charge.succeeded', 'evt_1');
        await payments.receiveEvent(charge, 'charge.succeeded', 'evt_1');
      }
    }
  }

  async function finish(webhook: Webhook): Promise<void> {
    if (webhook !== 'late' && webhook !== 'never') await deliver(webhook);
    await payments.runWorker();
    await payments.runWorker();
    if (webhook === 'late') await deliver(webhook);
  }

  async function expectOnePayment(invoiceId: string, id: string): Promise<void> {
    expect(payments.gateway.paidCharges).to.have.length(1);
    expect(payments.gateway.balance).to.equal(120_00n);
    expect(await payments.payment(id)).to.include({ status: 'succeeded', amount: '12000', is_due: false });
    expect(await payments.invoice(invoiceId)).to.include({ status: 'paid', open: '0' });
    expect(await payments.balance()).to.include({ receivable: '0', credit: '0' });
    expect(await payments.ledger('cash')).to.equal('12000');
    expect(await payments.emails('receipt')).to.have.length(1);
    expect(await payments.emails('chargeFailed')).to.eql([]);
    expect((await verifyLedger(portal.database, payments.tenant.id)).difference).to.equal(null);
    expect(await findViolations(portal.owner, payments.tenant.id)).to.eql([]);
  }

  for (const stage of ['create', 'confirm', 'settle'] as const)
    for (const fault of stage === 'settle'
      ? (['error_after_effect', 'killed_after_effect'] as const)
      : faults)
      for (const webhook of webhooks)
        it(`is charged once after ${stage}: ${fault}, with the events ${webhook}`, async () => {
          const { invoiceId, id } = await chargeWith(stage, fault);
          expect(['created', 'submitting', 'unknown']).to.include((await payments.payment(id))['status']);
          expect((await payments.invoice(invoiceId))['status']).to.equal('pending');
          await finish(webhook);
          await expectOnePayment(invoiceId, id);
        });
});
