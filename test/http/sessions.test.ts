import { expect } from 'chai';
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
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

interface StoredSession {
  sid: string;
  sess: object;
  expire: Date;
}

describe('a sign-in', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  const sql = async <Row extends object>(text: string, values: unknown[] = []) =>
    (await portal.owner.query<Row>(text, values)).rows;

  const isIn = async (visitor: Visitor) => {
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

  it('gets an id of its own: one that somebody planted before is worth nothing', async () => {
    const planter = await signedInCustomer(portal, tenant);
    const planted = planter.cookies.get('__Host-account')!;
    const victim = new Visitor(portal, tenant.account);
    victim.cookies.set('__Host-account', planted);
    const person = await createCustomer(portal, tenant);
    await planter.postFrom(await planter.visit('/account'), '/account/logout');
    expect((await submitLogin(victim, '/account/login', person)).status).to.equal(303);
    expect(victim.cookies.get('__Host-account')).not.to.equal(planted);
    expect(await isIn(victim)).to.equal(true);
    expect(await isIn(planter)).to.equal(false);
  });

  it('as somebody else, in a browser that is signed in already, ends the one before', async () => {
    const first = await signedInCustomer(portal, tenant);
    const kept = new Visitor(portal, tenant.account);
    kept.cookies.set('__Host-account', first.cookies.get('__Host-account')!);
    const page = await first.visit('/account/profile');
    const other = await createCustomer(portal, tenant);
    const answer = await first.postFrom(page, '/account/login', {
      username: other.email,
      password: PASSWORD,
    });
    expect(answer.status).to.equal(303);
    expect(first.cookies.get('__Host-account')).not.to.equal(kept.cookies.get('__Host-account'));
    expect(await isIn(kept)).to.equal(false);
    expect((await lastLogin(first.person.id)).revoked_at).to.be.an.instanceof(Date);
  });

  it('is over after logging out: the cookie kept by somebody opens nothing, and its id is new', async () => {
    const visitor = await signedInCustomer(portal, tenant);
    const kept = visitor.cookies.get('__Host-account')!;
    await visitor.postFrom(await visitor.visit('/account'), '/account/logout');
    expect(visitor.cookies.get('__Host-account')).not.to.equal(kept);
    visitor.cookies.set('__Host-account', kept);
    expect(await isIn(visitor)).to.equal(false);
    expect((await lastLogin(visitor.person.id)).revoked_at).to.be.an.instanceof(Date);
  });

  it('cannot be revived by a request that was under way when it ended', async () => {
    const visitor = await signedInCustomer(portal, tenant);
    const kept = visitor.cookies.get('__Host-account')!;
    const { sid_hash } = await lastLogin(visitor.person.id);
    const [stored] = await sql<StoredSession>('select * from sessions where sid = $1', [sid_hash]);
    expect(stored).to.be.an('object');
    await visitor.postFrom(await visitor.visit('/account'), '/account/logout');
    expect(await sql('select 1 from sessions where sid = $1', [sid_hash])).to.eql([]);

    // The other request saves what it had read before.
    await sql('insert into sessions (sid, sess, expire) values ($1, $2, $3)', [
      sid_hash,
      stored!.sess,
      stored!.expire,
    ]);
    visitor.cookies.set('__Host-account', kept);
    expect(await isIn(visitor)).to.equal(false);
  });

  it('ends for good under a crowd of requests', async () => {
    const visitor = await signedInCustomer(portal, tenant);
    const page = await visitor.visit('/account/profile');
    const kept = visitor.cookies.get('__Host-account')!;
    const requests = Array.from({ length: 12 }, (_, n) =>
      n === 6
        ? visitor.postFrom(page, '/account/logout')
        : visitor.postFrom(page, '/account/profile', { phone: `+1 555 01${n}` }),
    );
    await Promise.all(requests);
    visitor.cookies.set('__Host-account', kept);
    expect(await isIn(visitor)).to.equal(false);
  });

  describe('ends with the next request', () => {
    it('when the person is disabled', async () => {
      for (const visitor of [await signedInCustomer(portal, tenant), await signedInStaff(portal, tenant)]) {
        expect(await isIn(visitor)).to.equal(true);
        await sql(`update users set status = 'disabled' where id = $1`, [visitor.person.id]);
        expect(await isIn(visitor)).to.equal(false);
      }
    });

    it('when the tenant is suspended, though its portal is still known as it was', async () => {
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

    it('when somebody resets the password', async () => {
      const person = await createCustomer(portal, tenant);
      const visitor = await signIn(portal, tenant.account, person);
      const forgot = await new Visitor(portal, tenant.account).visit('/account/forgot-password');
      await forgot.submit('Send password reset email', { username: person.email });
      const { link } = await portal.mailbox.next(person.email);
      const reset = await new Visitor(portal, tenant.account).visit(link);
      await reset.submit('Save password', { new_password: 'seventeen purple umbrellas' });
      expect(await isIn(visitor)).to.equal(false);
    });

    it('for what a role no longer allows', async () => {
      const staff = await signedInStaff(portal, tenant);
      expect((await staff.visit('/audit-log')).status).to.equal(200);
      await sql('delete from role_assignments where user_id = $1', [staff.person.id]);
      expect((await staff.visit('/audit-log')).status).to.equal(403);
    });
  });

  const waits = [
    { who: 'customers', make: () => signedInCustomer(portal, tenant), minutes: 30, hours: 12 },
    { who: 'staff', make: () => signedInStaff(portal, tenant), minutes: 15, hours: 8 },
  ];
  for (const { who, make, minutes, hours } of waits) {
    it(`of ${who} ends after ${minutes} minutes without a request, and not before`, async () => {
      const visitor = await make();
      const age = (by: number) =>
        sql(`update login_sessions set last_seen_at = now() - make_interval(secs => $2) where user_id = $1`, [
          visitor.person.id,
          by * 60,
        ]);
      await age(minutes - 0.5);
      expect(await isIn(visitor)).to.equal(true);
      await age(minutes + 0.1);
      expect(await isIn(visitor)).to.equal(false);
    });

    it(`of ${who} ends after ${hours} hours, however busy`, async () => {
      const visitor = await make();
      const [row] = await sql<{ hours: number }>(
        'select extract(epoch from expires_at - created_at)::float / 3600 as hours from login_sessions where user_id = $1',
        [visitor.person.id],
      );
      expect(row!.hours).to.be.closeTo(hours, 0.01);
      await sql(`update login_sessions set expires_at = now() - interval '1 second' where user_id = $1`, [
        visitor.person.id,
      ]);
      expect(await isIn(visitor)).to.equal(false);
    });
  }

  it('is noted as seen at most once a minute', async () => {
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

  it('of staff does not stay for a fortnight, whatever the form says', async () => {
    const person = await createStaff(portal, tenant);
    const visitor = new Visitor(portal, tenant.operations);
    const page = await visitor.visit('/login');
    await visitor.postFrom(page, '/login', { username: person.email, password: PASSWORD, remember: '1' });
    const [row] = await sql<{ hours: number }>(
      'select extract(epoch from expires_at - created_at)::float / 3600 as hours from login_sessions where user_id = $1',
      [person.id],
    );
    expect(row!.hours).to.be.closeTo(8, 0.01);
  });

  it('shows a member of staff who comes from elsewhere the login, and does not lose the session', async () => {
    const staff = await signedInStaff(portal, tenant);
    expect((await staff.visit(`${staff.origin}/users`)).path).to.equal('/login');
    expect(await isIn(staff)).to.equal(true);
  });

  it('is asked for on every page but those that are open, and then leads on to the page asked for', async () => {
    const person = await createCustomer(portal, tenant);
    const visitor = new Visitor(portal, tenant.account);
    const login = await visitor.visit('/account/security');
    expect(login.url).to.equal('/account/login?next=%2Faccount%2Fsecurity');
    const page = await login.submit('Log in', { username: person.email, password: PASSWORD });
    expect(page.path).to.equal('/account/security');
  });
});
