import { expect } from 'chai';
import { createOperator } from '../platform/operator.ts';
import { countHashes } from '../support/count-hashes.ts';
import { StatementCounter } from '../support/count-statements.ts';
import {
  createCustomer,
  createStaff,
  createTenant,
  PASSWORD,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

interface Counts {
  hashes: number;
  roundTrips: number;
  checkouts: number;
  /** Without those that begin and end a transaction and set its tenant. */
  statements: number;
  /** Upserts of rows of sessions. */
  saved: number;
  /** Deletions of rows of sessions. */
  deleted: number;
}

/** Exact, so that a larger number is noticed and a smaller one is written down. */
const COUNTS: Record<string, Counts> = {
  'login of a customer': { hashes: 1, roundTrips: 3, checkouts: 2, statements: 9, saved: 1, deleted: 0 },
  'login of a customer on a known device': {
    hashes: 1,
    roundTrips: 3,
    checkouts: 2,
    statements: 9,
    saved: 1,
    deleted: 0,
  },
  'login of another customer in the same browser': {
    hashes: 1,
    roundTrips: 4,
    checkouts: 3,
    statements: 12,
    saved: 1,
    deleted: 1,
  },
  'login with a wrong password': {
    hashes: 1,
    roundTrips: 2,
    checkouts: 2,
    statements: 4,
    saved: 0,
    deleted: 0,
  },
  'login that is throttled': { hashes: 0, roundTrips: 1, checkouts: 1, statements: 3, saved: 0, deleted: 0 },
  'login of staff': { hashes: 1, roundTrips: 3, checkouts: 2, statements: 8, saved: 1, deleted: 0 },
  'login of an operator': { hashes: 1, roundTrips: 9, checkouts: 4, statements: 6, saved: 1, deleted: 0 },
  'logout of a customer': { hashes: 0, roundTrips: 2, checkouts: 2, statements: 4, saved: 0, deleted: 1 },
  'logout of staff': { hashes: 0, roundTrips: 2, checkouts: 2, statements: 4, saved: 0, deleted: 1 },
  'change of a password': { hashes: 2, roundTrips: 5, checkouts: 4, statements: 12, saved: 1, deleted: 1 },
};

describe('What the database and the hash queue do', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let counter: StatementCounter;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    counter = new StatementCounter(portal.database.app, portal.database.platform);
    // The first login of a process computes the dummy hash.
    await signedInCustomer(portal, tenant);
  });
  after(() => portal.close());

  const count = async (status: number, send: () => Promise<{ status: number }>): Promise<Counts> => {
    counter.start();
    const hashes = await countHashes(async () => expect((await send()).status).to.equal(status));
    const { roundTrips, checkouts, statements } = counter.counted;
    const countOf = (pattern: RegExp) => statements.filter((text) => pattern.test(text)).length;
    return {
      hashes,
      roundTrips,
      checkouts,
      statements: statements.length - countOf(/^(begin|commit|rollback|set local)\b/i),
      saved: countOf(/^insert into (\S*\.)?"?(platform_)?sessions\b/i),
      deleted: countOf(/^delete from (\S*\.)?"?(platform_)?sessions\b/i),
    };
  };
  const countLogin = async (
    visitor: Visitor,
    path: string,
    username: string,
    { password = PASSWORD, status = 303 } = {},
  ) => {
    const page = await visitor.visit(path);
    return count(status, () => visitor.postFrom(page, path, { username, password }));
  };
  const logOut = async (visitor: Visitor, from: string, path: string) => {
    const page = await visitor.visit(from);
    return count(303, () => visitor.postFrom(page, path));
  };
  const at = (host: string) => new Visitor(portal, host);

  const actions: Record<string, () => Promise<Counts>> = {
    'login of a customer': async () =>
      countLogin(at(tenant.account), '/account/login', (await createCustomer(portal, tenant)).email),
    'login of a customer on a known device': async () => {
      const visitor = await signedInCustomer(portal, tenant);
      await logOut(visitor, '/account', '/account/logout');
      return countLogin(visitor, '/account/login', visitor.person.email);
    },
    'login of another customer in the same browser': async () => {
      const visitor = await signedInCustomer(portal, tenant);
      const { email } = await createCustomer(portal, tenant);
      const page = await visitor.visit('/account/forgot-password');
      const fields = { username: email, password: PASSWORD };
      return count(303, () => visitor.postFrom(page, '/account/login', fields));
    },
    'login with a wrong password': async () => {
      const { email } = await createCustomer(portal, tenant);
      const wrong = { password: 'not the password', status: 422 };
      return countLogin(at(tenant.account), '/account/login', email, wrong);
    },
    'login that is throttled': async () => {
      const [visitor, { email }] = [at(tenant.account), await createCustomer(portal, tenant)];
      await countLogin(visitor, '/account/login', email, { password: 'not the password', status: 422 });
      await sql(portal, `update throttle_counters set count = 1000, last_at = now() + interval '1 minute'`);
      const counts = await countLogin(visitor, '/account/login', email, { status: 429 });
      await sql(portal, 'delete from throttle_counters');
      return counts;
    },
    'login of staff': async () =>
      countLogin(at(tenant.operations), '/login', (await createStaff(portal, tenant)).email),
    'login of an operator': async () =>
      countLogin(at(portal.config.operationsDomain), '/login', (await createOperator(portal)).email),
    'logout of a customer': async () =>
      logOut(await signedInCustomer(portal, tenant), '/account', '/account/logout'),
    'logout of staff': async () => logOut(await signedInStaff(portal, tenant), '/users', '/logout'),
    'change of a password': async () => {
      const visitor = await signedInCustomer(portal, tenant);
      const page = await visitor.visit('/account/profile');
      const fields = { current_password: PASSWORD, new_password: 'three random words' };
      return count(303, () => visitor.postFrom(page, '/account/profile/password', fields));
    },
  };

  for (const [name, run] of Object.entries(actions))
    it(`for the ${name} has the listed counts`, async () => {
      expect(await run()).to.eql(COUNTS[name]);
    });
});
