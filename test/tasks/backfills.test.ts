import { expect } from 'chai';
import { asPlatform } from '../../src/database/as-platform.ts';
import { failWrites } from '../support/failing-writes.ts';
import { createLog } from '../../src/log.ts';
import { backfillKind, type Backfills } from '../../src/tasks/backfills.ts';
import { countBackfills, queueBackfill } from '../../src/tasks/queue-backfills.ts';
import { runTaskSlot } from '../../src/tasks/run-task.ts';
import { countRuns } from '../support/count-runs.ts';
import { createCompany, createCustomer, createTenant, type TestTenant } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { findTaskRow, queueTestTask } from '../support/tasks.ts';

describe('Backfills', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  const run = async (name: string, all?: Backfills, batchSize?: number) => {
    const id = await queueTestTask(portal, tenant, null, name);
    const kinds = { backfill: backfillKind(all, batchSize) };
    await runTaskSlot({ database: portal.database, log: createLog('silent'), kinds }, tenant.id);
    return findTaskRow(portal, id);
  };

  it('restore the derived columns of users and count the changed rows', async () => {
    const { id } = await createCustomer(portal, tenant, { first_name: 'Zoë', last_name: 'Ångström' });
    const text = 'select name_norm, search_text from users where id = $1';
    const [before] = await sql(portal, text, [id]);
    await sql(portal, `update users set name_norm = 'old', search_text = 'old' where id = $1`, [id]);
    expect(await run('normalise-users')).to.deep.include({
      state: 'done',
      done: 2,
      total: 2,
      result: { changed: 1 },
    });
    expect(await sql(portal, text, [id])).to.eql([before]);
    expect(before).to.include({ name_norm: 'zoe angstrom' });
  });

  it('restore the derived columns of companies', async () => {
    const { id } = await createCompany(portal, tenant, { name: 'Öl & Söhne' });
    const text = 'select name_norm, search_text from companies where id = $1';
    const [before] = await sql(portal, text, [id]);
    await sql(portal, `update companies set name_norm = 'old', search_text = 'old' where id = $1`, [id]);
    expect((await run('normalise-companies')).result).to.eql({ changed: 1 });
    expect(await sql(portal, text, [id])).to.eql([before]);
  });

  it('process every row of the tenant once, in batches', async () => {
    const other = await createCustomer(portal, await createTenant(portal));
    for (let n = 0; n < 7; n++) await createCustomer(portal, tenant);
    const task = await run('count-runs', { 'count-runs': countRuns }, 4);
    expect(task).to.deep.include({ state: 'done', done: 8, total: 8, result: { changed: 8 } });
    const phones = await sql(portal, 'select phone from users where tenant_id = $1', [tenant.id]);
    expect(new Set(phones.map(({ phone }) => phone))).to.eql(new Set(['1']));
    expect(await sql(portal, 'select phone from users where id = $1', [other.id])).to.eql([{ phone: null }]);
  });

  it('process every row of the tenant once although a deadlock ends a batch', async () => {
    for (let n = 0; n < 7; n++) await createCustomer(portal, tenant);
    const end = await failWrites(portal, 'tasks', '40P01', {
      on: 'update',
      when: 'new.done > old.done',
      times: 1,
    });
    const task = await run('count-runs', { 'count-runs': countRuns }, 4);
    await end();
    expect(task).to.deep.include({ state: 'done', done: 8, total: 8, result: { changed: 8 } });
    const phones = await sql(portal, 'select distinct phone from users where tenant_id = $1', [tenant.id]);
    expect(phones).to.eql([{ phone: '1' }]);
  });

  it('finish for a table without rows', async () => {
    expect(await run('normalise-companies')).to.deep.include({ state: 'done', result: { changed: 0 } });
  });

  for (const name of ['of a newer version', 'constructor'])
    it(`are tried again later when the name "${name}" is not registered`, async () => {
      expect(await run(name)).to.include({ state: 'queued', attempts: 0 });
    });

  it('are queued once for each tenant until they have begun, and counted by state', async () => {
    const tenants = [tenant.id, (await createTenant(portal)).id];
    const queue = (ids: string[]) =>
      asPlatform(portal.database, (db) => queueBackfill(db, 'normalise-companies', ids));
    expect(await queue([tenants[0]!])).to.equal(1);
    expect(await queue(tenants)).to.equal(1);
    await sql(portal, `update tasks set state = 'done', due_at = null where tenant_id = $1`, [tenants[0]!]);
    expect(await queue(tenants)).to.equal(1);
    for (const begun of [`state = 'running'`, `cursor = '{}'`]) {
      await sql(portal, `update tasks set ${begun} where tenant_id = $1 and state = 'queued'`, [tenants[1]!]);
      expect(await queue(tenants), begun).to.equal(1);
      expect(await queue(tenants), begun).to.equal(0);
    }
    await sql(portal, 'delete from tasks where tenant_id <> all($1)', [tenants]);
    const counts = await asPlatform(portal.database, countBackfills);
    expect(counts).to.eql([
      { name: 'normalise-companies', state: 'queued', tenants: 2, done: 0, total: null },
    ]);
  });
});
