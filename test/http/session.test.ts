import { expect } from 'chai';
import { Router } from 'express';
import { listMounts } from '../../src/app.ts';
import { findCredentials } from '../../src/domain/login-session/login-session-queries.ts';
import { parseEmailAddress } from '../../src/domain/text/email-address.ts';
import { anyone } from '../../src/http/guards.ts';
import { startSession } from '../../src/sign-in/session.ts';
import {
  createCustomer,
  createStaff,
  createTenant,
  submitLogin,
  PASSWORD,
  signedInCustomer,
  signedInStaff,
  signIn,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

interface StoredSession {
  tenant_id: string;
  sid: string;
  sess: object;
  expire: Date;
}

describe('A login session', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  const sql = async <Row extends object>(text: string, values: unknown[] = []) =>
    (await portal.owner.query<Row>(text, values)).rows;

  const isLoggedIn = async (visitor: Visitor) => {
    const home = visitor.host === tenant.operations ? '/users' : '/account';
    return (await visitor.visit(home)).path === home;
  };

  const lastLogin = async (userId: string) =>
    (
      await sql<{ id: string; sid_hash: string; last_seen_at: Date; revoked_at: Date | null }>(
        'select * from login_sessions where user_id = $1 order by id desc limit 1',
        [userId],
      )
    )[0]!;

  it('gets a new session id, which prevents session fixation', async () => {
    const attacker = await signedInCustomer(portal, tenant);
    const plantedCookie = attacker.cookies.get('__Host-account')!;
    const victim = new Visitor(portal, tenant.account);
    victim.cookies.set('__Host-account', plantedCookie);
    const person = await createCustomer(portal, tenant);
    await attacker.postFrom(await attacker.visit('/account'), '/account/logout');
    expect((await submitLogin(victim, '/account/login', person)).status).to.equal(303);
    expect(victim.cookies.get('__Host-account')).not.to.equal(plantedCookie);
    expect(await isLoggedIn(victim)).to.equal(true);
    expect(await isLoggedIn(attacker)).to.equal(false);
  });

  it('revokes the previous login session of the browser', async () => {
    const first = await signedInCustomer(portal, tenant);
    const copy = new Visitor(portal, tenant.account);
    copy.cookies.set('__Host-account', first.cookies.get('__Host-account')!);
    const page = await first.visit('/account/profile');
    const other = await createCustomer(portal, tenant);
    const response = await first.postFrom(page, '/account/login', {
      username: other.email,
      password: PASSWORD,
    });
    expect(response.status).to.equal(303);
    expect(first.cookies.get('__Host-account')).not.to.equal(copy.cookies.get('__Host-account'));
    expect(await isLoggedIn(copy)).to.equal(false);
    expect((await lastLogin(first.person.id)).revoked_at).to.be.an.instanceof(Date);
  });

  it('is revoked by logging out, also for a copy of its cookie', async () => {
    const visitor = await signedInCustomer(portal, tenant);
    const copy = visitor.cookies.get('__Host-account')!;
    await visitor.postFrom(await visitor.visit('/account'), '/account/logout');
    expect(visitor.cookies.get('__Host-account')).not.to.equal(copy);
    visitor.cookies.set('__Host-account', copy);
    expect(await isLoggedIn(visitor)).to.equal(false);
    expect((await lastLogin(visitor.person.id)).revoked_at).to.be.an.instanceof(Date);
  });

  it('is not restored by a concurrent request that saves the session again', async () => {
    const visitor = await signedInCustomer(portal, tenant);
    const copy = visitor.cookies.get('__Host-account')!;
    const { sid_hash } = await lastLogin(visitor.person.id);
    const [stored] = await sql<StoredSession>('select * from sessions where sid = $1', [sid_hash]);
    expect(stored).to.be.an('object');
    await visitor.postFrom(await visitor.visit('/account'), '/account/logout');
    expect(await sql('select 1 from sessions where sid = $1', [sid_hash])).to.eql([]);

    // A concurrent request saves the session that it has read before.
    await sql('insert into sessions (tenant_id, sid, sess, expire) values ($1, $2, $3, $4)', [
      stored!.tenant_id,
      sid_hash,
      stored!.sess,
      stored!.expire,
    ]);
    visitor.cookies.set('__Host-account', copy);
    expect(await isLoggedIn(visitor)).to.equal(false);
  });

  it('is neither deleted nor revoked when its cookie is sent to another portal or tenant', async () => {
    const visitor = await signedInCustomer(portal, tenant);
    const cookie = visitor.cookies.get('__Host-account')!;
    const other = await createTenant(portal);
    const elsewhere: [host: string, name: string, login: string][] = [
      [tenant.operations, '__Host-operations', '/login'],
      [other.account, '__Host-account', '/account/login'],
      [other.operations, '__Host-operations', '/login'],
      [portal.config.operationsDomain, '__Host-platform', '/login'],
    ];
    for (const [host, name, login] of elsewhere) {
      const stranger = new Visitor(portal, host);
      const page = await stranger.visit(login);
      stranger.cookies.set(name, cookie);
      await stranger.postFrom(page, login, { username: 'a@x.example', password: PASSWORD });
      const logout = await stranger.postFrom(page, login.replace('login', 'logout'));
      expect(logout.status, host).to.equal(303);
      expect(await isLoggedIn(visitor), host).to.equal(true);
    }
    expect((await lastLogin(visitor.person.id)).revoked_at).to.equal(null);
  });

  it('is revoked when the user logs out during concurrent requests', async () => {
    const visitor = await signedInCustomer(portal, tenant);
    const page = await visitor.visit('/account/profile');
    const copy = visitor.cookies.get('__Host-account')!;
    const requests = Array.from({ length: 12 }, (_, n) =>
      n === 6
        ? visitor.postFrom(page, '/account/logout')
        : visitor.postFrom(page, '/account/profile', { phone: `+1 555 01${n}` }),
    );
    await Promise.all(requests);
    visitor.cookies.set('__Host-account', copy);
    expect(await isLoggedIn(visitor)).to.equal(false);
  });

  describe('ends with the next request', () => {
    it('when the user is disabled', async () => {
      for (const visitor of [await signedInCustomer(portal, tenant), await signedInStaff(portal, tenant)]) {
        expect(await isLoggedIn(visitor)).to.equal(true);
        await sql(`update users set status = 'disabled' where id = $1`, [visitor.person.id]);
        expect(await isLoggedIn(visitor)).to.equal(false);
      }
    });

    it('when the tenant is suspended, also while the directory has cached the tenant as active', async () => {
      const other = await createTenant(portal);
      const customer = await signedInCustomer(portal, other);
      const staff = await signedInStaff(portal, other);
      expect((await customer.visit('/account')).path).to.equal('/account');
      await sql(`update tenants set status = 'suspended' where id = $1`, [other.id]);
      expect((await customer.visit('/account')).path).to.equal('/account/login');
      expect((await staff.visit('/users')).path).to.equal('/login');

      await sql(`update tenants set status = 'active' where id = $1`, [other.id]);
      expect((await customer.visit('/account')).path).to.equal('/account');
    });

    it('when the password is reset', async () => {
      const person = await createCustomer(portal, tenant);
      const visitor = await signIn(portal, tenant.account, person);
      const forgot = await new Visitor(portal, tenant.account).visit('/account/forgot-password');
      await forgot.submit('Send password reset email', { username: person.email });
      const { link } = await portal.mailbox.next(person.email);
      const reset = await new Visitor(portal, tenant.account).visit(link);
      await reset.submit('Save password', { new_password: 'seventeen purple umbrellas' });
      expect(await isLoggedIn(visitor)).to.equal(false);
    });
  });

  it('loses a permission with the next request after the role assignment is deleted', async () => {
    const staff = await signedInStaff(portal, tenant);
    expect((await staff.visit('/audit-log')).status).to.equal(200);
    await sql('delete from role_assignments where user_id = $1', [staff.person.id]);
    expect((await staff.visit('/audit-log')).status).to.equal(403);
  });

  const limits = [
    { who: 'customers', make: () => signedInCustomer(portal, tenant), minutes: 30, hours: 12 },
    { who: 'staff', make: () => signedInStaff(portal, tenant), minutes: 15, hours: 8 },
  ];
  for (const { who, make, minutes, hours } of limits) {
    it(`of ${who} ends after ${minutes} minutes without a request and not before`, async () => {
      const visitor = await make();
      const age = (by: number) =>
        sql(`update login_sessions set last_seen_at = now() - make_interval(secs => $2) where user_id = $1`, [
          visitor.person.id,
          by * 60,
        ]);
      await age(minutes - 0.5);
      expect(await isLoggedIn(visitor)).to.equal(true);
      await age(minutes + 0.1);
      expect(await isLoggedIn(visitor)).to.equal(false);
    });

    it(`of ${who} ends after ${hours} hours with requests`, async () => {
      const visitor = await make();
      const [row] = await sql<{ hours: number }>(
        'select extract(epoch from expires_at - created_at)::float / 3600 as hours from login_sessions where user_id = $1',
        [visitor.person.id],
      );
      expect(row!.hours).to.be.closeTo(hours, 0.01);
      await sql(`update login_sessions set expires_at = now() - interval '1 second' where user_id = $1`, [
        visitor.person.id,
      ]);
      expect(await isLoggedIn(visitor)).to.equal(false);
    });
  }

  it('updates last_seen_at at most once a minute', async () => {
    const visitor = await signedInCustomer(portal, tenant);
    const seen = async () => (await lastLogin(visitor.person.id)).last_seen_at.getTime();
    const first = await seen();
    await visitor.visit('/account');
    expect(await seen()).to.equal(first);
    await sql(`update login_sessions set last_seen_at = now() - interval '61 seconds' where user_id = $1`, [
      visitor.person.id,
    ]);
    await visitor.visit('/account');
    expect(await seen()).to.be.at.least(first);
  });

  it('of staff does not start with a forged "Keep me logged in"', async () => {
    const person = await createStaff(portal, tenant);
    const visitor = new Visitor(portal, tenant.operations);
    const page = await visitor.visit('/login');
    const fields = { username: person.email, password: PASSWORD };
    const forged = await visitor.postFrom(page, '/login', { ...fields, remember: 'on' });
    expect(forged.status).to.equal(400);
    expect(await sql('select 1 from login_sessions where user_id = $1', [person.id])).to.eql([]);
    const response = await visitor.postFrom(page, '/login', fields);
    const cookies = response.headers['set-cookie'] as unknown as string[];
    const cookie = cookies.find((each) => each.startsWith('__Host-operations='));
    expect(cookie).to.be.a('string').and.not.include('Expires');
  });

  it('of staff is not sent with a link from another site and stays valid afterwards', async () => {
    const staff = await signedInStaff(portal, tenant);
    expect((await staff.visit(`${staff.origin}/users`)).path).to.equal('/login');
    expect(await isLoggedIn(staff)).to.equal(true);
  });
});

describe('A request without a session cookie', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let visitor: Visitor;

  before(async () => {
    portal = await startPortal({
      mounts: (pipelines, config) => [
        { portal: 'account', path: '/test', pipeline: pipelines.pages, routes: [sessionRoutes()] },
        ...listMounts(pipelines, config),
      ],
    });
    tenant = await createTenant(portal);
  });
  beforeEach(() => {
    visitor = new Visitor(portal, tenant.account);
  });
  after(() => portal.close());

  it('gets no session id when it only reads', async () => {
    expect((await visitor.get('/test/id')).body).to.equal(null);
    visitor.cookies.set('__Host-account', 's%3Aforged.signature');
    expect((await visitor.get('/test/id')).body).to.be.a('string');
  });

  it('can start a session with GET', async () => {
    const person = await createCustomer(portal, tenant);
    const response = await visitor.get(`/test/start?email=${encodeURIComponent(person.email)}`);
    expect(response.status).to.equal(303);
    expect(visitor.cookies.names()).to.include('__Host-account').and.not.include('__Host-csrf');
    const page = await visitor.visit('/account/profile');
    expect(page.path).to.equal('/account/profile');
    expect((await visitor.postFrom(page, '/account/logout')).status).to.equal(303);
  });

  it('can start a session and show a form, which can be submitted', async () => {
    const person = await createCustomer(portal, tenant);
    const page = await visitor.visit(`/test/start?page=1&email=${encodeURIComponent(person.email)}`);
    const names = (page.headers['set-cookie'] as unknown as string[]).map((cookie) => cookie.split('=')[0]);
    expect(names).to.have.members([...new Set(names)]);
    expect(visitor.cookies.names()).to.include('__Host-account').and.not.include('__Host-csrf');
    const next = await page.submit('Log in', { username: person.email, password: PASSWORD });
    expect(next).to.include({ status: 200, path: '/account' });
  });

  it('cannot store a value when it only reads', async () => {
    expect((await visitor.get('/test/store')).body).to.eql({
      name: 'NoSession',
      message: 'An anonymous GET has no session to store csrfSecret in. Log in first or use a signed cookie.',
    });
    expect(visitor.cookies.names()).not.to.include('__Host-account');
  });
});

function sessionRoutes(): Router {
  return Router()
    .get('/id', anyone, (req, res) => void res.json(req.sessionID ?? null))
    .get('/store', anyone, (req, res) => {
      try {
        req.session.csrfSecret = 'a secret';
        res.json(null);
      } catch (error) {
        const { name, message } = error as Error;
        res.json({ name, message });
      }
    })
    .get('/start', anyone, async (req, res) => {
      const address = parseEmailAddress(req.query['email'] as string)!;
      const [user] = await req.readTenant((db) => [findCredentials(db, 'customer', address)]);
      await startSession(req, res, user!, { method: 'password' });
      if (req.query['page']) return res.page('account/login', { title: 'Log in', next: '' });
      res.redirect(303, '/account');
    });
}
