import { deliveries } from '../support/killed-payments.ts';
import { faults, FaultyPayments, itChargesOnce, stages, type FaultCase } from '../support/payment-faults.ts';

const isLong = process.env['TEST_LONG'] === '1';

/** Of the customer all kills, and the other faults where no event helps. */
function allCases(): FaultCase[] {
  return (['worker', 'customer'] as const).flatMap((start) =>
    stages.flatMap((stage) =>
      faults.flatMap((fault) =>
        deliveries
          .filter((delivery) => start === 'worker' || fault === 'kill' || delivery === 'never')
          .map((delivery) => ({ start, stage, fault, delivery })),
      ),
    ),
  );
}

describe('a payment at Stripe', () => {
  let payments: FaultyPayments;

  before(async () => {
    payments = await FaultyPayments.start();
  });
  after(() => payments.close());

  if (isLong) for (const each of allCases()) itChargesOnce(() => payments, each);
  else
    itChargesOnce(() => payments, {
      start: 'customer',
      stage: 'confirm',
      fault: 'error after the effect',
      delivery: 'never',
    });
});
