import { expect } from 'chai';
import { hash } from '@node-rs/argon2';
import { StatementCounter } from '../support/count-statements.ts';
import { createStaff, createTenant, PASSWORD } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { anonymousVisitor, createOperator, signedInOperator } from './operator.ts';

const WRONG = 'Your email address or password is incorrect';

describe('Login to the platform console', () => {
  let portal: OwnPortal;

  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  const logIn = async (username: string, password: string, visitor = anonymousVisitor(portal)) =>
    (await visitor.visit('/login')).submit('Log in', { username, password });
  const events = () =>
    sql(portal, 'select event, outcome, operator_name, changes from platform_events order by id');

  it('redirects an operator to the tenants and records the login', async () => {
    const visitor = await signedInOperator(portal);
    const page = await visitor.visit('/tenants');
    expect(page.h1).to.equal('Tenants');
    expect(page.text).to.contain(visitor.operator.email);
    expect((await events()).at(-1)).to.include({
      event: 'operator.logged_in',
      operator_name: visitor.operator.email,
    });
  });

  it('redirects to the requested page', async () => {
    const { email } = await createOperator(portal);
    const login = await anonymousVisitor(portal).visit('/tenants/new');
    expect(login.path).to.equal('/login');
    expect(login.flashes).to.deep.equal(['Log in to continue.']);
    const page = await login.submit('Log in', { username: email, password: PASSWORD });
    expect(page.path).to.equal('/tenants/new');
  });

  it('shows the same error for a wrong password, an unknown address and staff of a tenant', async () => {
    const tenant = await createTenant(portal);
    const manager = await createStaff(portal, tenant);
    const { email } = await createOperator(portal);
    for (const [username, password] of [
      [email, 'not the password at all'],
      ['unknown@portico.example', PASSWORD],
      [manager.email, PASSWORD],
    ] as const) {
      const page = await logIn(username, password);
      expect(page.status).to.equal(422);
      expect(page.errors).to.deep.equal([WRONG]);
    }
    const failures = (await events()).filter(({ outcome }) => outcome === 'failure');
    expect(failures.map(({ changes }) => changes)).to.deep.equal([{ email }, {}, {}]);
  });

  it('locks the throttle counter of the IP only in the last statement of its transaction', async () => {
    const { email } = await createOperator(portal);
    const visitor = anonymousVisitor(portal);
    await logIn(email, 'wrong', visitor);
    const counter = new StatementCounter(portal.database.platform);
    counter.start();
    expect((await logIn(email, PASSWORD, visitor)).path).to.equal('/tenants');
    const { statements } = counter.counted;
    const release = statements.findIndex((text) => /update throttle_counters/.test(text));
    expect(statements[release - 1]).to.match(/^insert into .*platform_events/);
    expect(statements[release + 1]).to.equal('commit');
  });

  it('renews a password hash with other parameters', async () => {
    const { id, email } = await createOperator(portal);
    const cheap = await hash(PASSWORD, { memoryCost: 8192, timeCost: 1, parallelism: 1 });
    const store = 'update platform_operators set password_hash = $2 where id = $1';
    await portal.owner.query(store, [id, cheap]);
    expect((await logIn(email, PASSWORD)).path).to.equal('/tenants');
    const [row] = await sql(portal, 'select password_hash from platform_operators where id = $1', [id]);
    expect(row!['password_hash']).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await logIn(email, PASSWORD)).path).to.equal('/tenants');
  });

  it('requires an address and a password', async () => {
    const page = await logIn('', '');
    expect(page.errors).to.deep.equal(['Enter your email address', 'Enter your password']);
  });

  it('returns 429 after ten failures from one browser and lets other browsers log in', async () => {
    const { email } = await createOperator(portal);
    const visitor = anonymousVisitor(portal);
    for (let n = 0; n < 10; n += 1) expect((await logIn(email, 'wrong', visitor)).status).to.equal(422);
    const page = await logIn(email, PASSWORD, visitor);
    expect(page.status).to.equal(429);
    expect(page.headers).to.have.property('retry-after');
    const other = await logIn(email, PASSWORD);
    expect(other.path, 'from elsewhere').to.equal('/tenants');
  });

  it('reports a disabled account only after the correct password', async () => {
    const { id, email } = await createOperator(portal);
    await portal.owner.query(`update platform_operators set status = 'disabled' where id = $1`, [id]);
    expect((await logIn(email, 'wrong')).errors).to.deep.equal([WRONG]);
    expect((await logIn(email, PASSWORD)).errors).to.deep.equal([
      'Your account is disabled. Contact another operator.',
    ]);
  });

  it('sets a __Host- cookie with HttpOnly, Secure and SameSite=Strict', async () => {
    const { email } = await createOperator(portal);
    const visitor = anonymousVisitor(portal);
    const response = await visitor.postFrom(await visitor.visit('/login'), '/login', {
      username: email,
      password: PASSWORD,
    });
    const cookie = [response.headers['set-cookie'] ?? []]
      .flat()
      .find((each) => each.startsWith('__Host-platform='));
    expect(cookie).to.match(/; Path=\/;.*HttpOnly; Secure; SameSite=Strict/);
    expect(cookie).to.not.match(/Domain/i);
  });

  it('gives no access to the pages of a tenant', async () => {
    const tenant = await createTenant(portal);
    const visitor = await signedInOperator(portal);
    const page = await visitor.get('/users', { headers: { Host: tenant.operations } });
    expect(page.status).to.equal(303);
    expect(page.headers['location']).to.match(/^\/login/);
  });

  describe('session', () => {
    const isLoggedOut = async (visitor: Awaited<ReturnType<typeof signedInOperator>>) =>
      (await visitor.get('/tenants')).headers['location'] === '/login?next=%2Ftenants';
    const age = (key: 'seen_at' | 'signed_in_at', minutes: number) =>
      portal.owner.query(
        `update platform_sessions set sess = jsonb_set(sess::jsonb, array[$1], to_jsonb((sess->>$1)::float8::bigint - $2::bigint))::json`,
        [key, minutes * 60_000],
      );

    it('ends after fifteen minutes without a request', async () => {
      const visitor = await signedInOperator(portal);
      await age('seen_at', 14);
      expect(await isLoggedOut(visitor)).to.equal(false);
      await age('seen_at', 14);
      expect(await isLoggedOut(visitor), 'seen again meanwhile').to.equal(false);
      await age('seen_at', 16);
      expect(await isLoggedOut(visitor)).to.equal(true);
    });

    it('ends after eight hours', async () => {
      const visitor = await signedInOperator(portal);
      await age('signed_in_at', 8 * 60 + 1);
      expect(await isLoggedOut(visitor)).to.equal(true);
    });

    it('ends when the operator is disabled', async () => {
      const visitor = await signedInOperator(portal);
      await portal.owner.query(`update platform_operators set status = 'disabled' where id = $1`, [
        visitor.operator.id,
      ]);
      expect(await isLoggedOut(visitor)).to.equal(true);
    });
  });
});
