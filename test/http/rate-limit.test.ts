import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { TooManyRequests } from '../../src/errors.ts';
import { Throttle, type Counter, type IpPrefix, type PersonKey } from '../../src/http/rate-limit.ts';
import { createOperator } from '../platform/operator.ts';
import {
  createCustomer,
  createDomain,
  createStaff,
  createTenant,
  submitLogin,
  PASSWORD,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { createLog } from '../../src/log.ts';
import { withClient } from '../../src/database/pools.ts';
import { ProcessCounters } from '../../src/http/process-counters.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql, untilBlocked } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

type Login = Pick<TestPerson, 'email' | 'password'>;

interface LoginPage {
  host: string;
  path: string;
  /** Creates a person who can log in there. */
  createPerson: () => Promise<Login>;
}

// The compiler refuses counters of a person without tenant and portal.
// @ts-expect-error an address alone is not the key of a person
void ({ purpose: 'login', person: 'ada@example.com' } satisfies Counter);
// @ts-expect-error failed logins of a person are not counted by IP alone
void ({ purpose: 'login', ip: '10.0.0.1' as IpPrefix } satisfies Counter);
// @ts-expect-error an address is not an IP prefix
void ({ purpose: 'login-ip', ip: 'ada@example.com' } satisfies Counter);

let addresses = 0;

/** The victim is a customer of `tenant`; the attacker can log in elsewhere with the same email address. */
describe('Throttling across portals', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let otherTenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    [tenant, otherTenant] = [await createTenant(portal), await createTenant(portal)];
  });
  beforeEach(() => portal.owner.query('delete from throttle_counters'));
  after(() => portal.close());

  const elsewhere: Record<string, () => LoginPage> = {
    'in another tenant': () => ({
      host: otherTenant.account,
      path: '/account/login',
      createPerson: () => createCustomer(portal, otherTenant),
    }),
    'in the operations portal of the same tenant': () => ({
      host: tenant.operations,
      path: '/login',
      createPerson: () => createStaff(portal, tenant),
    }),
    'in the platform console': () => ({
      host: portal.config.operationsDomain,
      path: '/login',
      createPerson: async () => ({ ...(await createOperator(portal)), password: PASSWORD }),
    }),
  };

  const newAddress = () => `10.210.${(addresses += 1)}.1`;
  const victimsVisitor = (address: string) => new Visitor(portal, tenant.account, { address });
  const logIn = (visitor: Visitor, { email, password }: Login) =>
    submitLogin(visitor, '/account/login', { email, password });
  const wrongPassword = ({ email }: Login): Login => ({ email, password: 'not the password' });
  const logOut = async (visitor: Visitor) => (await visitor.visit('/')).submit('Log out');

  /** Raises all counters, because hashing that many passwords takes time. */
  const setCounts = (count: number) =>
    portal.owner.query('update throttle_counters set count = $1, last_at = now() where count > 0', [count]);

  const createVictim = async (page: LoginPage) => {
    const attacker = await page.createPerson();
    const victim = await createCustomer(portal, tenant, {
      email: attacker.email,
      password: 'the passphrase of the victim',
    });
    return { attacker, victim };
  };

  for (const [place, findPage] of Object.entries(elsewhere)) {
    it(`accepts a login from a known device after failed logins with the same email address ${place}`, async () => {
      const page = findPage();
      const { attacker, victim } = await createVictim(page);
      const device = victimsVisitor(newAddress());
      expect((await logIn(device, victim)).status).to.equal(303);
      await logOut(device);

      const attackersDevice = new Visitor(portal, page.host, { address: newAddress() });
      expect((await submitLogin(attackersDevice, page.path, attacker)).status).to.equal(303);
      await logOut(attackersDevice);
      await submitLogin(attackersDevice, page.path, wrongPassword(attacker));
      await setCounts(20);
      expect((await submitLogin(attackersDevice, page.path, attacker)).status).to.equal(429);
      expect((await logIn(device, victim)).status).to.equal(303);
    });

    it(`accepts a login from an unknown device after failed logins from the same IP ${place}`, async () => {
      const page = findPage();
      const { attacker, victim } = await createVictim(page);
      const address = newAddress();
      const attackersDevice = new Visitor(portal, page.host, { address });
      await submitLogin(attackersDevice, page.path, wrongPassword(attacker));
      await setCounts(20);
      expect((await submitLogin(attackersDevice, page.path, attacker)).status).to.equal(429);
      expect((await logIn(victimsVisitor(address), victim)).status).to.equal(303);
    });

    it(`responds with 429 to the eleventh wrong password although the attacker has logged in ${place}`, async () => {
      const page = findPage();
      const { attacker, victim } = await createVictim(page);
      const address = newAddress();
      for (let guess = 1; guess <= 10; guess += 1) {
        const response = await logIn(victimsVisitor(address), wrongPassword(victim));
        expect(response.status, `guess ${guess}`).to.equal(422);
        if (guess % 5 > 0) continue;
        const guesser = new Visitor(portal, page.host, { address });
        expect((await submitLogin(guesser, page.path, attacker)).status).to.equal(303);
      }
      // The first wait is one second, which a slow machine may already have used.
      await setCounts(16);
      expect((await logIn(victimsVisitor(address), wrongPassword(victim))).status).to.equal(429);
    });

    it(`adds failed logins ${place} to the counter of the IP`, async () => {
      const page = findPage();
      const victim = await createCustomer(portal, tenant);
      const address = newAddress();
      const failWith = (email: string) =>
        submitLogin(
          new Visitor(portal, page.host, { address }),
          page.path,
          wrongPassword({ email, password: '' }),
        );
      await failWith('first@example.com');
      await setCounts(49);
      expect((await failWith('second@example.com')).status).to.equal(422);
      expect((await logIn(victimsVisitor(address), victim)).status).to.equal(429);
      expect((await logIn(victimsVisitor(newAddress()), victim)).status).to.equal(303);
    });
  }

  it('counts the password reset requests of an IP across all tenants and portals', async () => {
    const address = newAddress();
    const ask = async (host: string, path: string) => {
      const visitor = new Visitor(portal, host, { address });
      return visitor.postFrom(await visitor.visit(path), path, { username: 'a@example.com' });
    };
    expect((await ask(otherTenant.account, '/account/forgot-password')).status).to.equal(303);
    await setCounts(19);
    expect((await ask(tenant.operations, '/forgot-password')).status).to.equal(303);
    const refused = await ask(tenant.account, '/account/forgot-password');
    expect(refused.status).to.equal(429);
    expect(refused.text).to.match(/Try again in \d+ minutes\./);
  });

  it('treats a known device as unknown after the domain has moved to another tenant', async () => {
    const { email } = await createCustomer(portal, tenant);
    await createCustomer(portal, otherTenant, { email });
    const host = 'moved.example';
    const moveTo = async (owner: TestTenant) => {
      await portal.owner.query('delete from tenant_domains where host = $1', [host]);
      await createDomain(portal, owner, host);
    };
    await moveTo(tenant);
    const device = new Visitor(portal, host, { address: newAddress() });
    expect((await logIn(device, { email, password: PASSWORD })).status).to.equal(303);
    await logOut(device);
    const unknownDevice = new Visitor(portal, host, { address: device.address });
    await logIn(unknownDevice, { email: 'another@example.com', password: 'not the password' });
    await setCounts(50);
    expect((await logIn(device, { email, password: PASSWORD })).status).to.equal(303);
    await logOut(device);

    await moveTo(otherTenant);
    expect((await logIn(device, { email, password: PASSWORD })).status).to.equal(429);
  });
});

describe('Throttle', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let throttle: Throttle;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    throttle = new Throttle(portal.database, 'a key of the tests', createLog('silent'));
  });
  beforeEach(() => portal.owner.query('delete from throttle_counters'));
  after(() => portal.close());

  const ofIp = (ip: string): Counter => ({ purpose: 'login-ip', ip: ip as IpPrefix });
  const ofPerson = (name: string): Counter => ({ purpose: 'login', person: name as PersonKey });
  const attempt = (ip: string, name: string, { limit = 50, free = 10 } = {}) =>
    throttle
      .consume(
        { counter: ofIp(ip), limit, seconds: 900 },
        { counter: ofPerson(name), free, seconds: 900, maxWait: 60 },
      )
      .then(
        () => 0,
        (error: unknown) =>
          error instanceof TooManyRequests ? error.seconds : Promise.reject(error as Error),
      );
  const counts = async () =>
    (await sql<{ count: number }>(portal, 'select count from throttle_counters order by count')).map(
      ({ count }) => count,
    );
  const repeat = (times: number, work: (n: number) => Promise<number>) =>
    Promise.all(Array.from({ length: times }, (_, n) => work(n)));
  const allowedOf = (seconds: number[]) => seconds.filter((each) => each === 0).length;

  it('allows exactly as many parallel attempts as the limit of the IP', async () => {
    expect(allowedOf(await repeat(40, (n) => attempt('10.0.0.1', `person ${n}`, { limit: 7 })))).to.equal(7);
    expect(await counts()).to.eql([1, 1, 1, 1, 1, 1, 1, 7]);
  });

  it('allows exactly as many parallel attempts as are free for the person', async () => {
    const seconds = await repeat(12, () => attempt('10.0.0.1', 'Ada', { free: 5 }));
    // The first waits are one and two seconds, which a slow machine may use.
    expect(allowedOf(seconds)).to.be.within(5, 7);
    expect(await counts()).to.eql([allowedOf(seconds), 12]);
  });

  it('counts no attempt for the person when the IP is refused', async () => {
    expect(await attempt('10.0.0.1', 'Ada', { limit: 1 })).to.equal(0);
    expect(await attempt('10.0.0.1', 'Ada', { limit: 1 })).to.be.within(895, 900);
    expect(await counts()).to.eql([1, 1]);
  });

  it('counts an attempt for the IP when the person is refused', async () => {
    await attempt('10.0.0.1', 'Ada');
    await sql(portal, 'update throttle_counters set count = 30, last_at = now()');
    expect(await attempt('10.0.0.1', 'Ada')).to.be.within(59, 60);
    expect(await counts()).to.eql([30, 31]);
  });

  it('begins a new window after the counters expired', async () => {
    await attempt('10.0.0.1', 'Ada');
    await sql(portal, `update throttle_counters set count = 99, expires_at = now() - interval '1 second'`);
    expect(await attempt('10.0.0.1', 'Ada')).to.equal(0);
    expect(await counts()).to.eql([1, 1]);
  });

  const released = { reset: ofPerson('Ada'), refunded: ofIp('10.0.0.1') };

  it('resets the counter of the person and refunds that of the IP in the transaction of a login', async () => {
    for (let n = 0; n < 3; n += 1) await attempt('10.0.0.1', 'Ada');
    const release = (error?: Error) =>
      inTenant(portal.database, tenant.id, async (db) => {
        throttle.release(db, released);
        if (error) throw error;
      });
    await release(new Error('the login failed')).catch(() => undefined);
    expect(await counts()).to.eql([3, 3]);
    await release();
    expect(await counts()).to.eql([2]);
    await release();
    await sql(portal, 'delete from throttle_counters');
    await release();
    expect(await counts()).to.eql([]);
  });

  const changes: Record<string, () => Promise<unknown>> = {
    'an attempt': () => attempt('10.0.0.1', 'Ada'),
    'a login': () => inTenant(portal.database, tenant.id, (db) => throttle.release(db, released)),
  };
  for (const [name, change] of Object.entries(changes))
    it(`locks the counter of the IP first in the statement of ${name}, which prevents deadlocks`, async () => {
      await attempt('10.0.0.1', 'Ada');
      await attempt('10.0.0.1', 'Bea');
      const owner = await portal.owner.connect();
      const lock = (counter: 'ip' | 'person') =>
        owner.query(
          `select key from throttle_counters where key ${counter === 'ip' ? '' : 'not'} in
             (select key from throttle_counters where count = 2) for update nowait`,
        );
      try {
        await owner.query('begin');
        await lock('ip');
        const changed = change();
        await untilBlocked(portal);
        expect((await lock('person')).rowCount).to.equal(2);
        await owner.query('commit');
        await changed;
      } finally {
        owner.release();
      }
    });
});

describe('While the table of throttle counters cannot be used', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  /** Every statement on the table fails, in `lock` after the lock_timeout. */
  const failures: Record<string, (work: () => Promise<void>) => Promise<void>> = {
    locked: (work) =>
      withClient(portal.urls.superuser, async (client) => {
        await client.query('begin; lock app.throttle_counters in access exclusive mode');
        await work();
      }),
    missing: async (work) => {
      await portal.owner.query('alter table throttle_counters rename to hidden_counters');
      await work().finally(() =>
        portal.owner.query('alter table hidden_counters rename to throttle_counters'),
      );
    },
  };
  for (const [failure, whileFailing] of Object.entries(failures)) {
    it(`users log in, and are limited by this process, when it is ${failure}`, () =>
      whileFailing(async () => {
        const customer = await createCustomer(portal, tenant);
        const staff = await createStaff(portal, tenant);
        const operator = { ...(await createOperator(portal)), password: PASSWORD };
        const address = `10.220.${failure.length}.1`;
        const logIn = (host: string, path: string, login: Login) =>
          submitLogin(new Visitor(portal, host, { address }), path, login);
        expect((await logIn(tenant.account, '/account/login', customer)).status).to.equal(303);
        expect((await logIn(tenant.operations, '/login', staff)).status).to.equal(303);
        expect((await logIn(portal.config.operationsDomain, '/login', operator)).status).to.equal(303);

        const wrong = { email: customer.email, password: 'not the password' };
        const statuses: number[] = [];
        for (let n = 0; n < 11; n += 1)
          statuses.push((await logIn(tenant.account, '/account/login', wrong)).status);
        expect(statuses).to.eql([...Array.from({ length: 10 }, () => 422), 429]);
      }));
  }
});

describe('ProcessCounters', () => {
  const person: Counter = { purpose: 'login', person: 'Ada' as PersonKey };

  it('allow the attempts of a window and tell the seconds until it ends', () => {
    const counters = new ProcessCounters();
    const limit = { counter: person, limit: 2, seconds: 60 };
    const attempts = [0, 10_000, 20_000, 59_500, 60_000].map((now) => counters.consume('key', limit, now));
    expect(attempts).to.eql([undefined, undefined, 40, 1, undefined]);
  });

  it('demand growing waits after the free attempts', () => {
    const counters = new ProcessCounters();
    const limit = { counter: person, free: 1, maxWait: 3, seconds: 60 };
    const attempts = [0, 0, 1_000, 1_000, 3_000, 4_000, 6_000].map((now) =>
      counters.consume('key', limit, now),
    );
    expect(attempts).to.eql([undefined, 1, undefined, 2, undefined, 2, undefined]);
  });

  it('count each key on its own until it is reset', () => {
    const counters = new ProcessCounters();
    const limit = { counter: person, limit: 1, seconds: 60 };
    expect(counters.consume('one', limit, 0)).to.equal(undefined);
    expect(counters.consume('other', limit, 0)).to.equal(undefined);
    expect(counters.consume('one', limit, 0)).to.equal(60);
    counters.reset('one');
    expect(counters.consume('one', limit, 0)).to.equal(undefined);
  });

  it('forget the oldest of more than ten thousand keys', () => {
    const counters = new ProcessCounters();
    const limit = { counter: person, limit: 1, seconds: 60 };
    for (let n = 0; n <= 10_000; n += 1) counters.consume(`key ${n}`, limit, 0);
    expect(counters.consume('key 0', limit, 0)).to.equal(undefined);
    expect(counters.consume('key 10000', limit, 0)).to.equal(60);
  });
});
