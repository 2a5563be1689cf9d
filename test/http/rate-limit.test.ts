import { expect } from 'chai';
import type { Counter, IpPrefix } from '../../src/http/rate-limit.ts';
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
import { startPortal, type TestPortal } from '../support/portal.ts';
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
  let portal: TestPortal;
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
    expect((await ask(tenant.account, '/account/forgot-password')).status).to.equal(429);
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
