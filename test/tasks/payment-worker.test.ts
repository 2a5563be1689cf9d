import { expect } from 'chai';
import { EventEmitter, once } from 'node:events';
import { advanceDuePayments } from '../../src/tasks/payment-worker.ts';
import { describePayments } from '../support/gateway-payments.ts';

const AT_ONCE = 8;

describePayments('the worker of payments', (payments) => {
  const startMany = async (count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1) {
      const { id } = await payments().issue(10_00n);
      ids.push(await payments().startOne([{ invoice_id: id, amount_cents: 10_00n }]));
    }
    await payments().makeDue();
    return ids;
  };

  const statuses = (ids: readonly string[]) =>
    Promise.all(ids.map(async (id) => (await payments().payment(id))['status']));

  it('charges up to eight payments of a tenant at the same time', async () => {
    const ids = await startMany(AT_ONCE + 2);
    const { gateway } = payments();
    const { createCharge } = gateway;
    let [running, most] = [0, 0];
    const eighth = new EventEmitter();
    const isFull = once(eighth, 'started');
    gateway.createCharge = async (charge) => {
      running += 1;
      most = Math.max(most, running);
      if (running === AT_ONCE) eighth.emit('started');
      await isFull;
      running -= 1;
      return createCharge(charge);
    };
    await advanceDuePayments(payments().deps);
    expect(most).to.equal(AT_ONCE);
    expect(new Set(await statuses(ids))).to.eql(new Set(['succeeded']));
    expect(gateway.balance).to.equal(100_00n);
  });

  it('charges the others when one has an unexpected error', async () => {
    const ids = await startMany(3);
    const { gateway } = payments();
    const { createCharge } = gateway;
    gateway.createCharge = (charge) =>
      charge.reference === ids[0] ? Promise.reject(new TypeError('A fault')) : createCharge(charge);
    await advanceDuePayments(payments().deps);
    expect(await statuses(ids)).to.eql(['unknown', 'succeeded', 'succeeded']);
  });
});
