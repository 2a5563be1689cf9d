import { expect } from 'chai';
import { asPlatform } from '../../../src/database/as-platform.ts';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { newId } from '../../../src/database/new-id.ts';
import { systemActor, type Actor } from '../../../src/domain/actor.ts';
import { sealEvents } from '../../../src/domain/audit/audit-chain.ts';
import { eraseAuditPersonalData } from '../../../src/domain/audit/personal-data.ts';
import type { AuditEntry } from '../../../src/domain/audit/record-audit.ts';
import { verifyAudit } from '../../../src/domain/audit/verify-audit.ts';
import { insertAuditEvents } from '../../support/audit.ts';
import { createCustomer, createTenant, type TestTenant } from '../../support/factories.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { queueTestEmail, sql } from '../../support/rows.ts';

const PERSON = newId();
const OTHER = newId();
const CHANGES = { email: ['ada@a.example', 'ada@b.example'], 'cf[shoe]': [null, '38'] };

const actor = (id: string | null, name: string): Actor => ({
  ...systemActor(name),
  kind: id ? 'staff' : 'anonymous',
  id,
  ip: '192.0.2.7',
  user_agent: 'Firefox',
});
const userUpdated = (id: string, name: string): AuditEntry => ({
  event: 'user.updated',
  target: { type: 'user', id, name },
  changes: CHANGES,
});

describe('eraseAuditPersonalData', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  before(async function () {
    // In the first hour of a month, events of some minutes ago have no partition.
    const now = new Date();
    if (now.getUTCDate() === 1 && now.getUTCHours() === 0) this.skip();
    portal = await startPortal();
  });
  after(() => portal?.close());
  beforeEach(async () => {
    tenant = await createTenant(portal);
    await portal.owner.query('truncate audit_events, audit_seals');
  });

  const insert = (by: Actor, entry: AuditEntry, minutesAgo = 20, to = tenant) =>
    insertAuditEvents(portal, to, { actor: by, entry, minutesAgo });
  const seal = () =>
    asPlatform(portal.database, (db) => sealEvents(db, tenant.id, portal.config.secretKeys[0]!));
  const verify = () =>
    asPlatform(portal.database, (db) => verifyAudit(db, tenant.id, portal.config.secretKeys));
  const erase = (userId = PERSON) =>
    asPlatform(portal.database, (db) => eraseAuditPersonalData(db.tenant(tenant.id), userId));
  const rows = () =>
    sql(
      portal,
      `select actor_name, ip, user_agent, actor_salt is null as no_actor_salt, target_name, changes,
         target_salt is null as no_target_salt from audit_events order by at, id`,
    );

  const ADA_AS_ACTOR = { actor_name: 'Ada', ip: '192.0.2.7', user_agent: 'Firefox', no_actor_salt: false };
  const ERASED_ACTOR = { actor_name: null, ip: null, user_agent: null, no_actor_salt: true };
  const BEN_AS_TARGET = { target_name: 'Ben', changes: CHANGES, no_target_salt: false };
  const ERASED_TARGET = {
    target_name: null,
    changes: { email: null, 'cf[shoe]': null },
    no_target_salt: true,
  };

  it('erases the actor and keeps the target of events that the user caused', async () => {
    await insert(actor(PERSON, 'Ada'), userUpdated(OTHER, 'Ben'));
    await erase();
    expect(await rows()).to.eql([{ ...ERASED_ACTOR, ...BEN_AS_TARGET }]);
  });

  it('erases the target with all changed values and keeps the actor of events about the user', async () => {
    await insert(actor(OTHER, 'Ada'), userUpdated(PERSON, 'Ben'));
    await erase();
    expect(await rows()).to.eql([{ ...ADA_AS_ACTOR, ...ERASED_TARGET }]);
  });

  it('erases actor and target of anonymous requests about the user', async () => {
    await insert(actor(null, 'Ada'), userUpdated(PERSON, 'Ada'));
    await erase();
    expect(await rows()).to.eql([{ ...ERASED_ACTOR, ...ERASED_TARGET }]);
  });

  it('erases the address in events about emails to the user', async () => {
    const customer = await createCustomer(portal, tenant);
    const id = await queueTestEmail(portal, tenant, customer);
    await portal.owner.query('truncate audit_events');
    const target = { type: 'email', id, name: `Reset password to ${customer.email}` } as const;
    await insert(actor(OTHER, 'Ada'), { event: 'email.resent', target });
    await erase(customer.id);
    expect(await rows()).to.eql([{ ...ADA_AS_ACTOR, target_name: null, changes: {}, no_target_salt: true }]);
  });

  it('keeps the events of other users and of other tenants', async () => {
    await insert(actor(OTHER, 'Ada'), userUpdated(OTHER, 'Ben'));
    await insert(actor(PERSON, 'Ada'), userUpdated(PERSON, 'Ben'), 20, await createTenant(portal));
    await portal.owner.query(`delete from audit_events where event <> 'user.updated'`);
    await erase();
    const unchanged = { ...ADA_AS_ACTOR, ...BEN_AS_TARGET };
    expect(await rows()).to.eql([unchanged, unchanged]);
  });

  it('leaves a valid hash chain when it erases sealed and unsealed events', async () => {
    await insert(actor(PERSON, 'Ada'), userUpdated(OTHER, 'Ben'), 40);
    await insert(actor(OTHER, 'Ben'), userUpdated(PERSON, 'Ada'), 39);
    await seal();
    await insert(actor(PERSON, 'Ada'), userUpdated(PERSON, 'Ada'), 20);
    await erase();
    expect(await verify()).to.eql({ seals: 1, events: 2, problem: null });
    await seal();
    expect(await verify()).to.eql({ seals: 2, events: 3, problem: null });
  });

  it('lets verifyAudit detect changes to erased events and to the events beside them', async () => {
    const erased = `where actor_salt is null`;
    const kept = `where actor_salt is not null and target_salt is not null`;
    const erasedTarget = `where target_salt is null`;
    const cases: [string, RegExp][] = [
      [`update audit_events set actor_name = 'Eve' ${kept}`, /changed/],
      [`update audit_events set ip = null ${kept}`, /changed/],
      [`update audit_events set target_name = 'Eve' ${erased}`, /changed/],
      [
        `update audit_events set changes = jsonb_set(changes, '{email, 1}', '"eve@a.example"') ${erased}`,
        /changed/,
      ],
      [`update audit_events set actor_digest = sha256('Eve') ${erased}`, /changed/],
      [`update audit_events set actor_digest = sha256('Eve') ${kept}`, /changed/],
      [`update audit_events set target_digest = sha256('Eve') ${erased}`, /changed/],
      [`update audit_events set actor_name = 'Eve' ${erased}`, /changed/],
      [`update audit_events set ip = '192.0.2.8' ${erased}`, /changed/],
      [`update audit_events set actor_salt = null ${kept}`, /changed/],
      [
        `update audit_events set changes = '{"phone": null}', target_name = null, target_salt = null ${kept}`,
        /changed/,
      ],
      [`update audit_events set target_name = 'Eve' ${erasedTarget}`, /changed/],
      [
        `update audit_events set changes = jsonb_set(changes, '{email}', '"eve@a.example"') ${erasedTarget}`,
        /changed/,
      ],
      [`update audit_events set changes = changes || '{"phone": null}' ${erasedTarget}`, /changed/],
      [`update audit_events set target_digest = sha256('Eve') ${erasedTarget}`, /changed/],
      [`delete from audit_events ${erased}`, /covers 3 events, and there are 2/],
    ];
    for (const [statement, problem] of cases) {
      await portal.owner.query('truncate audit_events, audit_seals');
      await insert(actor(PERSON, 'Ada'), userUpdated(OTHER, 'Ben'), 40);
      await insert(actor(OTHER, 'Ben'), userUpdated(OTHER, 'Ben'), 39);
      await insert(actor(OTHER, 'Ben'), userUpdated(PERSON, 'Ada'), 38);
      await seal();
      await erase();
      expect((await verify()).problem).to.equal(null);
      await portal.owner.query(statement);
      expect((await verify()).problem, statement).to.match(problem);
    }
  });

  it('stores different digests of equal values', async () => {
    for (const minutesAgo of [40, 39])
      await insert(actor(PERSON, 'Ada'), userUpdated(PERSON, 'Ada'), minutesAgo);
    const [digests] = await sql(
      portal,
      `select count(distinct actor_digest)::int as actors, count(distinct target_digest)::int as targets
       from audit_events`,
    );
    expect(digests).to.eql({ actors: 2, targets: 2 });
  });

  it('is refused to the role that serves tenants', async () => {
    const error = await inTenant(portal.database, tenant.id, (db) => eraseAuditPersonalData(db, PERSON)).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(String(error)).to.match(/permission denied for function erase_audit_personal_data/);
  });
});
