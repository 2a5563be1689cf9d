import { expect } from 'chai';
import { asPlatform } from '../../../src/database/as-platform.ts';
import { withClient } from '../../../src/database/pools.ts';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { newId } from '../../../src/database/new-id.ts';
import { systemActor, type Actor } from '../../../src/domain/actor.ts';
import { sealEvents } from '../../../src/domain/audit/audit-chain.ts';
import { tenantChain } from '../../../src/domain/audit/chain.ts';
import { eraseAuditPersonalData } from '../../../src/domain/audit/erase-personal-data.ts';
import type { AuditEntry } from '../../../src/domain/audit/record-audit.ts';
import { verifyAudit } from '../../../src/domain/audit/verify-audit.ts';
import { findAuditEvents, findEventNamesOf, insertAuditEvents } from '../../support/audit.ts';
import { createCustomer, createTenant, type TestTenant } from '../../support/factories.ts';
import { startPortal, type OwnPortal } from '../../support/portal.ts';
import { queueTestEmail, sql, untilBlocked } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

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
  let portal: OwnPortal;
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
    await portal.owner.query('truncate audit_events, audit_seals, audit_heads');
  });

  const insert = (by: Actor, entry: AuditEntry, minutesAgo = 20, to = tenant) =>
    insertAuditEvents(portal, to, { actor: by, entry, minutesAgo });
  const seal = () =>
    asPlatform(portal.database, (db) => sealEvents(db, tenantChain(tenant.id), portal.config.secretKeys[0]!));
  const verify = () =>
    verifyAudit(portal.database, tenantChain(tenant.id), { secretKeys: portal.config.secretKeys });
  const erase = (userId = PERSON) =>
    asPlatform(portal.database, (db) =>
      eraseAuditPersonalData(db, systemActor('Erasure'), tenant.id, userId),
    );
  const rows = () =>
    sql(
      portal,
      `select actor_name, ip, user_agent, actor_salt is null as no_actor_salt, target_name, changes,
         target_salt is null as no_target_salt from audit_events
       where event <> 'user.personal_data_erased' order by at, id`,
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

  it('erases actor and address of links that an anonymous user requested for the user', async () => {
    const customer = await createCustomer(portal, tenant);
    const visitor = new Visitor(portal, tenant.account);
    const forgot = await visitor.visit('/account/forgot-password');
    await forgot.submit('Send password reset email', { 'Email address': customer.email });
    await portal.runMail();
    const activate = await visitor.visit('/account/activate');
    await activate.submit('Submit', { Username: customer.email });
    await portal.owner.query(`delete from audit_events where event not like '%_requested'`);
    const events = async (): Promise<unknown[]> =>
      (await rows()).map(({ ip, target_name }) => [ip, target_name]);
    expect(await events()).to.eql([
      [visitor.address, `Reset password to ${customer.email}`],
      [visitor.address, `Set password to ${customer.email}`],
    ]);
    await erase(customer.id);
    expect(await events()).to.eql([
      [null, null],
      [null, null],
    ]);
  });

  const requestReset = async (email: string) => {
    const visitor = new Visitor(portal, tenant.account);
    const forgot = await visitor.visit('/account/forgot-password');
    await forgot.submit('Send password reset email', { 'Email address': email });
  };
  const addressesOfRequests = async () =>
    (await rows()).map(({ target_name }) => target_name).filter((name) => name !== null);

  it('erases links that an anonymous user requested for a former address in the audit log', async () => {
    const customer = await createCustomer(portal, tenant);
    for (const address of ['old@former.example', 'older@former.example', 'other@former.example'])
      await requestReset(address);
    const target = { type: 'user', id: customer.id, name: 'Ada' } as const;
    const by = actor(customer.id, 'Ada');
    const changes = { email: ['Old@former.example', customer.email] };
    await insert(by, { event: 'user.email_changed', target, changes });
    const created = { email: [null, 'older@former.example'] };
    await insert(by, { event: 'user.created', target, changes: created });
    await insert(by, {
      event: 'user.updated',
      target: { ...target, id: newId() },
      changes: { email: ['other@former.example', null] },
    });
    await erase(customer.id);
    expect(await addressesOfRequests()).to.eql(['Ada', 'Reset password to other@former.example']);
  });

  it('erases links that an anonymous user requested for an address of an email to the user', async () => {
    const customer = await createCustomer(portal, tenant);
    await requestReset('old@former.example');
    await queueTestEmail(portal, tenant, { ...customer, email: 'old@former.example' });
    await erase(customer.id);
    expect(await addressesOfRequests()).to.eql([]);
  });

  it('records an event that names the user only by id', async () => {
    await insert(actor(PERSON, 'Ada'), userUpdated(PERSON, 'Ada'));
    const by = { ...actor(PERSON, 'Ada'), kind: 'customer' as const };
    await asPlatform(portal.database, (db) => eraseAuditPersonalData(db, by, tenant.id, PERSON));
    expect(await findAuditEvents(portal, tenant, 'user.personal_data_erased')).to.eql([
      { actor_name: null, target_name: null, changes: {} },
    ]);
    expect(await findEventNamesOf(portal, PERSON)).to.include('user.personal_data_erased');
  });

  it('does not deadlock with a concurrent erasure', async () => {
    await insert(actor(PERSON, 'Ada'), userUpdated(OTHER, 'Ben'), 40);
    await insert(actor(OTHER, 'Ben'), userUpdated(PERSON, 'Ada'), 39);
    await insert(actor(PERSON, 'Ada'), userUpdated(OTHER, 'Ben'), 38);
    const both = await withClient(portal.urls.superuser, async (client) => {
      await client.query('begin; select from app.audit_events order by at desc limit 1 for update');
      const erasures = Promise.all([erase(PERSON), erase(OTHER)]);
      await untilBlocked(portal, 2);
      await client.query('rollback');
      return erasures;
    });
    expect(both).to.have.length(2);
    expect((await rows()).map((row) => [row['no_actor_salt'], row['no_target_salt']])).to.eql([
      [true, true],
      [true, true],
      [true, true],
    ]);
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
    expect(await verify()).to.include({ seals: 1, events: 2, problem: null });
    await seal();
    expect(await verify()).to.include({ seals: 2, events: 3, problem: null });
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
      await portal.owner.query('truncate audit_events, audit_seals, audit_heads');
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

  it('lets verifyAudit detect events that were erased without a later event of the erasure', async () => {
    const eraseActor = `update audit_events set actor_name = null, ip = null, user_agent = null, actor_salt = null`;
    const eraseTarget = `update audit_events set target_name = null, target_salt = null, changes = '{"email": null, "cf[shoe]": null}'`;
    const erasePerson = (person: string) => () => erase(person);
    const cases: [string, (() => Promise<void>)?][] = [
      [`${eraseActor} where actor_id = '${PERSON}'`],
      [`${eraseTarget} where event = 'user.updated' and target_id = '${PERSON}'`],
      [`${eraseActor} where actor_id is null`],
      [`${eraseActor} where actor_id = '${PERSON}'`, erasePerson(OTHER)],
      [`${eraseTarget} where event = 'user.updated' and target_id = '${PERSON}'`, erasePerson(OTHER)],
      [`delete from audit_events where at > now() - interval '5 minutes'`, erasePerson(PERSON)],
    ];
    for (const [statement, eraseFirst] of cases) {
      await portal.owner.query('truncate audit_events, audit_seals, audit_heads');
      const earlierErasure = { type: 'user', id: PERSON, name: null } as const;
      await insert(
        systemActor('Erasure'),
        { event: 'user.personal_data_erased', target: earlierErasure },
        60,
      );
      await insert(actor(PERSON, 'Ada'), userUpdated(OTHER, 'Ben'), 40);
      await insert(actor(OTHER, 'Ben'), userUpdated(PERSON, 'Ada'), 39);
      await insert(actor(null, 'Eve'), userUpdated(newId(), 'Dan'), 38);
      await seal();
      await eraseFirst?.();
      expect((await verify()).problem).to.equal(null);
      await portal.owner.query(statement);
      expect((await verify()).problem, statement).to.match(/erased, and the erasure is not recorded/);
    }
  });

  it('lets verifyAudit accept an erasure only of the user that it targets and of the emails that it lists', async () => {
    const customer = await createCustomer(portal, tenant);
    const email = await queueTestEmail(portal, tenant, customer);
    const erasure = `where event = 'user.personal_data_erased'`;
    const swapped = `update audit_events set target_id = $1, changes = jsonb_build_object('emails', jsonb_build_array($2::text)) ${erasure}`;
    const cases: [string, string[]][] = [
      [`update audit_events set target_type = 'email' ${erasure}`, []],
      [`update audit_events set target_type = null ${erasure}`, []],
      [`update audit_events set changes = '{}' ${erasure}`, []],
      [swapped, [email, customer.id]],
    ];
    for (const [statement, values] of cases) {
      await portal.owner.query('truncate audit_events, audit_seals, audit_heads');
      await insert(actor(customer.id, 'Ada'), userUpdated(OTHER, 'Ben'), 40);
      const target = { type: 'email', id: email, name: `Reset password to ${customer.email}` } as const;
      await insert(actor(OTHER, 'Ben'), { event: 'email.resent', target }, 39);
      await seal();
      await erase(customer.id);
      expect((await verify()).problem).to.equal(null);
      await portal.owner.query(statement, values);
      expect((await verify()).problem, statement).to.match(/erased, and the erasure is not recorded/);
    }
  });

  it('lets verifyAudit report rows with values that no version of the portal writes', async () => {
    const cases: [string, RegExp][] = [
      [`update audit_events set changes = 'null'`, /changed/],
      [`update audit_events set changes = 'null' where target_salt is null`, /changed/],
      [`update audit_events set changes = '[]', target_name = null, target_salt = null`, /changed/],
      [`update audit_events set actor_digest = '', target_digest = '', actor_salt = ''`, /changed/],
      [`update audit_events set at = '4000-01-01 BC'`, /covers 1 events, and there are 2/],
      [`update audit_seals set hash = 'short'`, /SECRET_KEYS/],
      [`update audit_seals set previous_hash = '', root = ''`, /does not follow/],
      [`update audit_seals set root = ''`, /SECRET_KEYS/],
      [`update audit_seals set number = 9223372036854775807`, /missing/],
      [`update audit_seals set events = -2`, /SECRET_KEYS/],
      [`update audit_seals set from_at = '-infinity', to_at = 'infinity'`, /SECRET_KEYS/],
    ];
    const partition = `create table audit_events_old partition of audit_events for values from (minvalue) to ('2000-01-01')`;
    await portal.owner.query(partition);
    for (const [statement, problem] of cases) {
      await portal.owner.query('truncate audit_events, audit_seals, audit_heads');
      await insert(actor(OTHER, 'Ada'), userUpdated(PERSON, 'Ben'), 40);
      await seal();
      await erase();
      await portal.owner.query(statement);
      expect((await verify()).problem, statement).to.match(problem);
    }
    await portal.owner.query('drop table audit_events_old');
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
    const erasure = `select app.erase_audit_personal_data(?, ?, '{}')`;
    const error = await inTenant(portal.database, tenant.id, (db) =>
      db.raw(erasure, [tenant.id, PERSON]),
    ).catch((reason: unknown) => reason);
    expect(String(error)).to.match(/permission denied for function erase_audit_personal_data/);
  });
});
