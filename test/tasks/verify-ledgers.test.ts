import { expect } from 'chai';
import pino from 'pino';
import { verifyLedgers } from '../../src/tasks/verify-ledgers.ts';
import { createCompany, createTenant } from '../support/factories.ts';
import { TestAccount } from '../support/money.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';

describe('verifyLedgers', () => {
  let portal: OwnPortal;

  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  it('logs an error for each tenant whose ledger differs', async () => {
    const [right, wrong] = [await createTenant(portal), await createTenant(portal)];
    for (const tenant of [right, wrong])
      await new TestAccount(portal, tenant, await createCompany(portal, tenant)).issue(10_00n);
    await portal.owner.query('update billing_accounts set receivable_cents = 1 where tenant_id = $1', [
      wrong.id,
    ]);
    const lines: Record<string, unknown>[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as object as never) });
    await verifyLedgers.run({ database: portal.database, config: portal.config, log }, () => false);
    expect(
      lines.map(({ level, tenant, sum, stored, computed }) => [level, tenant, sum, stored, computed]),
    ).to.eql([[pino.levels.values['error'], wrong.id, 'billing_accounts.receivable_cents', '1', '1000']]);
  });
});
