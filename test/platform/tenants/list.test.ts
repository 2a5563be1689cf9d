import { expect } from 'chai';
import { writeCursor } from '../../../src/database/paginate.ts';
import { tenantList } from '../../../src/domain/tenant/tenant-list.ts';
import { createCustomer, createTenant } from '../../support/factories.ts';
import { startPortal, type OwnPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';
import { anonymousVisitor, signedInOperator } from '../operator.ts';

describe('Tenants on the platform console', () => {
  let portal: OwnPortal;
  let operator: Awaited<ReturnType<typeof signedInOperator>>;

  before(async () => {
    portal = await startPortal();
    operator = await signedInOperator(portal);
  });
  after(() => portal.close());

  const isLoggedIn = async (staff: Visitor) => (await staff.visit('/users')).path === '/users';

  describe('GET /tenants', () => {
    it('offers to create the first tenant', async () => {
      const page = await operator.visit('/tenants');
      expect(page.links).to.include('Create tenant');
    });

    it('lists, searches, filters and sorts tenants', async () => {
      const tenant = await createTenant(portal, {
        slug: 'harbour',
        name: 'Quay & Sons',
        status: 'suspended',
      });
      await createCustomer(portal, tenant);
      const list = await operator.visit('/tenants');
      expect(list.rows('Quay & Sons')[0]).to.match(/Quay & Sons harbour 2 Suspended/);
      for (const q of ['quay', 'arbou']) {
        const found = await list.submit('Search', { Search: q });
        expect(found.rows().length, q).to.equal(1);
        expect(found.rows()[0]).to.contain('Quay & Sons');
      }
      const suspended = await list.submit('Search', { Status: 'suspended' });
      expect(suspended.rows()).to.have.length(1);
      const none = await list.submit('Search', { Search: '100%' });
      expect(none.text).to.contain('No tenants match');
      const sorted = await list.follow('Subdomain');
      const slugs = sorted.findAll('tbody td[data-l="Subdomain"]').map((cell) => cell.text);
      expect(slugs).to.deep.equal([...slugs].sort());
    });

    it('shows 25 tenants per page', async () => {
      for (let n = 0; n < 26; n += 1) await createTenant(portal, { slug: `many-${n}`, name: `Many ${n}` });
      const first = await operator.visit('/tenants?q=many');
      expect(first.rows()).to.have.length(25);
      const second = await first.follow('Next');
      expect(second.rows()).to.have.length(1);
      expect((await second.follow('Previous')).rows()).to.deep.equal(first.rows());
    });

    it('redirects to the first page when a later page has no tenants', async () => {
      const after = writeCursor({ values: ['zzz'], start: 26 }, tenantList.order({ sort: 'subdomain' }));
      const page = await operator.visit(`/tenants?sort=subdomain&after=${after}`);
      expect(page.rows()).to.eql((await operator.visit('/tenants?sort=subdomain')).rows());
      expect(page.rows()).to.have.length(25);
    });

    it('returns 404 on the hosts of a tenant', async () => {
      const tenant = await createTenant(portal);
      for (const host of [tenant.operations, tenant.account])
        expect((await new Visitor(portal, host).get('/tenants')).status).to.equal(404);
    });
  });

  describe('POST /tenants', () => {
    it('creates a tenant and shows the link for its first Manager once', async () => {
      const form = await (await operator.visit('/tenants')).follow('Create tenant');
      const page = await form.submit('Create tenant', {
        Name: 'North Storage',
        Subdomain: 'north',
        "Owner's email": 'owner@north.example',
      });
      const [tenant] = await sql<{ id: string }>(portal, `select id from tenants where slug = 'north'`);
      expect(page.path).to.equal(`/tenants/${tenant!.id}`);
      expect(page.h1).to.equal('North Storage');
      expect(page.flashes).to.deep.equal(['North Storage was created.']);
      expect(page.find('[data-copy="set_password_url"]')!.text).to.equal('Copy link');
      const link = page.find('#set_password_url')!.text.trim();
      expect(link).to.match(/^http:\/\/north\.operations\.[^/]+\/set-password\?token=[\w-]{43}$/);
      expect((await operator.visit(`/tenants/${tenant!.id}`)).find('#set_password_url')).to.equal(null);
      const sessions = await sql(portal, 'select sess::text from platform_sessions');
      expect(JSON.stringify(sessions)).to.not.contain(link.slice(-43));

      const owner = new Visitor(portal, new URL(link).host);
      const password = await owner.openLink(link);
      const done = await password.submit('Save password', { new_password: 'seven brave otters swim' });
      expect(done.status).to.equal(200);
      const login = await owner.visit('/login');
      await login.submit('Log in', { username: 'owner@north.example', password: 'seven brave otters swim' });
      expect(await isLoggedIn(owner)).to.equal(true);
    });

    it('creates one tenant on a double click, shows its link once and redirects both requests to it', async () => {
      const form = await operator.visit('/tenants/new');
      const values = { name: 'Twice', slug: 'twice', admin_email: 'owner@twice.example' };
      const { action, fields } = form.form('Create tenant').submission(values);
      const click = () => operator.post(action, new URLSearchParams(fields).toString());
      const clicks = await Promise.all([click(), click(), click()]);
      expect(clicks.map(({ status }) => status)).to.deep.equal([303, 303, 303]);
      expect(new Set(clicks.map(({ headers }) => headers['location'])).size).to.equal(1);
      const page = await operator.arrive('/tenants', clicks[2]!);
      expect(page.find('#set_password_url')!.text).to.include('//twice.operations.');
      expect(page.flashes).to.deep.equal(['Twice was created.']);

      const again = await form.submit('Create tenant', { ...values, Name: 'Other', slug: 'other' });
      expect(again.path).to.equal(page.path);
      expect(again.find('#set_password_url')).to.equal(null);
      expect(again.flashes).to.deep.equal(['This form was already submitted.']);
    });

    it('shows the link when the session could not be saved directly after the commit', async () => {
      await portal.owner.query(`
        create sequence session_saves;
        create function fail_first_save() returns trigger language plpgsql security definer as $$
          begin
            if nextval('app.session_saves') = 1 then raise exception 'not saved'; end if;
            return new;
          end $$;
        create trigger fail_first_save before insert or update on platform_sessions
          for each row execute function fail_first_save()`);
      const form = await operator.visit('/tenants/new');
      const values = { name: 'Saved', slug: 'saved', admin_email: 'owner@saved.example' };
      const { action, fields } = form.form('Create tenant').submission(values);
      const failed = await operator.post(action, new URLSearchParams(fields).toString());
      expect(failed.status).to.equal(500);
      await portal.owner.query(`
        drop trigger fail_first_save on platform_sessions;
        drop function fail_first_save;
        drop sequence session_saves`);
      const page = await form.submit('Create tenant', values);
      expect(page.h1).to.equal('Saved');
      expect(page.find('#set_password_url')!.text).to.include('//saved.operations.');
    });

    it('creates the corrected tenant after a refusal', async () => {
      const refused = await (
        await operator.visit('/tenants/new')
      ).submit('Create tenant', { Name: 'Corrected' });
      expect(refused.status).to.equal(422);
      const created = await refused.submit('Create tenant', {
        Subdomain: 'corrected',
        "Owner's email": 'owner@corrected.example',
      });
      expect(created.h1).to.equal('Corrected');
    });

    it('shows each link with its own tenant when two are created at once in two tabs', async () => {
      const create = async (slug: string) => {
        const body = { name: slug, slug, admin_email: `owner@${slug}.example` };
        const response = await operator.postFrom(await operator.visit('/tenants/new'), '/tenants', body);
        return response.headers['location'] as string;
      };
      const slugs = ['tab-one', 'tab-two'];
      const locations = [await create(slugs[0]!), await create(slugs[1]!)];
      for (const [index, location] of locations.entries()) {
        const link = (await operator.visit(location)).find('#set_password_url')?.text;
        expect(link).to.include(`//${slugs[index]}.operations.`);
      }
    });

    it('refuses missing values and a taken subdomain and keeps the values', async () => {
      await createTenant(portal, { slug: 'taken' });
      const create = async (fields: Record<string, string>) =>
        (await operator.visit('/tenants/new')).submit('Create tenant', fields);
      const taken = await create({ name: 'Another', slug: 'Taken', admin_email: 'a@b.example' });
      expect(taken.status).to.equal(422);
      expect(taken.errors).to.deep.equal(['A tenant with this subdomain already exists']);
      expect(taken.find('#name')!.getAttribute('value')).to.equal('Another');
      const empty = await create({});
      expect(empty.errors).to.deep.equal([
        "Enter the tenant's name",
        'Enter a subdomain',
        "Enter the owner's email address",
      ]);
    });
  });

  it('redirects anonymous users to the login page', async () => {
    const visitor = anonymousVisitor(portal);
    for (const path of ['/tenants', '/tenants/new'])
      expect((await visitor.visit(path)).path, path).to.equal('/login');
    const response = await visitor.postFrom(await visitor.visit('/login'), '/tenants');
    expect(response.headers['location']).to.match(/^\/login/);
  });
});
