import { expect } from 'chai';
import pino from 'pino';
import { systemActor } from '../../src/domain/actor.ts';
import type { AuditHead } from '../../src/domain/audit/audit-head.ts';
import { platformChain, tenantChain } from '../../src/domain/audit/chain.ts';
import { verifyAudit } from '../../src/domain/audit/verify-audit.ts';
import { createAuditPartitions, logAuditHeads, sealAudit } from '../../src/tasks/seal-audit.ts';
import { createLog } from '../../src/log.ts';
import { insertAuditEvents } from '../support/audit.ts';
import { createTenant, type TestTenant } from '../support/factories.ts';
import { withClient } from '../../src/database/pools.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';

describe('sealAudit', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());
  beforeEach(async () => {
    await truncate();
    tenant = await createTenant(portal);
    await portal.owner.query('truncate audit_events');
  });

  const truncate = () =>
    portal.owner.query('truncate audit_events, audit_seals, audit_heads, platform_events');
  const seal = () =>
    sealAudit.run(
      { database: portal.database, config: portal.config, log: createLog('silent') },
      () => false,
    );
  const verify = (secretKeys = portal.config.secretKeys, earlierHead?: AuditHead) =>
    verifyAudit(portal.database, tenantChain(tenant.id), { secretKeys, earlierHead });
  const verifyPlatform = () =>
    verifyAudit(portal.database, platformChain, { secretKeys: portal.config.secretKeys });
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
    expect(await verify()).to.include({ seals: 1, events: 10, problem: null });
  });

  it('links each seal to the previous one', async () => {
    // More than verifyAudit reads at once.
    for (let minutes = 58; minutes > 7; minutes -= 1) {
      await insertEvents(4, minutes);
      await seal();
    }
    expect(await verify()).to.include({ seals: 51, events: 204, problem: null });
    await portal.owner.query('delete from audit_seals where number = 51');
    await portal.owner.query('update audit_seals set number = 51 where number = 50');
    expect((await verify()).problem).to.equal('Seal 51: the one before it is missing');
  });

  it('adds two seals for 1,001 events', async () => {
    await insertEvents(1_001, 20);
    await seal();
    expect(await verify()).to.include({ seals: 2, events: 1_001, problem: null });
  });

  it('adds one seal when several processes seal at the same time', async () => {
    await insertEvents(50, 20);
    await Promise.all([seal(), seal(), seal()]);
    expect(await verify()).to.include({ seals: 1, events: 50, problem: null });
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
      await truncate();
      for (const minutes of [40, 20]) {
        await insertEvents(10, minutes);
        await seal();
      }
      expect((await verify()).problem).to.equal(null);
      await portal.owner.query(sql);
      expect((await verify()).problem, sql).to.match(problem);
    }
  });

  const sealTwice = async () => {
    await truncate();
    for (const minutes of [40, 20]) {
      await insertEvents(10, minutes);
      await seal();
    }
  };

  it('advances a head with which verifyAudit detects a deleted end, deleted seals and a deleted log', async () => {
    const end = `(select to_at from audit_seals where number = 1)`;
    const cases: [string[], RegExp][] = [
      [
        [`delete from audit_events where at > ${end}`, 'delete from audit_seals where number = 2'],
        /ends at seal 1, and its recorded head is seal 2/,
      ],
      [['delete from audit_seals where number = 2'], /ends at seal 1/],
      [['truncate audit_seals'], /ends at seal 0/],
      [
        ['truncate audit_seals, audit_events'],
        /ends at seal 0, and its recorded head is seal 2 with 20 events/,
      ],
      [['truncate audit_heads'], /no head was recorded/],
      [[`update audit_heads set events = 19`], /not the one of the recorded head/],
      [[`update audit_heads set hash = '\\x00'`], /not the one of the recorded head/],
    ];
    for (const [statements, problem] of cases) {
      await sealTwice();
      expect(await verify()).to.include({ seals: 2, events: 20, problem: null });
      for (const sql of statements) await portal.owner.query(sql);
      expect((await verify()).problem, statements.join('; ')).to.match(problem);
    }
  });

  it('adds no seal to a chain that lacks the seal of its head', async () => {
    await sealTwice();
    await portal.owner.query(
      'delete from audit_events where id = (select to_id from audit_seals where number = 2)',
    );
    await portal.owner.query('delete from audit_seals where number = 2');
    await seal();
    expect((await verify()).problem).to.match(/ends at seal 1, and its recorded head is seal 2/);
  });

  it('allows the roles of the application to advance a head, not to change or delete it', async () => {
    await sealTwice();
    for (const [role, url] of Object.entries({ app: portal.urls.app, platform: portal.urls.platform }))
      for (const sql of ['update audit_heads set seals = 1', 'delete from audit_heads'])
        await withClient(url, async (client) => {
          const error = await client.query(sql).catch((thrown: unknown) => thrown);
          expect(String(error), `${role}: ${sql}`).to.match(/permission denied/);
        });
    await withClient(portal.urls.app, async (client) => {
      const read = await client.query('select from audit_heads').catch((thrown: unknown) => thrown);
      expect(String(read)).to.match(/permission denied/);
    });
  });

  it('compares with a head that was printed earlier', async () => {
    await sealTwice();
    const { seals, events, hash } = await verify();
    const earlier = { seals, events, hash: hash! };
    await insertEvents(1, 10);
    await seal();
    expect((await verify(portal.config.secretKeys, earlier)).problem).to.equal(null);
    await truncate();
    await insertEvents(30, 20);
    await seal();
    expect(await verify()).to.include({ seals: 1, problem: null });
    expect((await verify(portal.config.secretKeys, earlier)).problem).to.match(/ends at seal 1/);
  });

  const insertPlatformEvents = (events: number) =>
    portal.owner.query(
      `insert into platform_events (id, at, event, operator_name, changes)
       select gen_random_uuid(), now() - make_interval(mins => 20 + n), 'tenant.created', 'Op', '{"b": [1, 2], "a": null}'
       from generate_series(1, $1::int) n`,
      [events],
    );

  it('seals the events of the platform console, so that verifyAudit detects changes and deletions', async () => {
    const cases: [string, RegExp][] = [
      [
        `update platform_events set operator_name = 'Other' where id in (select id from platform_events limit 1)`,
        /changed/,
      ],
      [`delete from platform_events where id in (select id from platform_events limit 1)`, /there are 2/],
      ['truncate platform_events', /there are 0/],
      ['truncate platform_events, audit_seals', /ends at seal 0, and its recorded head is seal 1/],
    ];
    for (const [sql, problem] of cases) {
      await truncate();
      await insertPlatformEvents(3);
      await seal();
      await seal();
      expect(await verifyPlatform()).to.include({ seals: 1, events: 3, problem: null });
      await portal.owner.query(sql);
      expect((await verifyPlatform()).problem, sql).to.match(problem);
    }
  });

  it('has its heads logged', async () => {
    await sealTwice();
    await insertPlatformEvents(3);
    await seal();
    const lines: Record<string, unknown>[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
    await logAuditHeads.run({ database: portal.database, config: portal.config, log }, () => false);
    const heads = lines.map(({ msg, tenant, seals, events, hash }) => ({ msg, tenant, seals, events, hash }));
    const { problem: _, ...head } = await verify();
    const { problem: __, ...platformHead } = await verifyPlatform();
    expect(heads).to.have.deep.members([
      { msg: 'audit log head', tenant: tenant.id, ...head },
      { msg: 'audit log head', tenant: null, ...platformHead },
    ]);
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
  let portal: OwnPortal;
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
