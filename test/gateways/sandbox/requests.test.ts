import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { GatewayRefused } from '../../../src/domain/gateway/gateway.ts';
import { openGateway } from '../../../src/gateways/open-gateway.ts';
import { createTenant } from '../../support/factories.ts';
import { createSandbox, newKey, type TestSandbox } from '../../support/gateway.ts';
import { startPortal, type OwnPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('Requests to the sandbox', () => {
  let portal: OwnPortal;
  let sandbox: TestSandbox;
  let charge: { customerId: string; methodId: string; amount: bigint; currency: string; reference: string };

  before(async () => {
    portal = await startPortal();
    sandbox = await createSandbox(portal, await createTenant(portal));
    const customer = { name: 'Ada', email: null, reference: newKey(), key: newKey() };
    const { customerId } = await sandbox.gateway.createCustomer(customer);
    const methodId = await sandbox.addMethod(customerId);
    charge = { customerId, methodId, amount: 10_00n, currency: 'USD', reference: newKey() };
  });
  after(() => portal.close());

  it('keep their effect when the transaction of the caller is rolled back', async () => {
    let chargeId = '';
    const failure = sandbox.run(async (db) => {
      await db.from('gateways').update({ version: 2 });
      ({ chargeId } = await sandbox.gateway.createCharge({ ...charge, key: newKey() }));
      throw new Error('The caller has failed');
    });
    expect(await failure.catch((error: Error) => error.message)).to.equal('The caller has failed');
    expect((await sandbox.gateway.readCharge(chargeId)).status).to.equal('ready');
    expect(await sql(portal, 'select version from gateways')).to.eql([{ version: 1 }]);
  });

  it('have their effect while the caller waits for a response that does not come', async () => {
    const { chargeId } = await sandbox.gateway.createCharge({ ...charge, key: newKey() });
    await sandbox.next('confirm', 'no-answer');
    let isAnswered = false;
    const confirmation = { chargeId, methodId: charge.methodId, key: newKey() };
    const call = sandbox.gateway.confirmCharge(confirmation).finally(() => (isAnswered = true));
    call.catch(() => undefined);
    while ((await sandbox.gateway.readCharge(chargeId)).status !== 'succeeded') await delay(10);
    expect(isAnswered).to.equal(false);
    expect((await sandbox.gateway.confirmCharge(confirmation)).status).to.equal('succeeded');
  });

  it('of another gateway of the tenant find none of its objects', async () => {
    await sql(portal, 'update gateways set is_active = false');
    const other = await createSandbox(portal, { id: sandbox.tenantId });
    const refusal = other.gateway.createCharge({ ...charge, key: newKey() });
    expect(await refusal.catch((error: unknown) => error)).to.be.instanceOf(GatewayRefused);
    const read = other.gateway.readMethod(charge.methodId);
    expect(await read.catch((error: unknown) => error)).to.be.instanceOf(GatewayRefused);
  });

  it('are refused in production', async () => {
    const config = { ...portal.config, production: true };
    const row = { service: 'sandbox', id: sandbox.id } as Parameters<typeof openGateway>[2];
    const opening = openGateway({ config, database: portal.database }, sandbox.tenantId, row);
    expect(await opening.catch((error: GatewayRefused) => error.code)).to.equal('sandbox_in_production');
  });
});
