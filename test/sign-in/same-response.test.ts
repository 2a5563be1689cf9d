import { expect } from 'chai';
import type { Response } from 'supertest';
import { hashPassword } from '../../src/domain/password/hash-password.ts';
import { countHashes } from '../support/count-hashes.ts';
import { StatementCounter } from '../support/count-statements.ts';
import { createCustomer, createStaff, createTenant, type TestTenant } from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

const WRONG = 'not the password of anyone';

/** All of the same length, because the page repeats the address. */
const addresses = {
  known: 'known.person.1@example.com',
  unknown: 'unknown.user.2@example.com',
  'known without a password': 'invited.user.3@example.com',
  disabled: 'disabled.one.4@example.com',
  'known only as staff': 'of.the.staff.5@example.com',
};

describe('Submitting an address', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let counter: StatementCounter;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    await createCustomer(portal, tenant, { email: addresses.known });
    await createCustomer(portal, tenant, { email: addresses['known without a password'], password: null });
    await createCustomer(portal, tenant, { email: addresses.disabled, status: 'disabled' });
    await createStaff(portal, tenant, { email: addresses['known only as staff'] });
    counter = new StatementCounter(portal.database.app);
  });

  interface Observed {
    status: number;
    location: string | undefined;
    headers: string[];
    length: number;
    page: string;
    statements: string[];
  }

  /** Everything an attacker can observe of a response, without random values. */
  const observe = async (
    path: string,
    fields: (address: string) => Record<string, string>,
    address: string,
  ) => {
    const visitor = new Visitor(portal, tenant.account);
    const page = await visitor.visit(path);
    counter.start();
    const response = await visitor.postFrom(page, path, fields(address));
    const { statements } = counter.counted;
    const shown = response.headers['location']
      ? await visitor.get(response.headers['location'] as string)
      : response;
    return toObserved(response, shown, statements.map(withoutTenant), address);
  };

  const forms: Record<string, [path: string, fields: (address: string) => Record<string, string>]> = {
    'at the login': ['/account/login', (username) => ({ username, password: WRONG })],
    'for a forgotten password': ['/account/forgot-password', (username) => ({ username })],
    'for an activation': ['/account/activate', (username) => ({ username })],
    'for another invitation': ['/account/invitation/links', (username) => ({ username })],
    'for another confirmation': ['/account/verify-email/links', (username) => ({ username })],
  };
  for (const [where, [path, fields]] of Object.entries(forms)) {
    it(`${where} has the same status, headers, page, length and statements for every address`, async () => {
      const responses: Record<string, Observed> = {};
      for (const [kind, address] of Object.entries(addresses))
        responses[kind] = await observe(path, fields, address);
      for (const [kind, response] of Object.entries(responses))
        expect(response, kind).to.eql(responses['unknown']);
      expect(responses['unknown']!.statements.length).to.be.greaterThan(4);
    });

    it(`${where} has the same response for every address while throttled`, async () => {
      const responses: Record<string, Observed> = {};
      for (const [kind, address] of Object.entries(addresses)) {
        await portal.owner.query('delete from throttle_counters');
        const visitor = new Visitor(portal, tenant.account);
        const page = await visitor.visit(path);
        await visitor.postFrom(page, path, fields(address));
        await portal.owner.query(
          `update throttle_counters set count = 1000, last_at = now() + interval '1 second'`,
        );
        counter.start();
        const response = await visitor.postFrom(page, path, fields(address));
        expect(response.status, kind).to.equal(429);
        responses[kind] = toObserved(
          response,
          response,
          counter.counted.statements.map(withoutTenant),
          address,
        );
      }
      for (const [kind, response] of Object.entries(responses))
        expect(withoutSeconds(response), kind).to.eql(withoutSeconds(responses['unknown']!));
    });

    it(`${where} has the same response for every address while mail is down`, async () => {
      await portal.owner.query('delete from throttle_counters');
      portal.mailbox.mode = 'defer';
      try {
        const known = await observe(path, fields, addresses.known);
        expect(await observe(path, fields, addresses.unknown)).to.eql(known);
        expect(known.status).to.be.oneOf([303, 422]);
      } finally {
        portal.mailbox.mode = 'accept';
      }
    });
  }

  it('at the login computes one password hash for every address', async () => {
    await portal.owner.query('delete from throttle_counters');
    expect(await countHashes(() => hashPassword(WRONG))).to.equal(1);
    for (const [kind, username] of Object.entries(addresses)) {
      const visitor = new Visitor(portal, tenant.account);
      const page = await visitor.visit('/account/login');
      const logIn = () => visitor.postFrom(page, '/account/login', { username, password: WRONG });
      // The first login of a process also computes the dummy hash.
      await logIn();
      expect(await countHashes(logIn), kind).to.equal(1);
    }
  });

  it('at the login reveals a disabled user only with the correct password', async () => {
    await portal.owner.query('delete from throttle_counters');
    const visitor = new Visitor(portal, tenant.account);
    const page = await visitor.visit('/account/login');
    const response = await page.submit('Log in', {
      username: addresses.disabled,
      password: 'test passphrase, not a secret',
    });
    expect(response.errors).to.eql([`Your account is disabled. Contact ${tenant.name}.`]);
  });

  it('sends emails only from the worker and only to known, enabled customers', async () => {
    await portal.owner.query('delete from throttle_counters');
    await portal.runMail();
    const { rows } = await portal.owner.query<{ to_address: string }>(
      `select distinct to_address from emails where state = 'accepted' and tenant_id = $1`,
      [tenant.id],
    );
    const recipients = rows.map(({ to_address }) => to_address);
    expect(recipients).to.include(addresses.known);
    expect(recipients).not.to.include(addresses.unknown);
    expect(recipients).not.to.include(addresses.disabled);
  });
});

function toObserved(response: Response, shown: Response, statements: string[], address: string) {
  const page = shown.text
    // Where a long address may break.
    .replaceAll('<wbr>', '')
    .replaceAll(address, 'ADDRESS')
    .replace(/name="_csrf" value="[^"]*"/g, '_csrf')
    .replace(/Reference \w+/, '');
  return {
    status: response.status,
    location: response.headers['location'] as string | undefined,
    headers: Object.entries(response.headers as Record<string, string | string[]>)
      .filter(([name]) => !['date', 'x-request-id', 'retry-after'].includes(name))
      .map(
        ([name, value]) => `${name}: ${name === 'set-cookie' ? cookiesOf(value as string[]) : String(value)}`,
      ),
    length: shown.text.length,
    page,
    statements,
  };
}

/** Names, flags and lengths: the values are random or signed. */
function cookiesOf(lines: string[]): string {
  return lines
    .map((line) =>
      line.replace(/ Expires=[^;]*;?/, '').replace(/=([^;]*)/, (_, value: string) => `=${value.length}`),
    )
    .join(' | ');
}

function withoutTenant(statement: string): string {
  return statement.replace(/^(begin; )?set local.*/, 'set local');
}

function withoutSeconds<Observation extends { page: string; length: number; headers: string[] }>(
  response: Observation,
) {
  const page = response.page.replace(/\d+ seconds/g, 'N seconds');
  return {
    ...response,
    page,
    length: 0,
    headers: response.headers.filter((header) => !header.startsWith('content-length')),
  };
}
