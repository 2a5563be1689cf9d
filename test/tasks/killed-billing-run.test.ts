import { expect } from 'chai';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { inTenant } from '../../src/database/in-tenant.ts';
import { getBilling } from '../../src/domain/billing/billing-settings.ts';
import { queueDueRuns } from '../../src/tasks/billing-runs.ts';
import { runDueTasks } from '../../src/tasks/task-worker.ts';
import { createLog } from '../../src/log.ts';
import { createTenant } from '../support/factories.ts';
import { insertRentals } from '../support/many-rentals.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { startKilledTaskWorker } from '../support/start-killed-task-worker.ts';

/** More than two batches. */
const RENTALS = 1_300;

describe('a billing run whose worker is killed', () => {
  let portal: OwnPortal;

  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  it('bills each rental once, with numbers without gaps', async function () {
    this.timeout(60_000);
    const { id } = await createTenant(portal);
    const { today } = await inTenant(portal.database, id, getBilling);
    await insertRentals((text, values) => portal.owner.query(text, values), id, {
      count: RENTALS,
      next: today,
    });
    await inTenant(portal.database, id, queueDueRuns);
    await billUntilKilled(id);
    await sql(portal, 'update tasks set due_at = now() where due_at is not null');
    await runDueTasks({ database: portal.database, log: createLog('silent') });

    const [billed] = await sql(
      portal,
      `select count(*)::int as invoices, count(distinct number)::int as numbers, max(number)::int as last,
         (select count(*)::int from rental_periods where tenant_id = $1) as periods,
         (select count(*)::int from emails where tenant_id = $1 and template = 'invoice') as emails,
         (select sum(receivable_cents)::int from billing_accounts where tenant_id = $1) as receivable
       from invoices where tenant_id = $1`,
      [id],
    );
    const all = { invoices: RENTALS, numbers: RENTALS, last: RENTALS, periods: RENTALS, emails: RENTALS };
    expect(billed).to.eql({ ...all, receivable: RENTALS * 100_00 });
    const [run] = await sql(
      portal,
      `select status, invoices, errors from billing_runs where tenant_id = $1 and kind = 'rent'`,
      [id],
    );
    expect(run).to.eql({ status: 'finished', invoices: RENTALS, errors: 0 });
  });

  async function billUntilKilled(tenantId: string): Promise<void> {
    const worker = await startKilledTaskWorker(portal);
    try {
      await untilInvoices(tenantId);
    } finally {
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    }
    expect(await countInvoices(tenantId)).to.be.within(1, RENTALS - 1);
  }

  async function untilInvoices(tenantId: string): Promise<void> {
    while ((await countInvoices(tenantId)) === 0) await delay(10);
  }

  async function countInvoices(tenantId: string): Promise<number> {
    const [row] = await sql<{ count: number }>(
      portal,
      'select count(*)::int as count from invoices where tenant_id = $1',
      [tenantId],
    );
    return row!.count;
  }
});
