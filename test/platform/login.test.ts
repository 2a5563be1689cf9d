import { expect } from 'chai';
import { createStaff, createTenant, PASSWORD } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { atConsole, createOperator, signedInOperator } from './operator.ts';

const WRONG = 'Your email address or password is incorrect';

describe('The console’s login', () => {
  let portal: TestPortal;
  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  const tryIn = async (username: string, password: string, visitor = atConsole(portal)) =>
    (await visitor.visit('/login')).submit('Log in', { username, password });
  const events = async () =>
    (
      await portal.owner.query(
        'select event, outcome, operator_name, changes from platform_events order by id',
      )
    ).rows;

  it('leads an operator to the tenants, and says who it is', async () => {
    const visitor = await signedInOperator(portal);
    const page = await visitor.visit('/tenants');
    expect(page.h1).to.equal('Tenants');
    expect(page.text).to.contain(visitor.operator.email);
    expect((await events()).at(-1)).to.include({
      event: 'operator.logged_in',
      operator_name: visitor.operator.email,
    });
  });

  it('sends back to the page that was asked for', async () => {
    const { email } = await createOperator(portal);
    const login = await atConsole(portal).visit('/tenants/new');
    expect(login.path).to.equal('/login');
    expect(login.flashes).to.deep.equal(['Log in to continue.']);
    const page = await login.submit('Log in', { username: email, password: PASSWORD });
    expect(page.path).to.equal('/tenants/new');
  });

  it('says the same to a wrong password, an unknown address and a tenant’s Manager', async () => {
    const tenant = await createTenant(portal);
    const manager = await createStaff(portal, tenant);
    const { email } = await createOperator(portal);
    for (const [username, password] of [
      [email, 'not the password at all'],
      ['nobody@portico.example', PASSWORD],
      [manager.email, PASSWORD],
    ] as const) {
      const page = await tryIn(username, password);
      expect(page.status).to.equal(422);
      expect(page.errors).to.deep.equal([WRONG]);
    }
    const failures = (await events()).filter(({ outcome }) => outcome === 'failure');
    expect(failures.map(({ changes }) => changes as object)).to.deep.equal([{ email }, {}, {}]);
  });

  it('asks for what is missing', async () => {
    const page = await tryIn('', '');
    expect(page.errors).to.deep.equal(['Enter your email address', 'Enter your password']);
  });

  it('makes an address wait after ten failures, and lets the right password in afterwards', async () => {
    const { email } = await createOperator(portal);
    const visitor = atConsole(portal);
    for (let n = 0; n < 10; n += 1) expect((await tryIn(email, 'wrong', visitor)).status).to.equal(422);
    const page = await tryIn(email, PASSWORD, visitor);
    expect(page.status).to.equal(429);
    expect(page.headers).to.have.property('retry-after');
    const other = await tryIn(email, PASSWORD);
    expect(other.path, 'from elsewhere').to.equal('/tenants');
  });

  it('tells a disabled operator with the right password only', async () => {
    const { id, email } = await createOperator(portal);
    await portal.owner.query(`update platform_operators set status = 'disabled' where id = $1`, [id]);
    expect((await tryIn(email, 'wrong')).errors).to.deep.equal([WRONG]);
    expect((await tryIn(email, PASSWORD)).errors).to.deep.equal([
      'Your account is disabled. Ask another operator.',
    ]);
  });

  it('sets a cookie that leaves this host and this site never', async () => {
    const { email } = await createOperator(portal);
    const visitor = atConsole(portal);
    const answer = await visitor.postFrom(await visitor.visit('/login'), '/login', {
      username: email,
      password: PASSWORD,
    });
    const cookie = [answer.headers['set-cookie'] ?? []]
      .flat()
      .find((each) => each.startsWith('__Host-platform='));
    expect(cookie).to.match(/; Path=\/;.*HttpOnly; Secure; SameSite=Strict/);
    expect(cookie).to.not.match(/Domain/i);
  });

  describe('ends', () => {
    const isOut = async (visitor: Awaited<ReturnType<typeof signedInOperator>>) =>
      (await visitor.get('/tenants')).headers['location'] === '/login?next=%2Ftenants';
    const age = (key: 'seen_at' | 'signed_in_at', minutes: number) =>
      portal.owner.query(
        `update platform_sessions set sess = jsonb_set(sess::jsonb, array[$1], to_jsonb((sess->>$1)::float8::bigint - $2::bigint))::json`,
        [key, minutes * 60_000],
      );

    it('after fifteen minutes without a request', async () => {
      const visitor = await signedInOperator(portal);
      await age('seen_at', 14);
      expect(await isOut(visitor)).to.equal(false);
      await age('seen_at', 14);
      expect(await isOut(visitor), 'seen again meanwhile').to.equal(false);
      await age('seen_at', 16);
      expect(await isOut(visitor)).to.equal(true);
    });

    it('after eight hours in any case', async () => {
      const visitor = await signedInOperator(portal);
      await age('signed_in_at', 8 * 60 + 1);
      expect(await isOut(visitor)).to.equal(true);
    });

    it('with logging out, for a session row that comes back, too', async () => {
      const visitor = await signedInOperator(portal);
      const page = await visitor.visit('/tenants');
      const { rows } = await portal.owner.query('select sid, sess, expire from platform_sessions');
      const left = await page.submit('Log out');
      expect(left.path).to.equal('/login');
      expect(left.flashes).to.deep.equal(['You have been logged out.']);
      for (const { sid, sess, expire } of rows)
        await portal.owner.query('insert into platform_sessions values ($1, $2, $3) on conflict do nothing', [
          sid,
          sess,
          expire,
        ]);
      expect(await isOut(visitor)).to.equal(true);
    });

    it('when the operator is disabled', async () => {
      const visitor = await signedInOperator(portal);
      await portal.owner.query(`update platform_operators set status = 'disabled' where id = $1`, [
        visitor.operator.id,
      ]);
      expect(await isOut(visitor)).to.equal(true);
    });
  });

  it('opens nothing of a tenant', async () => {
    const tenant = await createTenant(portal);
    const visitor = await signedInOperator(portal);
    const page = await visitor.get('/users', { headers: { Host: tenant.operations } });
    expect(page.status).to.equal(303);
    expect(page.headers['location']).to.match(/^\/login/);
  });
});
