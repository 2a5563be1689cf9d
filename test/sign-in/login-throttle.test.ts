import { expect } from 'chai';
import {
  createCustomer,
  createTenant,
  submitLogin,
  PASSWORD,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Throttling', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  beforeEach(() => portal.owner.query('delete from throttle_counters'));
  after(() => portal.close());

  const failLogin = (visitor: Visitor, email: string, password = 'not the password') =>
    submitLogin(visitor, '/account/login', { email, password });

  /** Raises all counters, because hashing that many passwords takes time. */
  const setCounts = (count: number) =>
    portal.owner.query('update throttle_counters set count = $1 where count > 0', [count]);

  const visitorFrom = (address?: string) => new Visitor(portal, tenant.account, address ? { address } : {});

  describe('of login attempts', () => {
    for (const kind of ['known', 'unknown'] as const) {
      it(`responds with 429 to the eleventh attempt for an email address that is ${kind}`, async () => {
        const email = kind === 'known' ? (await createCustomer(portal, tenant)).email : 'unknown@example.com';
        const visitor = visitorFrom();
        for (let n = 1; n <= 10; n += 1) {
          const response = await failLogin(visitor, email);
          expect(response.status, `attempt ${n}`).to.equal(422);
          expect(response.text).to.include('Your email address or password is incorrect');
        }
        // The first wait is one second, which a slow machine may already have used.
        await setCounts(16);
        const response = await failLogin(visitor, email);
        expect(response.status).to.equal(429);
        expect(Number(response.headers['retry-after'])).to.be.within(1, 60);
        expect(response.text).to.match(
          /Too many attempts\. Try again in (1 second|\d+ seconds), or reset your password\./,
        );
        expect(response.text).to.include(`value="${email}"`);
      });
    }

    it('accepts the tenth attempt', async () => {
      const { email } = await createCustomer(portal, tenant);
      const visitor = visitorFrom();
      await failLogin(visitor, email);
      await setCounts(9);
      expect((await failLogin(visitor, email)).status).to.equal(422);
      // The first wait is one second, which a slow machine may already have used.
      await portal.owner.query(`update throttle_counters set last_at = now() + interval '5 seconds'`);
      expect((await failLogin(visitor, email)).status).to.equal(429);
    });

    it('doubles the wait up to one minute and never locks the account', async () => {
      const person = await createCustomer(portal, tenant);
      const visitor = visitorFrom();
      const key = await counterOf(visitor, person.email);
      const waits: number[] = [];
      for (const count of [13, 14, 15, 16, 20, 1000]) {
        await portal.owner.query('update throttle_counters set count = $2, last_at = now() where key = $1', [
          key,
          count,
        ]);
        waits.push(Number((await failLogin(visitor, person.email)).headers['retry-after']));
      }
      for (const [index, most] of [8, 16, 32, 60, 60, 60].entries())
        expect(waits[index]).to.be.within(most * 0.6, most);
      await portal.owner.query(
        `update throttle_counters set last_at = now() - interval '61 seconds' where key = $1`,
        [key],
      );
      expect((await submitLogin(visitor, '/account/login', person)).status).to.equal(303);
    });

    it('refuses the correct password during the wait without counting the attempt', async () => {
      const person = await createCustomer(portal, tenant);
      const visitor = visitorFrom();
      const key = await counterOf(visitor, person.email);
      await portal.owner.query('update throttle_counters set count = 20, last_at = now() where key = $1', [
        key,
      ]);
      const before = await counters();
      expect((await submitLogin(visitor, '/account/login', person)).status).to.equal(429);
      const isSameKey = (counter: { key: string }) => counter.key === key;
      expect((await counters()).find(isSameKey)).to.eql(before.find(isSameKey));
    });

    /** The key of the counter of this email address; the other counter is that of the IP. */
    const counterOf = async (visitor: Visitor, email: string) => {
      await failLogin(visitor, email);
      const first = (await counters()).map(({ key }) => key);
      await failLogin(visitor, 'another@example.com');
      return (await counters()).find(({ key, count }) => first.includes(key) && count === 1)!.key;
    };

    it('counts each pair of IP address and email address separately', async () => {
      const person = await createCustomer(portal, tenant);
      const other = await createCustomer(portal, tenant);
      await failLogin(visitorFrom('10.200.0.1'), person.email);
      await setCounts(20);
      expect((await failLogin(visitorFrom('10.200.0.1'), person.email)).status).to.equal(429);
      expect((await submitLogin(visitorFrom('10.200.0.2'), '/account/login', person)).status).to.equal(303);
      expect((await submitLogin(visitorFrom('10.200.0.1'), '/account/login', other)).status).to.equal(303);
    });

    it('does not delay a known device after failures on another device', async () => {
      const person = await createCustomer(portal, tenant);
      const device = visitorFrom('10.200.1.1');
      expect((await submitLogin(device, '/account/login', person)).status).to.equal(303);
      await device.postFrom(await device.visit('/account'), '/account/logout');

      await failLogin(visitorFrom('10.200.1.1'), person.email);
      await setCounts(20);
      expect((await failLogin(visitorFrom('10.200.1.1'), person.email)).status).to.equal(429);
      expect((await submitLogin(device, '/account/login', person)).status).to.equal(303);
    });

    it('resets the counter after a successful login', async () => {
      const person = await createCustomer(portal, tenant);
      const visitor = visitorFrom();
      for (let n = 0; n < 3; n += 1) await failLogin(visitor, person.email);
      expect((await submitLogin(visitor, '/account/login', person)).status).to.equal(303);
      expect((await counters()).map(({ count }) => count)).to.eql([3]);
    });

    it('responds with 429 after fifty failures from one IP address for any email address', async () => {
      const person = await createCustomer(portal, tenant);
      await failLogin(visitorFrom('10.200.2.1'), 'first@example.com');
      await setCounts(50);
      expect((await submitLogin(visitorFrom('10.200.2.1'), '/account/login', person)).status).to.equal(429);
      expect((await submitLogin(visitorFrom('10.200.2.2'), '/account/login', person)).status).to.equal(303);
    });

    it('does not delay a known device after failures from the same IP address', async () => {
      const person = await createCustomer(portal, tenant);
      const device = visitorFrom('10.200.3.1');
      expect((await submitLogin(device, '/account/login', person)).status).to.equal(303);
      await device.postFrom(await device.visit('/account'), '/account/logout');

      await failLogin(visitorFrom('10.200.3.1'), 'first@example.com');
      await setCounts(50);
      expect((await failLogin(visitorFrom('10.200.3.1'), person.email)).status).to.equal(429);
      expect((await submitLogin(device, '/account/login', person)).status).to.equal(303);
    });

    it('counts IPv6 addresses by their /64 prefix', async () => {
      await failLogin(visitorFrom('2001:db8:1:2::1'), 'a@example.com');
      await setCounts(50);
      for (const address of ['2001:db8:1:2::2', '2001:db8:1:2:ffff:1:2:3', '2001:0db8:0001:0002::9'])
        expect((await failLogin(visitorFrom(address), 'b@example.com')).status, address).to.equal(429);
      for (const address of ['2001:db8:1:3::1', '2001:db8:1::2'])
        expect((await failLogin(visitorFrom(address), 'b@example.com')).status, address).to.equal(422);
    });

    it('counts every form in which a proxy writes the same address', async () => {
      const sameAddresses = [
        [
          '203.0.113.9:40001',
          '203.0.113.9:40002',
          '203.0.113.9',
          '::ffff:203.0.113.9',
          '[::ffff:cb00:7109]:1',
        ],
        ['[2001:db8:5:6::1]:443', '2001:db8:5:6::2', '"[2001:db8:5:6:7::]"'],
      ];
      for (const [first, ...others] of sameAddresses) {
        await failLogin(visitorFrom(first), 'a@example.com');
        await setCounts(50);
        for (const address of others)
          expect((await failLogin(visitorFrom(address), 'b@example.com')).status, address).to.equal(429);
      }
      for (const address of ['203.0.113.10:40001', '[2001:db8:5:7::1]:443'])
        expect((await failLogin(visitorFrom(address), 'b@example.com')).status, address).to.equal(422);
    });

    it('counts the address of the proxy when the one it sends is not an address', async () => {
      await failLogin(visitorFrom('unknown'), 'a@example.com');
      await setCounts(50);
      for (const address of ['_hidden', '203.0.113.999', '127.0.0.1'])
        expect((await failLogin(visitorFrom(address), 'b@example.com')).status, address).to.equal(429);
      expect((await failLogin(visitorFrom('203.0.113.11'), 'b@example.com')).status).to.equal(422);
    });

    it('counts parallel attempts', async () => {
      const { email } = await createCustomer(portal, tenant);
      const visitor = visitorFrom();
      const page = await visitor.visit('/account/login');
      const fields = { username: email, password: 'not the password' };
      const responses = await Promise.all(
        Array.from({ length: 30 }, () => visitor.postFrom(page, '/account/login', fields)),
      );
      const statuses = responses.map(({ status }) => status);
      expect(statuses.filter((status) => status === 422).length).to.be.within(10, 13);
      expect(statuses.filter((status) => status === 429).length).to.be.at.least(17);
    });

    it('ignores client addresses that the trusted proxy did not add', async () => {
      await failLogin(visitorFrom('10.200.3.1'), 'a@example.com');
      await setCounts(50);
      for (const claimed of ['1.2.3.4, 10.200.3.1', '::1, 127.0.0.1, 10.200.3.1'])
        expect((await failLogin(visitorFrom(claimed), 'b@example.com')).status, claimed).to.equal(429);
    });

    it('stores neither email nor IP addresses', async () => {
      const { email } = await createCustomer(portal, tenant);
      await failLogin(visitorFrom('10.200.4.1'), email);
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

  describe('of requested links', () => {
    const ask = async (visitor: Visitor, path: string, button: string, email: string) =>
      (await visitor.visit(path)).submit(button, { username: email });

    it('responds with 429 after twenty password resets in an hour from one IP address', async () => {
      const visitor = visitorFrom();
      await ask(visitor, '/account/forgot-password', 'Send password reset email', 'a@example.com');
      await setCounts(20);
      const page = await ask(
        visitor,
        '/account/forgot-password',
        'Send password reset email',
        'b@example.com',
      );
      expect(page.status).to.equal(429);
      expect(Number(page.headers['retry-after'])).to.be.within(3500, 3600);
    });

    it('responds with 429 after a hundred activations in an hour from one IP address', async () => {
      const visitor = visitorFrom();
      await ask(visitor, '/account/activate', 'Submit', 'a@example.com');
      await setCounts(99);
      expect((await ask(visitor, '/account/activate', 'Submit', 'b@example.com')).status).to.equal(200);
      expect((await ask(visitor, '/account/activate', 'Submit', 'c@example.com')).status).to.equal(429);
    });

    it('sends three emails in an hour and shows the same page for the fourth request', async () => {
      const { email } = await createCustomer(portal, tenant);
      const texts = new Set<string>();
      for (let n = 0; n < 4; n += 1) {
        const page = await ask(visitorFrom(), '/account/forgot-password', 'Send password reset email', email);
        expect(page.status).to.equal(200);
        texts.add(page.text);
      }
      expect(texts.size).to.equal(1);
      await portal.runMail();
      expect(portal.mailbox.messages.filter(({ to }) => to === email)).to.have.length(3);
    });
  });
});

describe('Throttling without a proxy', () => {
  it('ignores X-Forwarded-For', async () => {
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
