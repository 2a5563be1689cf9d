import { expect } from 'chai';
import type { Request } from 'express';
import session, { type SessionData } from 'express-session';
import { inTenant } from '../../src/database/in-tenant.ts';
import { refuseWith } from '../../src/database/transaction.ts';
import { hashSid } from '../../src/http/session-id.ts';
import { saveSessionIn, TenantSessionStore } from '../../src/http/session-store.ts';
import { StatementCounter } from '../support/count-statements.ts';
import { createTenant, type TestTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';

describe('TenantSessionStore', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let otherTenant: TestTenant;
  let counter: StatementCounter;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    otherTenant = await createTenant(portal);
    counter = new StatementCounter(portal.database.app);
  });
  after(() => portal.close());

  const storeOf = ({ id }: TestTenant) =>
    new TenantSessionStore(portal.database, { tenant: { id } } as unknown as Request);
  const get = (of: TestTenant, sid: string) =>
    new Promise<SessionData | null>((resolve, reject) => {
      storeOf(of).get(sid, (error, data) => (error ? reject(error as Error) : resolve(data!)));
    });
  const set = (of: TestTenant, sid: string, data: { csrfSecret: string; expires?: Date }) =>
    new Promise<void>((resolve, reject) => {
      const cookie = new session.Cookie();
      if (data.expires) cookie.expires = data.expires;
      storeOf(of).set(sid, { csrfSecret: data.csrfSecret, cookie } as SessionData, (error) =>
        error ? reject(error as Error) : resolve(),
      );
    });
  /** As a request does that has read the session. */
  const destroy = (of: TestTenant, sid: string) =>
    new Promise<void>((resolve, reject) => {
      const store = storeOf(of);
      store.get(sid, () => store.destroy(sid, (error) => (error ? reject(error as Error) : resolve())));
    });
  const rowsOf = (sid: string) =>
    sql<{ tenant_id: string; sess: SessionData; expire: Date }>(
      portal,
      'select tenant_id, sess, expire from sessions where sid = $1 order by tenant_id = $2 desc',
      [hashSid(sid), tenant.id],
    );

  it('stores a session in a row of the tenant in one round trip', async () => {
    counter.start();
    await set(tenant, 'saved', { csrfSecret: 'first' });
    await set(tenant, 'saved', { csrfSecret: 'second' });
    expect(counter.counted).to.include({ roundTrips: 2, checkouts: 2 });
    const rows = await rowsOf('saved');
    expect(rows.map((row) => row.tenant_id)).to.deep.equal([tenant.id]);
    expect(await get(tenant, 'saved')).to.include({ csrfSecret: 'second' });
  });

  it('writes a session again only when more than the cookie changed since the request read or wrote it', async () => {
    await set(tenant, 'unchanged', { csrfSecret: 'x' });
    const store = storeOf(tenant);
    const save = (data: SessionData) => new Promise((resolve) => store.set('unchanged', data, resolve));
    const read = await new Promise<SessionData>((resolve) => {
      store.get('unchanged', (_error, data) => resolve(data!));
    });
    counter.start();
    await save(read);
    await save({ ...read, cookie: new session.Cookie() });
    expect(counter.counted.statements).to.eql([]);
    await save({ ...read, csrfSecret: 'y' });
    await save({ ...read, csrfSecret: 'y' });
    expect(counter.counted.writes).to.have.length(1);
    expect(await get(tenant, 'unchanged')).to.include({ csrfSecret: 'y' });
  });

  it('deletes no session that the request has not read or written', async () => {
    await set(tenant, 'of another request', { csrfSecret: 'x' });
    counter.start();
    await new Promise((resolve) => storeOf(tenant).destroy('of another request', resolve));
    expect(counter.counted.statements).to.eql([]);
  });

  it('stores a session in the transaction that it is given', async () => {
    const save = (of: TestTenant, sid: string, finish: () => unknown) => {
      const cookie = new session.Cookie();
      const data = { csrfSecret: 'in a transaction', cookie };
      const req = { sessionID: sid, session: data } as unknown as Request;
      return inTenant(portal.database, of.id, (db) => {
        saveSessionIn(db, req);
        return finish();
      });
    };
    counter.start();
    await save(tenant, 'committed', () => undefined);
    expect(counter.counted).to.include({ roundTrips: 1, checkouts: 1 });
    expect(await get(tenant, 'committed')).to.include({ csrfSecret: 'in a transaction' });
    await save(tenant, 'refused', () => refuseWith({}));
    expect(await get(tenant, 'refused')).to.equal(null);
  });

  it('expires a session after 12 hours or with its cookie', async () => {
    await set(tenant, 'of a browser', { csrfSecret: 'x' });
    const expires = new Date('2035-01-01T00:00:00Z');
    await set(tenant, 'remembered', { csrfSecret: 'x', expires });
    const [ofBrowser] = await rowsOf('of a browser');
    expect(ofBrowser!.expire.getTime()).to.be.closeTo(Date.now() + 12 * 60 * 60 * 1000, 60_000);
    // The process computes the rest of the lifetime, and the database adds it to its own time.
    const [remembered] = await rowsOf('remembered');
    expect(remembered!.expire.getTime()).to.be.closeTo(expires.getTime(), 60_000);
  });

  it('returns no expired session', async () => {
    await set(tenant, 'expired', { csrfSecret: 'x', expires: new Date(Date.now() - 1000) });
    expect(await get(tenant, 'expired')).to.equal(null);
  });

  it('finds, replaces and deletes no session of another tenant', async () => {
    await set(tenant, 'same id', { csrfSecret: 'mine' });
    expect(await get(otherTenant, 'same id')).to.equal(null);
    await destroy(otherTenant, 'same id');
    await set(otherTenant, 'same id', { csrfSecret: 'theirs' });
    expect((await rowsOf('same id')).map(({ sess }) => sess.csrfSecret)).to.deep.equal(['mine', 'theirs']);
    await destroy(tenant, 'same id');
    expect(await get(tenant, 'same id')).to.equal(null);
    expect(await get(otherTenant, 'same id')).to.include({ csrfSecret: 'theirs' });
  });
});
