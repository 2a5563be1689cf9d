import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { systemActor } from '../../src/domain/actor.ts';
import { createLog } from '../../src/log.ts';
import { purgeExpired } from '../../src/tasks/purge-expired.ts';
import { sealAudit } from '../../src/tasks/seal-audit.ts';
import type { Schedule } from '../../src/tasks/schedules.ts';
import { runDueTasks, startTaskWorker } from '../../src/tasks/task-worker.ts';
import { insertAuditEvents } from '../support/audit.ts';
import { createCustomer, createTenant, type TestTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { queueTestEmail, sql } from '../support/rows.ts';
import { findTaskRow, queueTestTask } from '../support/tasks.ts';
import { skipBecause } from '../support/skip.ts';

describe('While the node of a tenant is down', () => {
  let portal: OwnPortal;
  let down: TestTenant;
  let other: TestTenant;

  before(async () => {
    portal = await startPortal();
    for (const database of [portal.database, portal.workerDatabase]) database.engine = 'citus';
    [down, other] = [await createTenant(portal), await createTenant(portal)];
    await sql(
      portal,
      `create function is_reachable(tenant uuid) returns boolean language plpgsql as $body$
       begin
         if tenant = '${down.id}' then raise 'the node is down'; end if;
         return true;
       end $body$`,
    );
    await failReadsOf('terms_versions');
  });
  after(() => portal.close());

  /** Statements that read rows of the tenant fail. */
  const failReadsOf = (table: string) =>
    sql(portal, `alter policy platform on ${table} using (is_reachable(tenant_id))`);
  const run = (schedule: Schedule) =>
    schedule.run({ database: portal.database, config: portal.config, log: createLog('silent') }, () => false);

  it('emails of other tenants are sent', async () => {
    const people = [await createCustomer(portal, down), await createCustomer(portal, other)] as const;
    await failReadsOf('emails');
    await queueTestEmail(portal, down, people[0]);
    await queueTestEmail(portal, other, people[1]);
    await portal.runMail();
    expect(portal.mailbox.messages.map(({ to }) => to)).to.eql([people[1].email]);
  });

  it('tasks of other tenants are run', async () => {
    await queueTestTask(portal, down);
    const id = await queueTestTask(portal, other);
    await failReadsOf('tasks');
    await runDueTasks({ database: portal.database, log: createLog('silent') });
    expect((await findTaskRow(portal, id)).state).to.equal('done');
  });

  it('expired rows of other tenants are deleted', async () => {
    await sql(
      portal,
      `insert into form_keys (tenant_id, user_id, kind, key_hash, values_hash, created_at)
       select id, gen_random_uuid(), 'company', '', '', now() - interval '2 days' from unnest($1::uuid[]) id`,
      [[down.id, other.id]],
    );
    await failReadsOf('form_keys');
    await run(purgeExpired);
    expect(await sql(portal, 'select tenant_id from form_keys')).to.eql([{ tenant_id: down.id }]);
  });

  it('audit events of other tenants are sealed', async function () {
    const now = new Date();
    if (now.getUTCDate() === 1 && now.getUTCHours() === 0)
      skipBecause(this, 'the partitions begin with the month, and events are inserted in the past');
    const entry = { event: 'user.updated', changes: {} } as const;
    for (const tenant of [down, other])
      await insertAuditEvents(portal, tenant, { actor: systemActor('x'), entry, events: 2, minutesAgo: 20 });
    await run(sealAudit);
    expect(await sql(portal, 'select tenant_id from audit_seals')).to.eql([{ tenant_id: other.id }]);
  });

  describe('and does not respond', () => {
    const deps = () => ({ database: portal.database, config: portal.config, log: createLog('silent') });
    let began: number;

    before(async () => {
      for (let n = 0; n < 5; n++) await createTenant(portal);
      await sql(
        portal,
        `create or replace function is_reachable(tenant uuid) returns boolean language plpgsql as $body$
         begin
           perform pg_sleep(0.8);
           raise 'the node is down';
         end $body$`,
      );
      for (const { id } of await sql<{ id: string }>(portal, 'select id from tenants'))
        await queueTestTask(portal, { id } as TestTenant);
      await sql(
        portal,
        `insert into form_keys (tenant_id, user_id, kind, key_hash, values_hash, created_at)
         select id, gen_random_uuid(), 'company', '', '', now() - interval '3 days' from tenants`,
      );
      await failReadsOf('tasks');
      await failReadsOf('form_keys');
    });
    beforeEach(() => {
      began = performance.now();
    });

    it('a worker stops within two seconds', async () => {
      const worker = startTaskWorker(deps(), {});
      await delay(1_200);
      await worker.stop();
      expect(performance.now() - began).to.be.below(3_200);
    });

    it('a schedule stops within two seconds', async () => {
      const run = purgeExpired.run(deps(), () => performance.now() - began > 1_200);
      await run.catch(() => undefined);
      expect(performance.now() - began).to.be.below(3_200);
    });
  });
});
