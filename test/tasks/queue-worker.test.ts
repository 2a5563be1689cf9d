import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { createLog } from '../../src/log.ts';
import { taskQueue } from '../../src/domain/task/task-actions.ts';
import { startQueueWorker, type QueueProcessor, type QueueWorker } from '../../src/tasks/queue-worker.ts';
import { createTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { queueTestTask } from '../support/tasks.ts';

describe('A queue worker', () => {
  let portal: OwnPortal;
  let worker: QueueWorker;

  before(async () => {
    portal = await startPortal();
  });
  afterEach(() => worker.stop());
  after(() => portal.close());

  const start = (serve: QueueProcessor['serve']) => {
    const deps = { database: portal.database, log: createLog('silent') };
    worker = startQueueWorker(deps, { queue: taskQueue, concurrency: 1, serve });
  };

  async function createDueTenants(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let n = 0; n < count; n++) {
      const tenant = await createTenant(portal);
      await queueTestTask(portal, tenant);
      ids.push(tenant.id);
    }
    return ids;
  }

  it('continues with other tenants when one cannot be served', async () => {
    const [failing, ...others] = await createDueTenants(3);
    const served: string[] = [];
    start((tenantId) => {
      served.push(tenantId);
      if (tenantId === failing) throw new Error('Its database server does not respond');
      return Promise.resolve(true);
    });
    // The list of due tenants is read again after a second.
    await delay(1_800);
    expect(served.filter((id) => id === failing)).to.have.length(1);
    expect(served).to.include.members(others);
  });

  it('serves the tenant that was served least recently', async () => {
    const tenants = await createDueTenants(6);
    const served: string[] = [];
    let newcomer: string | undefined;
    start(async (tenantId) => {
      served.push(tenantId);
      await delay(300);
      return true;
    });
    await delay(1_500);
    [newcomer] = await createDueTenants(1);
    const before = served.length;
    await delay(1_600);
    expect(served.slice(0, before).filter((id) => tenants.includes(id)).length).to.be.greaterThan(1);
    expect(served.slice(before)).to.include(newcomer);
  });
});
