import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { mintToken } from '../../src/domain/token/one-time-token.ts';
import { failWrites } from '../support/failing-writes.ts';
import {
  createCustomer,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

const PAIRS = 12;

describe('A deadlock', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal({ poolSize: 10 });
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  it('during a form makes it run again, with one row, one notice and one email', async () => {
    const manager = await signedInStaff(portal, tenant);
    const form = await manager.visit('/settings/team/new');
    const end = await failWrites(portal, 'sessions', '40P01', { times: 1 });
    const email = 'new.colleague@example.com';
    const name = { 'First name': 'New', 'Last name': 'Colleague' };
    const page = await form.submit('Add', { ...name, Email: email, Roles: ['Driver'] });
    await end();
    expect(page.status).to.equal(200);
    expect(page.text.split('New Colleague was added')).to.have.length(2);
    expect(await sql(portal, 'select 1 from users where email_norm = $1', [email])).to.have.length(1);
    expect(await sql(portal, 'select 1 from emails where to_address = $1', [email])).to.have.length(1);
  });

  it('that occurs twice responds with 503 and Retry-After', async () => {
    const customer = await signedInCustomer(portal, tenant);
    const form = await customer.visit('/account/profile');
    const end = await failWrites(portal, 'users', '40P01', { times: 2 });
    const values = { phone: '', locale: 'ar', time_zone: 'UTC' };
    const response = await customer.postFrom(form, '/account/profile', values);
    await end();
    expect([response.status, response.headers['retry-after']]).to.deep.equal([503, '5']);
  });

  it('does not occur when staff disable users while these accept their invitations', async () => {
    const manager = await signedInStaff(portal, tenant);
    const form = await manager.visit('/users');
    const deadlocks = async () =>
      (
        await sql(portal, 'select deadlocks::int from pg_stat_database where datname = current_database()')
      )[0];
    const before = await deadlocks();
    const pairs = Array.from({ length: PAIRS }, async () => {
      const { id, email } = await createCustomer(portal, tenant, { password: null });
      const { token } = await inTenant(portal.database, tenant.id, (db) =>
        mintToken(db, { user_id: id, purpose: 'invitation', sent_to: email }),
      );
      const page = await new Visitor(portal, tenant.account).visit(`/account/invitation?token=${token}`);
      return { id, page };
    });
    const requests = (await Promise.all(pairs)).flatMap(({ id, page }) => [
      page
        .submit('Accept invitation', { new_password: 'a long passphrase of a test', accept_terms: true })
        .then(({ status }) => status),
      manager.postFrom(form, `/users/${id}/deactivation`).then(({ status }) => status),
    ]);
    const statuses = await Promise.all(requests);
    expect(statuses.filter((status) => status >= 500)).to.deep.equal([]);
    expect(await deadlocks()).to.deep.equal(before);
  });
});
