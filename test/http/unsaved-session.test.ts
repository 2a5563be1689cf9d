import { expect } from 'chai';
import http from 'node:http';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { anonymousVisitor, createOperator, signedInOperator } from '../platform/operator.ts';
import { failWrites } from '../support/failing-writes.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  PASSWORD,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

describe('When the session cannot be saved', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let end: () => Promise<void>;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  afterEach(() => end());
  after(() => portal.close());

  const refuseWrites = async (table: 'sessions' | 'platform_sessions') => {
    end = await failWrites(portal, table, '53100');
  };

  it('a stored change of a customer succeeds, and its notice is shown once', async () => {
    const customer = await signedInCustomer(portal, tenant);
    const form = await customer.visit('/account/profile');
    await refuseWrites('sessions');
    const page = await form.submit('Save changes', { phone: '+44 20 7946 0000' });
    expect([page.status, page.path]).to.deep.equal([200, '/account/profile']);
    expect(page.text).to.include('Your changes have been saved.');
    expect((await customer.visit('/account/profile')).text).not.to.include('Your changes have been saved.');
  });

  it('a login that was disabled by staff is reported as disabled', async () => {
    const manager = await signedInStaff(portal, tenant);
    const { id, name } = await createCustomer(portal, tenant);
    const form = await manager.visit(`/users/${id}/deactivation`);
    await refuseWrites('sessions');
    const page = await form.submit('Disable login');
    expect([page.status, page.path]).to.deep.equal([200, `/users/${id}`]);
    expect(page.text).to.include(`${name} can no longer log in.`);
  });

  it('a customer who cannot be created with their notice is not created', async () => {
    const manager = await signedInStaff(portal, tenant);
    const form = await manager.visit('/users/new');
    await refuseWrites('sessions');
    const name = { 'First name': 'Never', 'Last name': 'Stored' };
    const page = await form.submit('Create user', { ...name, Email: 'never.stored@example.com' });
    expect(page.status).to.equal(503);
    expect(await sql(portal, `select 1 from users where name = 'Never Stored'`)).to.deep.equal([]);
  });

  it('a tenant that cannot be created with its one-time link is not created', async () => {
    const operator = await signedInOperator(portal);
    const form = await operator.visit('/tenants/new');
    await refuseWrites('platform_sessions');
    const page = await form.submit('Create tenant', {
      Name: 'Never',
      Subdomain: 'never',
      "Owner's email": 'never@example.com',
    });
    expect(page.status).to.equal(503);
    expect(await sql(portal, `select 1 from tenants where slug = 'never'`)).to.deep.equal([]);
  });

  it('a change by an operator succeeds and is reported', async () => {
    const operator = await signedInOperator(portal);
    const { id } = await createTenant(portal);
    const form = await operator.visit(`/tenants/${id}/suspension`);
    await refuseWrites('platform_sessions');
    const page = await form.submit('Suspend tenant');
    expect([page.status, page.path]).to.deep.equal([200, `/tenants/${id}`]);
    expect(page.text).to.include('The tenant is suspended');
  });

  it('an operator is not logged in', async () => {
    const { email } = await createOperator(portal);
    const login = await anonymousVisitor(portal).visit('/login');
    await refuseWrites('platform_sessions');
    const page = await login.submit('Log in', { username: email, password: PASSWORD });
    expect(page.status).to.equal(503);
  });

  it('a page is sent completely, and its connection stays open', async () => {
    const customer = await signedInCustomer(portal, tenant);
    const form = await customer.visit('/account/profile');
    const values = { phone: '', locale: 'en', time_zone: 'UTC' };
    expect((await customer.postFrom(form, '/account/profile', values)).status).to.equal(303);
    await refuseWrites('sessions');
    const agent = new http.Agent({ keepAlive: true });
    const headers = {
      Host: customer.host,
      Cookie: customer.cookies.header({ isCrossSite: false, method: 'GET' }),
    };
    const request = http.get({ port: portal.port, host: '127.0.0.1', path: '/account', headers, agent });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    let html = '';
    for await (const chunk of response) html += String(chunk);
    await delay(50);
    expect([response.statusCode, html.includes('Your changes have been saved.')]).to.deep.equal([200, true]);
    expect(html.trim()).to.match(/<\/html>$/);
    expect(request.socket!.destroyed).to.equal(false);
    agent.destroy();
  });
});

describe('The login of a customer', () => {
  it('succeeds although the company of the next page cannot be read afterwards', async () => {
    const portal = await startPortal();
    const tenant = await createTenant(portal);
    const company = await createCompany(portal, tenant);
    const person = await createCustomer(portal, tenant);
    const visitor = new Visitor(portal, tenant.account);
    const next = `/account/companies/${company.id}`;
    const page = await visitor.visit('/account/login');
    await portal.owner.query('alter table app.role_assignments rename to unreadable');
    const { email: username, password } = person;
    const response = await visitor.postFrom(page, '/account/login', { username, password, next });
    await portal.owner.query('alter table app.unreadable rename to role_assignments');
    await portal.close();
    expect([response.status, response.headers['location']]).to.deep.equal([303, '/account']);
  });
});
