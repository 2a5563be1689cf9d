import { expect } from 'chai';
import pino from 'pino';
import { systemActor } from '../../src/domain/actor.ts';
import { verifyAudit } from '../../src/domain/audit/verify-audit.ts';
import { createAuditPartitions, sealAudit } from '../../src/tasks/seal-audit.ts';
import { createLog } from '../../src/log.ts';
import { insertAuditEvents } from '../support/audit.ts';
import { createTenant, type TestTenant } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';

describe('sealAudit', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());
  beforeEach(async () => {
    await portal.owner.query('truncate audit_events, audit_seals');
    tenant = await createTenant(portal);
    await portal.owner.query('truncate audit_events');
  });

  const seal = () =>
    sealAudit.run(
      { database: portal.database, config: portal.config, log: createLog('silent') },
      () => false,
    );
  const verify = (keys = portal.config.secretKeys) => verifyAudit(portal.database, tenant.id, keys);
  const insertEvents = async (events: number, minutesAgo: number) => {
    const changes = { b: [1, 2], a: { z: null, y: 'é' } };
    const entry = { event: 'user.updated', changes } as const;
    await insertAuditEvents(portal, tenant, { actor: systemActor('Someone'), entry, events, minutesAgo });
  };
  // In the first hour of a month, events of some minutes ago have no partition.
  before(function () {
    const now = new Date();
    if (now.getUTCDate() === 1 && now.getUTCHours() === 0) this.skip();
  });

  it('seals events once they are five minutes old', async () => {
    await insertEvents(10, 20);
    await insertEvents(3, 1);
    await seal();
    await seal();
    expect(await verify()).to.deep.equal({ seals: 1, events: 10, problem: null });
  });

  it('links each seal to the previous one', async () => {
    // More than verifyAudit reads at once.
    for (let minutes = 58; minutes > 7; minutes -= 1) {
      await insertEvents(4, minutes);
      await seal();
    }
    expect(await verify()).to.deep.equal({ seals: 51, events: 204, problem: null });
    await portal.owner.query('delete from audit_seals where number = 51');
    await portal.owner.query('update audit_seals set number = 51 where number = 50');
    expect((await verify()).problem).to.equal('Seal 51: the one before it is missing');
  });

  it('adds two seals for 5,001 events', async () => {
    await insertEvents(5_001, 20);
    await seal();
    expect(await verify()).to.deep.equal({ seals: 2, events: 5_001, problem: null });
  });

  it('adds one seal when several processes seal at the same time', async () => {
    await insertEvents(50, 20);
    await Promise.all([seal(), seal(), seal()]);
    expect(await verify()).to.deep.equal({ seals: 1, events: 50, problem: null });
  });

  it('adds seals with which verifyAudit detects changed, deleted and inserted rows', async () => {
    const cases: [string, RegExp][] = [
      [
        `update audit_events set actor_name = 'Someone else' where id in (select id from audit_events limit 1)`,
        /changed/,
      ],
      [`update audit_events set changes = '{}' where id in (select id from audit_events limit 1)`, /changed/],
      [
        `delete from audit_events where id in (select id from audit_events limit 1)`,
        /covers 10 events, and there are 9/,
      ],
      [
        `insert into audit_events (tenant_id, at, id, event, actor_kind, actor_name, actor_digest, target_digest)
        select tenant_id, at, gen_random_uuid(), event, actor_kind, actor_name, actor_digest, target_digest from audit_events order by at limit 1`,
        /covers 10 events, and there are 11/,
      ],
      [`delete from audit_seals where number = 1`, /missing/],
      [`update audit_seals set events = 9 where number = 1`, /SECRET_KEYS/],
      [`update audit_seals set previous_hash = hash where number = 2`, /does not follow/],
    ];
    for (const [sql, problem] of cases) {
      await portal.owner.query('truncate audit_events, audit_seals');
      for (const minutes of [40, 20]) {
        await insertEvents(10, minutes);
        await seal();
      }
      expect((await verify()).problem).to.equal(null);
      await portal.owner.query(sql);
      expect((await verify()).problem, sql).to.match(problem);
    }
  });

  it('adds seals that verifyAudit accepts only if SECRET_KEYS contains their key', async () => {
    await insertEvents(2, 20);
    await seal();
    const newer = 'another secret that is long enough to be one';
    expect((await verify([newer, ...portal.config.secretKeys])).problem).to.equal(null);
    expect((await verify([newer])).problem).to.match(/SECRET_KEYS/);
  });
});

describe('createAuditPartitions', () => {
  let portal: TestPortal;
  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  const countPartitions = async () => {
    const { rows } = await portal.owner.query<{ n: number }>(
      `select count(*)::int n from pg_inherits where inhparent = 'app.audit_events'::regclass`,
    );
    return rows[0]!.n;
  };

  it('creates and logs the missing partitions of the next months', async () => {
    expect(await countPartitions()).to.equal(4);
    await portal.owner.query(
      `do $$ declare part text; begin
         select max(inhrelid::regclass::text) into part from pg_inherits where inhparent = 'app.audit_events'::regclass;
         execute 'drop table ' || part; end $$`,
    );
    const messages: string[] = [];
    const log = pino(
      { level: 'info' },
      { write: (line: string) => void messages.push(JSON.parse(line).msg) },
    );

    await createAuditPartitions.run({ database: portal.database, config: portal.config, log }, () => false);

    expect(await countPartitions()).to.equal(4);
    expect(messages).to.deep.equal(['audit log partitions created']);
  });
});
