import { expect } from 'chai';
import request from 'supertest';
import { signedInOperator } from '../platform/operator.ts';
import { failWrites } from '../support/failing-writes.ts';
import { createTenant, signedInCustomer, signedInStaff, type TestTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import type { Visitor } from '../support/visitor.ts';

const NOT_SAVED = 'Nothing can be saved at the moment';

describe('While the database refuses writes', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let customer: Visitor;
  let manager: Visitor;
  let operator: Visitor;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    customer = await signedInCustomer(portal, tenant);
    manager = await signedInStaff(portal, tenant);
    operator = await signedInOperator(portal);
  });
  after(() => portal.close());

  /** As after a failover: the server of the open connections is read-only. */
  const setReadOnly = async () => {
    await portal.owner.query(`do $$ begin
      execute format('alter database %I set default_transaction_read_only = on', current_database());
    end $$`);
    await portal.owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and usename in ('app_rw', 'app_platform')`,
    );
    // Each reads until every terminated connection is replaced.
    for (let n = 0; n < 12; n += 1) await customer.get('/account');
    for (let n = 0; n < 12; n += 1) await operator.get('/tenants');
  };

  const setWritable = () =>
    portal.owner.query(`do $$ begin
      execute format('alter database %I reset default_transaction_read_only', current_database());
    end $$`);

  const letUseBeDue = async () => {
    await portal.owner.query(`update app.login_sessions set last_seen_at = now() - interval '5 minutes'`);
    await portal.owner.query(
      `update app.platform_sessions set sess = jsonb_set(sess::jsonb, '{seen_at}',
         to_jsonb((extract(epoch from now()) * 1000 - 120000)::bigint))::json`,
    );
  };

  let saves = 0;
  const nextTimeZone = () => ['UTC', 'Europe/Berlin', 'Asia/Tokyo'][(saves += 1) % 3]!;

  const save = (visitor: Visitor) => async () => {
    const page = await visitor.visit('/account/profile');
    return visitor.postFrom(page, '/account/profile', { phone: '', locale: 'en', time_zone: nextTimeZone() });
  };

  describe('because the server is read-only', () => {
    before(async () => {
      await save(customer)();
      await letUseBeDue();
      await setReadOnly();
    });
    after(setWritable);

    it('signed-in pages respond with 200 although their use cannot be recorded', async () => {
      for (const [visitor, path] of [
        [customer, '/account'],
        [customer, '/account/security'],
        [manager, '/users'],
        [manager, '/settings/team'],
        [operator, '/tenants'],
      ] as const)
        expect([path, (await visitor.get(path)).status]).to.deep.equal([path, 200]);
    });

    it('a page responds completely although its notice cannot be removed', async () => {
      const page = await customer.visit('/account/profile');
      expect([page.status, page.text.includes('Your changes have been saved.')]).to.deep.equal([200, true]);
    });

    it('a form responds with 503, Retry-After and a sentence', async () => {
      const response = await save(customer)();
      expect(response.status).to.equal(503);
      expect(Number(response.headers['retry-after'])).to.be.greaterThan(0);
      expect(response.text).to.include(NOT_SAVED);
    });

    it('/readyz responds with 200', async () => {
      expect((await request(portal.server).get('/readyz')).status).to.equal(200);
    });

    it('a form is saved as soon as new connections reach a writable server', async () => {
      await setWritable();
      const statuses = [];
      for (let n = 0; n < 3; n += 1) statuses.push((await save(customer)()).status);
      expect(statuses.slice(-2)).to.deep.equal([303, 303]);
    });
  });

  describe('because its disk is full', () => {
    before(async () => {
      await letUseBeDue();
      for (const table of ['login_sessions', 'users', 'sessions']) await failWrites(portal, table, '53100');
    });

    it('signed-in pages respond with 200 and a form with 503 and Retry-After', async () => {
      expect((await customer.get('/account')).status).to.equal(200);
      const response = await save(customer)();
      expect([response.status, response.headers['retry-after']]).to.deep.equal([503, '60']);
      expect(response.text).to.include(NOT_SAVED);
      expect((await customer.get('/account')).status).to.equal(200);
    });
  });
});
