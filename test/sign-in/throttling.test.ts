import { expect } from 'chai';
import {
  createCustomer,
  createTenant,
  submitLogin,
  PASSWORD,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('trying too often', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  beforeEach(() => portal.owner.query('delete from throttle_counters'));
  after(() => portal.close());

  const tryWith = (visitor: Visitor, email: string, password = 'not the password') =>
    submitLogin(visitor, '/account/login', { email, password });

  /** As if so many tries had been made: hashing that many passwords would only take time. */
  const asIf = (count: number) =>
    portal.owner.query('update throttle_counters set count = $1 where count > 0', [count]);

  const stranger = (address?: string) => new Visitor(portal, tenant.account, address ? { address } : {});

  describe('to log in', () => {
    for (const kind of ['known', 'unknown'] as const) {
      it(`is slowed at the eleventh try, for an address that is ${kind}`, async () => {
        const email = kind === 'known' ? (await createCustomer(portal, tenant)).email : 'nobody@example.com';
        const visitor = stranger();
        for (let n = 1; n <= 10; n += 1) {
          const answer = await tryWith(visitor, email);
          expect(answer.status, `try ${n}`).to.equal(422);
          expect(answer.text).to.include('Your email address or password is incorrect');
        }
        // The wait begins with a second, and a slow machine may have used it up.
        await asIf(16);
        const answer = await tryWith(visitor, email);
        expect(answer.status).to.equal(429);
        expect(Number(answer.headers['retry-after'])).to.be.within(1, 60);
        expect(answer.text).to.match(
          /Too many attempts\. Try again in \d+ seconds, or reset your password\./,
        );
        expect(answer.text).to.include(`value="${email}"`);
      });
    }

    it('is not slowed before: the tenth try counts like the first', async () => {
      const { email } = await createCustomer(portal, tenant);
      const visitor = stranger();
      await tryWith(visitor, email);
      await asIf(9);
      expect((await tryWith(visitor, email)).status).to.equal(422);
      // The wait begins with a second, which a slow machine may have used up.
      await portal.owner.query(`update throttle_counters set last_at = now() + interval '5 seconds'`);
      expect((await tryWith(visitor, email)).status).to.equal(429);
    });

    it('waits longer and longer, for a minute at most, and is never locked', async () => {
      const person = await createCustomer(portal, tenant);
      const visitor = stranger();
      const key = await counterOf(visitor, person.email);
      const waits: number[] = [];
      for (const count of [13, 14, 15, 16, 20, 1000]) {
        await portal.owner.query('update throttle_counters set count = $2, last_at = now() where key = $1', [
          key,
          count,
        ]);
        waits.push(Number((await tryWith(visitor, person.email)).headers['retry-after']));
      }
      for (const [index, most] of [8, 16, 32, 60, 60, 60].entries())
        expect(waits[index]).to.be.within(most * 0.6, most);
      await portal.owner.query(
        `update throttle_counters set last_at = now() - interval '61 seconds' where key = $1`,
        [key],
      );
      expect((await submitLogin(visitor, '/account/login', person)).status).to.equal(303);
    });

    it('during the wait neither counts nor lengthens it, and even the right password has to wait', async () => {
      const person = await createCustomer(portal, tenant);
      const visitor = stranger();
      const key = await counterOf(visitor, person.email);
      await portal.owner.query('update throttle_counters set count = 20, last_at = now() where key = $1', [
        key,
      ]);
      const before = await counters();
      expect((await submitLogin(visitor, '/account/login', person)).status).to.equal(429);
      const isIt = (counter: { key: string }) => counter.key === key;
      expect((await counters()).find(isIt)).to.eql(before.find(isIt));
    });

    /** The counter of an address, which its first try makes; another address's try counts for the network alone. */
    const counterOf = async (visitor: Visitor, email: string) => {
      await tryWith(visitor, email);
      const first = (await counters()).map(({ key }) => key);
      await tryWith(visitor, 'somebody.else@example.com');
      return (await counters()).find(({ key, count }) => first.includes(key) && count === 1)!.key;
    };

    it('from elsewhere does not slow the person: other networks and other addresses have their own count', async () => {
      const person = await createCustomer(portal, tenant);
      const other = await createCustomer(portal, tenant);
      await tryWith(stranger('10.200.0.1'), person.email);
      await asIf(20);
      expect((await tryWith(stranger('10.200.0.1'), person.email)).status).to.equal(429);
      expect((await submitLogin(stranger('10.200.0.2'), '/account/login', person)).status).to.equal(303);
      expect((await submitLogin(stranger('10.200.0.1'), '/account/login', other)).status).to.equal(303);
    });

    it('by a stranger beside them does not slow a device that signed in before', async () => {
      const person = await createCustomer(portal, tenant);
      const device = stranger('10.200.1.1');
      expect((await submitLogin(device, '/account/login', person)).status).to.equal(303);
      await device.postFrom(await device.visit('/account'), '/account/logout');

      await tryWith(stranger('10.200.1.1'), person.email);
      await asIf(20);
      expect((await tryWith(stranger('10.200.1.1'), person.email)).status).to.equal(429);
      expect((await submitLogin(device, '/account/login', person)).status).to.equal(303);
    });

    it('is forgotten once it was right', async () => {
      const person = await createCustomer(portal, tenant);
      const visitor = stranger();
      for (let n = 0; n < 3; n += 1) await tryWith(visitor, person.email);
      expect((await submitLogin(visitor, '/account/login', person)).status).to.equal(303);
      expect((await counters()).map(({ count }) => count)).to.eql([3]);
    });

    it('counts for a whole network after fifty, whatever address is typed, and for nobody else', async () => {
      const person = await createCustomer(portal, tenant);
      await tryWith(stranger('10.200.2.1'), 'first@example.com');
      await asIf(50);
      expect((await submitLogin(stranger('10.200.2.1'), '/account/login', person)).status).to.equal(429);
      expect((await submitLogin(stranger('10.200.2.2'), '/account/login', person)).status).to.equal(303);
    });

    it('of a whole network does not slow a device in it that signed in before', async () => {
      const person = await createCustomer(portal, tenant);
      const device = stranger('10.200.3.1');
      expect((await submitLogin(device, '/account/login', person)).status).to.equal(303);
      await device.postFrom(await device.visit('/account'), '/account/logout');

      await tryWith(stranger('10.200.3.1'), 'first@example.com');
      await asIf(50);
      expect((await tryWith(stranger('10.200.3.1'), person.email)).status).to.equal(429);
      expect((await submitLogin(device, '/account/login', person)).status).to.equal(303);
    });

    it('counts for a household of IPv6, not for each of its countless addresses', async () => {
      await tryWith(stranger('2001:db8:1:2::1'), 'a@example.com');
      await asIf(50);
      for (const address of ['2001:db8:1:2::2', '2001:db8:1:2:ffff:1:2:3', '2001:0db8:0001:0002::9'])
        expect((await tryWith(stranger(address), 'b@example.com')).status, address).to.equal(429);
      for (const address of ['2001:db8:1:3::1', '2001:db8:1::2'])
        expect((await tryWith(stranger(address), 'b@example.com')).status, address).to.equal(422);
    });

    it('counts all at once, too: parallel tries do not slip through', async () => {
      const { email } = await createCustomer(portal, tenant);
      const visitor = stranger();
      const page = await visitor.visit('/account/login');
      const fields = { username: email, password: 'not the password' };
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => visitor.postFrom(page, '/account/login', fields)),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 422).length).to.be.within(10, 13);
      expect(statuses.filter((status) => status === 429).length).to.be.at.least(17);
    });

    it('cannot be hidden behind addresses made up in a header: the proxy in front knows better', async () => {
      await tryWith(stranger('10.200.3.1'), 'a@example.com');
      await asIf(50);
      for (const claimed of ['1.2.3.4, 10.200.3.1', '::1, 127.0.0.1, 10.200.3.1'])
        expect((await tryWith(stranger(claimed), 'b@example.com')).status, claimed).to.equal(429);
    });

    it('names nobody in the table that counts', async () => {
      const { email } = await createCustomer(portal, tenant);
      await tryWith(stranger('10.200.4.1'), email);
      const text = JSON.stringify(await counters());
      expect(text).not.to.include(email).and.not.include('10.200.4.1');
    });

    const counters = async () =>
      (
        await portal.owner.query<{ key: string; count: number }>(
          'select * from throttle_counters order by count, key',
        )
      ).rows;
  });

  describe('to be sent a link', () => {
    const ask = async (visitor: Visitor, path: string, button: string, email: string) =>
      (await visitor.visit(path)).submit(button, { username: email });

    it('is refused after twenty an hour from one network', async () => {
      const visitor = stranger();
      await ask(visitor, '/account/forgot-password', 'Send password reset email', 'a@example.com');
      await asIf(20);
      const page = await ask(
        visitor,
        '/account/forgot-password',
        'Send password reset email',
        'b@example.com',
      );
      expect(page.status).to.equal(429);
      expect(Number(page.headers['retry-after'])).to.be.within(3500, 3600);
    });

    it('is refused after a hundred an hour for activations, which a whole office may ask for', async () => {
      const visitor = stranger();
      await ask(visitor, '/account/activate', 'Submit', 'a@example.com');
      await asIf(99);
      expect((await ask(visitor, '/account/activate', 'Submit', 'b@example.com')).status).to.equal(200);
      expect((await ask(visitor, '/account/activate', 'Submit', 'c@example.com')).status).to.equal(429);
    });

    it('says the same at the fourth time in an hour, and mails three', async () => {
      const { email } = await createCustomer(portal, tenant);
      const texts = new Set<string>();
      for (let n = 0; n < 4; n += 1) {
        const page = await ask(stranger(), '/account/forgot-password', 'Send password reset email', email);
        expect(page.status).to.equal(200);
        texts.add(page.text);
      }
      expect(texts.size).to.equal(1);
      await portal.runMail();
      expect(portal.mailbox.messages.filter(({ to }) => to === email)).to.have.length(3);
    });
  });

  it('guessing at links is slowed after thirty', async () => {
    const visitor = stranger();
    expect((await visitor.visit('/account/reset-password?token=guess')).status).to.equal(410);
    await asIf(30);
    const page = await visitor.visit('/account/reset-password?token=guess');
    expect(page.status).to.equal(429);
    expect((await stranger().visit('/account/reset-password?token=guess')).status).to.equal(410);
  });
});

describe('without a proxy in front', () => {
  it('what a client says of its address is not believed', async () => {
    const portal = await startPortal({ env: { TRUST_PROXY: '0' } });
    try {
      const tenant = await createTenant(portal);
      const fail = (address: string) =>
        submitLogin(new Visitor(portal, tenant.account, { address }), '/account/login', {
          email: 'a@example.com',
          password: PASSWORD,
        } satisfies Pick<TestPerson, 'email' | 'password'>);
      await fail('10.0.0.1');
      await portal.owner.query('update throttle_counters set count = 50');
      expect((await fail('10.0.0.2')).status).to.equal(429);
    } finally {
      await portal.close();
    }
  });
});
