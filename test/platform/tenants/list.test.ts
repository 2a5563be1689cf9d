import { expect } from 'chai';
import { createCustomer, createTenant, signedInStaff } from '../../support/factories.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';
import { atConsole, signedInOperator } from '../operator.ts';

const NOBODY = '018f0000-0000-7000-8000-000000000000';

describe('Tenants on the console', () => {
  let portal: TestPortal;
  let operator: Awaited<ReturnType<typeof signedInOperator>>;
  before(async () => {
    portal = await startPortal();
    operator = await signedInOperator(portal);
  });
  after(() => portal.close());

  const isIn = async (staff: Visitor) => !/login/.test((await staff.get('/users')).headers['location'] ?? '');

  it('are none at first, and the page says how to begin', async () => {
    const page = await operator.visit('/tenants');
    expect(page.links).to.include('Create the first tenant');
  });

  it('are created with an owner, who gets in by the link that the page shows once', async () => {
    const form = await (await operator.visit('/tenants')).follow('Create the first tenant');
    const page = await form.submit('Create tenant', {
      Name: 'North Storage',
      Subdomain: 'north',
      "Owner's email": 'owner@north.example',
    });
    expect(page.h1).to.equal('North Storage');
    expect(page.flashes).to.deep.equal(['North Storage was created.']);
    const link = page.find('#set_password_url')!.text.trim();
    expect(link).to.match(/^http:\/\/north\.operations\.[^/]+\/set-password\?token=[\w-]{43}$/);
    expect((await operator.visit(page.path)).find('#set_password_url')).to.equal(null);
    const { rows } = await portal.owner.query('select sess::text from platform_sessions');
    expect(JSON.stringify(rows)).to.not.contain(link.slice(-43));

    const owner = new Visitor(portal, new URL(link).host);
    const password = await owner.visit(link);
    const done = await password.submit('Save password', { new_password: 'seven brave otters swim' });
    expect(done.status).to.equal(200);
    const login = await owner.visit('/login');
    await login.submit('Log in', { username: 'owner@north.example', password: 'seven brave otters swim' });
    expect(await isIn(owner)).to.equal(true);
  });

  it('are refused with what was typed kept and the reason at its field', async () => {
    await createTenant(portal, { slug: 'taken' });
    const create = async (fields: Record<string, string>) =>
      (await operator.visit('/tenants/new')).submit('Create tenant', fields);
    const taken = await create({ name: 'Another', slug: 'Taken', admin_email: 'a@b.example' });
    expect(taken.status).to.equal(422);
    expect(taken.errors).to.deep.equal(['A tenant with this subdomain exists already']);
    expect(taken.find('#name')!.getAttribute('value')).to.equal('Another');
    const empty = await create({});
    expect(empty.errors).to.deep.equal([
      "Enter the tenant's name",
      'Enter a subdomain',
      "Enter the owner's email address",
    ]);
  });

  it('are listed with their users and status, found by name or subdomain, and filtered', async () => {
    const tenant = await createTenant(portal, { slug: 'harbour', name: 'Quay & Sons', status: 'suspended' });
    await createCustomer(portal, tenant);
    const list = await operator.visit('/tenants');
    expect(list.rows('Quay & Sons')[0]).to.match(/Quay & Sons harbour 2 Suspended/);
    for (const q of ['quay', 'arbou']) {
      const found = await list.submit('Filter', { Search: q });
      expect(found.rows().length, q).to.equal(1);
      expect(found.rows()[0]).to.contain('Quay & Sons');
    }
    const suspended = await list.submit('Filter', { Status: 'suspended' });
    expect(suspended.rows()).to.have.length(1);
    const none = await list.submit('Filter', { Search: '100%' });
    expect(none.text).to.contain('No tenants match');
    const sorted = await list.follow('Subdomain');
    const slugs = sorted.findAll('tbody td[data-l="Subdomain"]').map((cell) => cell.text);
    expect(slugs).to.deep.equal([...slugs].sort());
  });

  it('are shown 25 at a time', async () => {
    for (let n = 0; n < 26; n += 1) await createTenant(portal, { slug: `many-${n}`, name: `Many ${n}` });
    const first = await operator.visit('/tenants?q=many');
    expect(first.rows()).to.have.length(25);
    const second = await first.follow('Next');
    expect(second.rows()).to.have.length(1);
    expect((await second.follow('Previous')).rows()).to.deep.equal(first.rows());
  });

  it('are suspended after a question, close at once for those inside, and open again', async () => {
    const tenant = await createTenant(portal, { slug: 'closing', name: 'Closing Ltd' });
    const staff = await signedInStaff(portal, tenant);
    expect(await isIn(staff)).to.equal(true);

    const question = await (await operator.visit(`/tenants/${tenant.id}`)).follow('Suspend');
    expect(question.h1).to.equal('Suspend Closing Ltd?');
    const suspended = await question.submit('Suspend tenant');
    expect(suspended.badges).to.deep.equal(['Suspended']);
    expect(await isIn(staff)).to.equal(false);

    const resumed = await suspended.submit('Resume');
    expect(resumed.badges).to.deep.equal(['Active']);
    expect(await isIn(staff), 'a sign-in from before the suspension').to.equal(false);
    expect(await isIn(await signedInStaff(portal, tenant))).to.equal(true);
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

  it('that do not exist are not found', async () => {
    for (const id of [NOBODY, 'nonsense']) {
      expect((await operator.get(`/tenants/${id}`)).status).to.equal(404);
      expect((await operator.get(`/tenants/${id}/suspension`)).status).to.equal(404);
      const page = await operator.visit('/tenants');
      expect((await operator.postFrom(page, `/tenants/${id}/suspension`)).status).to.equal(404);
    }
  });

  it('are for operators alone', async () => {
    const tenant = await createTenant(portal);
    const stranger = atConsole(portal);
    for (const path of [
      '/tenants',
      '/tenants/new',
      `/tenants/${tenant.id}`,
      `/tenants/${tenant.id}/suspension`,
    ])
      expect((await stranger.visit(path)).path, path).to.equal('/login');
    const login = await stranger.visit('/login');
    for (const path of ['/tenants', `/tenants/${tenant.id}/suspension`, `/tenants/${tenant.id}/resumption`])
      expect((await stranger.postFrom(login, path)).headers['location'], path).to.match(/^\/login/);
  });

  it('are shown on the bare operations domain and nowhere else', async () => {
    const tenant = await createTenant(portal);
    for (const host of [tenant.operations, tenant.account])
      expect((await new Visitor(portal, host).get('/tenants')).status).to.equal(404);
  });
});
