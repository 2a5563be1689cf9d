import { deliveries, itMovesMoneyOnce, killPoints, type KillPoint } from '../support/killed-payments.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';

const isLong = process.env['TEST_LONG'] === '1';

describe('a payment', () => {
  let portal: OwnPortal;

  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  if (isLong)
    for (const point of Object.keys(killPoints) as KillPoint[])
      for (const delivery of deliveries) itMovesMoneyOnce(() => portal, point, delivery);
  else itMovesMoneyOnce(() => portal, 'before the confirmed charge is settled', 'twice');
});
