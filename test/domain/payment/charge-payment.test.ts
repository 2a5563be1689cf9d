import { expect } from 'chai';
import { verifyLedger } from '../../../src/domain/ledger/verify-ledger.ts';
import { findViolations } from '../../support/money-invariants.ts';
import { TestPayments } from '../../support/gateway-payments.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';

describe('payments by a gateway', () => {
  let portal: TestPortal;
  let payments: TestPayments;

  before(async () => {
    portal = await startPortal();
  });
  beforeEach(async () => {
    payments = await TestPayments.create(portal);
  });
  afterEach(async () => {
    expect((await verifyLedger(portal.database, payments.tenant.id)).difference).to.equal(null);
    expect(await findViolations(portal.owner, payments.tenant.id)).to.eql([]);
  });
  after(() => portal.close());

  const whole = async (amount: bigint) => {
    const { id } = await payments.issue(amount);
    return { id, paid: [{ invoice_id: id, amount_cents: amount }] };
  };

  it('charge the stored method, pay the invoice and send a receipt', async () => {
    const { id, paid } = await whole(120_00n);
    const payment = await payments.charge(paid);
    expect(await payments.payment(payment)).to.include({
      status: 'succeeded',
      amount: '12000',
      is_due: false,
    });
    expect(await payments.invoice(id)).to.include({ status: 'paid', open: '0' });
    expect(await payments.ledger('cash')).to.equal('12000');
    expect(payments.gateway.balance).to.equal(120_00n);
    const receipts = await payments.emails('receipt');
    expect(receipts).to.have.length(1);
    expect(receipts[0]).to.include({ amount_cents: '12000', payment_id: payment });
  });

  it('keep their invoices pending until the charge has a result', async () => {
    const { id, paid } = await whole(120_00n);
    await payments.setBehaviour('is_processing');
    const payment = await payments.charge(paid);
    expect((await payments.payment(payment))['status']).to.equal('processing');
    expect((await payments.invoice(id))['status']).to.equal('pending');
    const second = await payments.start(paid);
    expect(second).to.deep.include({
      errors: [{ field: `invoice_${id}`, code: 'payment_pending' }],
    });
    const [charge] = [...payments.gateway.charges.keys()];
    payments.gateway.settle(charge!, { status: 'succeeded', received: 120_00n });
    await payments.receiveEvent(charge!);
    expect((await payments.invoice(id))['status']).to.equal('paid');
  });
});
