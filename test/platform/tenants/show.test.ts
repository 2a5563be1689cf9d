import { expect } from 'chai';
import { createCompany, createCustomer, createTenant, signedInStaff } from '../../support/factories.ts';
import { startPortal, type OwnPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';
import { anonymousVisitor, signedInOperator } from '../operator.ts';

const UNKNOWN_ID = '018f0000-0000-7000-8000-000000000000';

describe('A tenant on the platform console', () => {
  let portal: OwnPortal;
  let operator: Awaited<ReturnType<typeof signedInOperator>>;

  before(async () => {
    portal = await startPortal();
    operator = await signedInOperator(portal);
  });
  after(() => portal.close());

  const isLoggedIn = async (staff: Visitor) => {
    const { path, status } = await staff.visit('/users');
    return path === '/users' && status === 200;
  };

  it('shows URLs, settings and counts without the link of the first Manager', async () => {
    const tenant = await createTenant(portal, { name: 'Harbour Storage', currency: 'GBP' });
    await createCustomer(portal, tenant, { company: await createCompany(portal, tenant) });
    const page = await operator.visit(`/tenants/${tenant.id}`);
    expect(page.h1).to.equal('Harbour Storage');
    expect(page.badges).to.deep.equal(['Active']);
    expect(page.links).to.include(`http://${tenant.account}`).and.include(`http://${tenant.operations}`);
    expect(page.text)
      .to.include('Staff 1')
      .and.include('Customers 1')
      .and.include('Companies 1')
      .and.include('GBP');
    expect(page.find('#set_password_url')).to.equal(null);
  });

  it('makes new links for the owner until they have a password', async () => {
    const tenant = await createTenant(portal, { slug: 'waiting' });
    const links: string[] = [];
    for (let n = 0; n < 2; n += 1) {
      const shown = await (await operator.visit(`/tenants/${tenant.id}`)).submit('Create a new link');
      links.push(shown.find('#set_password_url')!.text.trim());
      expect(shown.find('[data-copy="set_password_url"]')!.text).to.equal('Copy link');
    }
    const visitor = new Visitor(portal, tenant.operations);
    expect((await visitor.visit(links[0]!)).h1).to.equal('This link no longer works');
    const form = await visitor.openLink(links[1]!);
    await form.submit('Save password', { 'New password': 'three random words' });
    const page = await operator.visit(`/tenants/${tenant.id}`);
    expect(page.buttons).to.not.include('Create a new link');
    const refused = await operator.postFrom(page, `/tenants/${tenant.id}/owner-links`);
    expect(refused.status).to.equal(303);
    expect((await operator.visit(`/tenants/${tenant.id}`)).find('#set_password_url')).to.equal(null);
    const { rows } = await portal.owner.query(
      `select event from audit_events where tenant_id = $1 and event = 'user.set_password_link_issued'
       union all select event from platform_events where tenant_id = $1 and event = 'tenant.owner_link_issued'`,
      [tenant.id],
    );
    expect(rows).to.have.length(4);
  });

  it('suspends and resumes a tenant, revokes its login sessions and records both events', async () => {
    const tenant = await createTenant(portal, { slug: 'closing', name: 'Closing Ltd' });
    const staff = await signedInStaff(portal, tenant);
    expect(await isLoggedIn(staff)).to.equal(true);

    const confirmation = await (await operator.visit(`/tenants/${tenant.id}`)).follow('Suspend');
    expect(confirmation.h1).to.equal('Suspend Closing Ltd?');
    const suspended = await confirmation.submit('Suspend tenant');
    expect(suspended.badges).to.deep.equal(['Suspended']);
    expect(await isLoggedIn(staff)).to.equal(false);

    const resumed = await suspended.submit('Resume');
    expect(resumed.badges).to.deep.equal(['Active']);
    expect(await isLoggedIn(staff), 'a login session from before the suspension').to.equal(false);
    expect(await isLoggedIn(await signedInStaff(portal, tenant))).to.equal(true);
    const { rows } = await portal.owner.query(
      `select event, actor_kind, actor_name from audit_events where tenant_id = $1 and actor_kind = 'operator' order by id`,
      [tenant.id],
    );
    const by = { actor_kind: 'operator', actor_name: operator.operator.email };
    expect(rows).to.deep.equal([
      { event: 'tenant.suspended', ...by },
      { event: 'tenant.resumed', ...by },
    ]);
    const platform = await portal.owner.query(
      `select operator_id from platform_events where tenant_id = $1 and operator_id is not null`,
      [tenant.id],
    );
    expect(platform.rows).to.deep.equal([
      { operator_id: operator.operator.id },
      { operator_id: operator.operator.id },
    ]);
  });

  it('returns 404 for an unknown tenant', async () => {
    for (const id of [UNKNOWN_ID, 'nonsense']) {
      expect((await operator.get(`/tenants/${id}`)).status).to.equal(404);
      expect((await operator.get(`/tenants/${id}/suspension`)).status).to.equal(404);
      const page = await operator.visit('/tenants');
      expect((await operator.postFrom(page, `/tenants/${id}/suspension`)).status).to.equal(404);
    }
  });

  it('redirects anonymous users to the login page', async () => {
    const tenant = await createTenant(portal);
    const visitor = anonymousVisitor(portal);
    for (const path of [`/tenants/${tenant.id}`, `/tenants/${tenant.id}/suspension`])
      expect((await visitor.visit(path)).path, path).to.equal('/login');
    const login = await visitor.visit('/login');
    for (const path of [`/tenants/${tenant.id}/suspension`, `/tenants/${tenant.id}/resumption`])
      expect((await visitor.postFrom(login, path)).headers['location'], path).to.match(/^\/login/);
  });
});
