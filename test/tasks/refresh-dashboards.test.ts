import { expect } from 'chai';
import pino from 'pino';
import { inTenant } from '../../src/database/in-tenant.ts';
import { systemActor } from '../../src/domain/actor.ts';
import { recordAudit } from '../../src/domain/audit/record-audit.ts';
import { refreshDashboards } from '../../src/tasks/refresh-dashboards.ts';
import { createTenant, type TestTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';

const log = pino({ level: 'silent' });

describe('refreshDashboards', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  const run = () =>
    refreshDashboards.run({ database: portal.database, config: portal.config, log }, () => false);
  const refreshedAt = async () => {
    const text = 'select refreshed_at from dashboard_summaries where tenant_id = $1 and figures is not null';
    return (await sql<{ refreshed_at: Date }>(portal, text, [tenant.id]))[0]?.refreshed_at.toISOString();
  };
  const age = (minutes: number) =>
    sql(
      portal,
      `update dashboard_summaries set started_at = now() - make_interval(mins => $2) where tenant_id = $1`,
      [tenant.id, minutes],
    );
  const recordEvent = () =>
    inTenant(portal.database, tenant.id, (db) =>
      recordAudit(db, systemActor('Billing run'), {
        event: 'billing_run.finished',
        target: { type: 'tenant', id: tenant.id, name: 'Alpha' },
      }),
    );

  it('makes the summary of a new tenant', async () => {
    await run();
    expect(await refreshedAt()).to.be.a('string');
  });

  it('refreshes a summary older than five minutes when an event was recorded since, and otherwise not', async () => {
    await run();
    const first = await refreshedAt();
    await recordEvent();
    await run();
    expect(await refreshedAt(), 'younger than five minutes').to.equal(first);
    await age(6);
    await run();
    const second = await refreshedAt();
    expect(second, 'after an event').to.not.equal(first);
    await sql(portal, `update audit_events set at = at - interval '30 minutes' where tenant_id = $1`, [
      tenant.id,
    ]);
    await age(6);
    await run();
    expect(await refreshedAt(), 'without an event since').to.equal(second);
  });

  it('leaves out suspended tenants', async () => {
    await sql(portal, `update tenants set status = 'suspended' where id = $1`, [tenant.id]);
    await run();
    expect(await refreshedAt()).to.equal(undefined);
  });
});
