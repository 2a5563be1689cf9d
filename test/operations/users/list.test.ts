import { expect } from 'chai';
import { gzipSync } from 'node:zlib';
import {
  createCompany,
  createCustomer,
  createStaff,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { userRow } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Users', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const names = (rows: string[]) => rows.map((row) => row.split(' ')[0]!);

  describe('GET /users', () => {
    it('offers staff with users.create to add the first user', async () => {
      const other = await createTenant(portal);
      const list = await (await signedInStaff(portal, other)).visit('/users');
      expect(list.h1).to.equal('Users');
      expect(list.text).to.include('Add your first user');
      expect((await list.follow('Add user')).path).to.equal('/users/new');
      expect(list.find('main form[role=search]')).to.equal(null);
      const form = (await list.follow('Import')).form('Upload');
      expect(form.values()).to.include({ kind: 'users' });

      const driver = await (await signedInStaff(portal, other, 'driver')).visit('/users');
      expect(driver.text).to.include('No users yet');
      expect(driver.links).to.not.include('Add user').and.not.include('Import');
    });

    it('shows customers with address, companies and states, and no staff', async () => {
      const company = await createCompany(portal, tenant, { name: 'Analytical Engines Ltd' });
      const ada = { email: 'ada@engines.example', first_name: 'Ada', last_name: 'Byron', company };
      await createCustomer(portal, tenant, { ...ada, email_verified_at: null, status: 'disabled' });
      await createCustomer(portal, tenant, {
        email: 'nameless@x.example',
        first_name: null,
        last_name: null,
      });
      const list = await manager.visit('/users');
      expect(list.rows('Ada Byron')[0]).to.match(
        /^Ada Byron ada@engines.example Analytical Engines Ltd Disabled Active Not verified Never \w+ \d+, \d{4}$/,
      );
      expect(list.rows('nameless')[0]).to.match(/^nameless@x.example Enabled Active/);
      expect(list.rows(manager.person.email)).to.deep.equal([]);
      // Empty cells are not shown on a phone.
      expect(list.findAll('td[data-l=Company]').map(({ innerHTML }) => innerHTML)).to.include('');
      expect((await list.follow('nameless@x.example')).h1).to.equal('nameless@x.example');
    });

    it('filters by view, status and access', async () => {
      const other = await createTenant(portal);
      const staff = await signedInStaff(portal, other);
      const past = new Date(Date.now() - 60_000);
      await createCustomer(portal, other, { first_name: 'Active' });
      await createCustomer(portal, other, { first_name: 'Invited', access: 'invited' });
      await createCustomer(portal, other, { first_name: 'Late', access: 'invited', access_expires_at: past });
      await createCustomer(portal, other, { first_name: 'Off', status: 'disabled' });
      const shown = async (query: string) => names((await staff.visit(`/users?${query}`)).rows());
      expect(await shown('view=not-activated')).to.have.members(['Invited', 'Late']);
      expect(await shown('view=not-verified')).to.have.members(['Invited', 'Late']);
      expect(await shown('view=disabled')).to.deep.equal(['Off']);
      expect(await shown('status=enabled')).to.have.members(['Active', 'Invited', 'Late']);
      expect(await shown('access=invited')).to.deep.equal(['Invited']);
      expect(await shown('access=expired')).to.deep.equal(['Late']);
      expect(await shown('access=revoked')).to.deep.equal([]);
      const tab = await (await staff.visit('/users')).follow('Disabled');
      expect(names(tab.rows())).to.deep.equal(['Off']);
    });

    it('filters by several access states and keeps them ticked', async () => {
      const other = await createTenant(portal);
      const staff = await signedInStaff(portal, other);
      await createCustomer(portal, other, { first_name: 'Active' });
      await createCustomer(portal, other, { first_name: 'Invited', access: 'invited' });
      await createCustomer(portal, other, { first_name: 'Bounced', access: 'bounced' });
      const list = await (await staff.visit('/users')).submit('Search', { access: ['Invited', 'Bounced'] });
      expect(list.url).to.equal('/users?access=invited&access=bounced');
      expect(names(list.rows())).to.deep.equal(['Bounced', 'Invited']);
      expect(list.text).to.include('Access Invited, Bounced');
      const sorted = await list.submit('Search', { Sort: 'Oldest first' });
      expect(sorted.url).to.equal('/users?access=invited&access=bounced&sort=created');
      expect(names(sorted.rows())).to.deep.equal(['Invited', 'Bounced']);
      expect(names((await sorted.submit('Search', { access: [] })).rows())).to.include('Active');
    });

    it('filters by company and clears the filter', async () => {
      const company = await createCompany(portal, tenant, { name: 'Difference & Sons' });
      await createCustomer(portal, tenant, { first_name: 'Charles', company });
      const list = await manager.visit(`/users?company=${company.id}`);
      expect(names(list.rows())).to.deep.equal(['Charles']);
      expect(list.text).to.include('Difference & Sons');
      expect(list.form('Search').values()).to.deep.include({ company: company.id });
      expect((await list.follow('Clear')).url).to.equal('/users');
    });

    it('ignores unknown parameters and reports invalid values', async () => {
      const fine = await manager.visit('/users?utm_source=mail&page=7');
      expect(fine.flashes).to.deep.equal([]);
      const invalid = [
        'status=maybe',
        'view=x',
        'access=__proto__',
        'company=1',
        'sort=constructor',
        'after=e30.x',
      ];
      for (const query of invalid) {
        const list = await manager.visit(`/users?${query}`);
        expect(list.status, query).to.equal(200);
        expect(list.flashes.join(), query).to.include(`'${query.split('=')[0]}' in the address is not valid`);
        expect(list.rows().length, query).to.be.greaterThan(0);
      }
      expect((await manager.visit('/users?status=enabled&status=disabled')).status).to.equal(200);
    });

    it('removes empty parameters from the URL', async () => {
      const list = await (await manager.visit('/users')).submit('Search', { q: 'byron' });
      expect(list.url).to.equal('/users?q=byron');
    });

    it('removes invalid values with the empty parameters and reports them', async () => {
      const list = await manager.visit('/users?q=&status=maybe&access=active');
      expect(list.url).to.equal('/users?access=active');
      expect(list.flashes.join()).to.include("'status' in the address is not valid");
      expect((await manager.visit('/users')).flashes).to.deep.equal([]);
    });
  });

  describe('GET /users?q=', () => {
    before(async () => {
      await createCustomer(portal, tenant, {
        email: 'emilie@chatelet.example',
        first_name: 'Émilie',
        last_name: 'du Châtelet',
        phone: '+44 (0)20 7946-0123',
      });
    });

    it('finds users by name, address and phone, ignoring accents, case and spaces', async () => {
      const words = ['emilie', 'ÉMILIE DU', 'chatelet', 'telet.ex', '7946 0123', '079460123', 'em', 'ém'];
      for (const q of words) {
        const list = await (await manager.visit('/users')).submit('Search', { Search: q });
        expect(list.rows('Châtelet'), q).to.have.length(1);
        expect(list.form('Search').values(), q).to.deep.include({ q });
      }
    });

    it('shows an empty result with a link to clear the filters', async () => {
      const list = await manager.visit('/users?q=zzzzzz');
      expect(list.text).to.include('No user matches “zzzzzz”.');
      expect((await list.follow('Clear filters')).url).to.equal('/users');
      const filtered = await manager.visit('/users?access=bounced');
      expect(filtered.text).to.include('No user matches these filters.');
    });

    it('treats every search term as literal text', async () => {
      const literals = [
        '%',
        '%%%',
        '___',
        "';--",
        '\\\\\\',
        '\u0000\u0001abc',
        '😀😀',
        '(((',
        'x'.repeat(5000),
      ];
      for (const q of [...literals, '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>']) {
        const list = await manager.visit(`/users?q=${encodeURIComponent(q)}`);
        expect(list.status, q).to.equal(200);
        expect(list.html, q).to.not.match(/<script>alert|<img/);
      }
    });
  });

  describe('GET /users with several pages', () => {
    let busy: TestTenant;
    let staff: Visitor;
    const add = async (from: number, to: number) => {
      for (let index = from; index < to; index += 1) {
        const tag = String(index).padStart(2, '0');
        await createCustomer(portal, busy, {
          first_name: `P${tag}`,
          last_name: `x${(index * 7) % 60}`,
          password: null,
        });
      }
    };

    before(async () => {
      busy = await createTenant(portal);
      staff = await signedInStaff(portal, busy);
      await add(0, 60);
    });

    for (const sort of ['created', '-created', 'name', '-name', 'email', '-email']) {
      it(`shows each user once, forwards and back, sorted by ${sort}`, async () => {
        const seen: string[] = [];
        let page = await staff.visit(`/users?sort=${sort}`);
        const first = names(page.rows());
        for (;;) {
          seen.push(...names(page.rows()));
          if (!page.links.includes('Next')) break;
          page = await page.follow('Next');
        }
        expect(seen).to.have.length(60);
        expect(new Set(seen)).to.have.length(60);
        if (sort === 'name') expect(seen).to.deep.equal([...seen].sort());
        while (page.links.includes('Previous')) page = await page.follow('Previous');
        expect(names(page.rows())).to.deep.equal(first);
      });
    }

    it('repeats and skips no user when users are added while paging', async () => {
      const first = await staff.visit('/users');
      await add(60, 63);
      const second = await first.follow('Next');
      expect(second.rows('P34')).to.have.length(1);
      expect(second.rows('P35')).to.have.length(0);
      expect(names((await second.follow('Previous')).rows())).to.deep.equal(names(first.rows()));
    });

    it('returns at most 12 KB and reads the list in one round trip', async () => {
      let trips = 0;
      const count = () => (trips += 1);
      portal.database.app.on('acquire', count);
      const page = await staff.visit('/users?q=p0');
      portal.database.app.off('acquire', count);
      expect(trips).to.equal(2);
      const full = await staff.visit('/users');
      expect(full.text).to.include('63 users');
      expect(gzipSync(full.html).length).to.be.lessThan(12 * 1024);
      expect(page.text).to.include('10 users');
    });

    it('redirects to the first page when the previous page has no users left', async () => {
      const fewer = await createTenant(portal);
      const visitor = await signedInStaff(portal, fewer);
      const created: string[] = [];
      for (let n = 0; n < 27; n += 1) {
        const { id } = await createCustomer(portal, fewer, {
          first_name: 'Q',
          last_name: `x${n}`,
          password: null,
        });
        created.push(id);
      }
      const second = await (await visitor.visit('/users?sort=created&q=q')).follow('Next');
      await portal.owner.query('delete from users where id = any($1)', [created.slice(0, 25)]);
      const first = await second.follow('Previous');
      expect(first.rows()).to.have.length(2);
      expect(first.rows()[0]).to.include('x25');
    });

    it('refuses a cursor that was altered or belongs to another order', async () => {
      const next = (await staff.visit('/users')).href('Next');
      for (const url of [next.replace('after=', 'after=x'), `${next}&sort=name`]) {
        const page = await staff.visit(url);
        expect(page.flashes.join()).to.include("'after' in the address is not valid");
      }
    });
  });

  describe('POST /users', () => {
    it('lists the details of the new user in the order of the form', async () => {
      const created = await (
        await manager.visit('/users/new')
      ).submit('Create user', {
        'First name': 'Ida',
        'Last name': 'Rhodes',
        Email: 'ida@rhodes.example',
        Phone: '020 7946 0123',
      });
      const details = 'First name: Ida Last name: Rhodes Email: ida@rhodes.example Phone: 020 7946 0123';
      expect(created.text).to.include(details);
      expect((await manager.visit('/audit-log')).text).to.include(details);
    });

    it('creates a user, sends no email and shows the handover letter', async () => {
      const sent = portal.mailbox.messages.length;
      const form = await (await manager.visit('/users')).follow('Add user');
      expect(form.text).to.include("do not receive the 'Welcome' email");
      const page = await form.submit('Create user', {
        'First name': 'Mary',
        'Last name': 'Somerville',
        Email: ' Mary@Somerville.Example ',
        Phone: '+44 20 7946 0000',
      });
      expect(page.path).to.match(/^\/users\/[0-9a-f-]{36}$/);
      expect(page.h1).to.equal('Mary Somerville');
      expect(page.flashes).to.include('Mary Somerville was created. No email has been sent.');
      expect(page.badges).to.include.members(['Enabled', 'Not verified', 'No access']);
      expect(page.text).to.include('Tell the user how to log in').and.include('mary@somerville.example');
      const letter = page.find('textarea')!.text;
      expect(letter)
        .to.include('Hi Mary Somerville,')
        .and.include("'Forgot password?'")
        .and.include(tenant.name);
      expect(letter).to.include(`http://${tenant.account}/account/login`);
      expect(letter).to.include(`http://${tenant.account}/account/billing`);
      await portal.runMail();
      expect(portal.mailbox.messages.length).to.equal(sent);
      const again = await manager.visit(page.path);
      expect(again.text).to.include('How to log in').and.not.include('Tell the user how to log in');
      expect((await manager.visit('/users')).rows('Mary Somerville')).to.have.length(1);
    });

    it('creates a private customer, who acts for themselves', async () => {
      const page = await (
        await manager.visit('/users/new')
      ).submit('Create user', { 'First name': 'Ada', 'Last name': 'Private', Email: 'private@x.example' });
      const { is_private_customer } = await userRow(portal, page.path.split('/').at(-1)!);
      expect(is_private_customer).to.equal(true);
    });

    it('shows the handover letter of each user when two are created at once in two tabs', async () => {
      const create = async (last_name: string) => {
        const body = { first_name: 'Tab', last_name, email: `tab.${last_name}@example.com` };
        const response = await manager.postFrom(await manager.visit('/users/new'), '/users', body);
        return response.headers['location'] as string;
      };
      for (const location of [await create('one'), await create('two')])
        expect((await manager.visit(location)).text).to.include('Tell the user how to log in');
    });

    it('reports every missing or invalid field and keeps the values', async () => {
      const empty = await (await manager.visit('/users/new')).submit('Create user');
      expect(empty.status).to.equal(422);
      expect(empty.title).to.match(/^Error: /);
      expect(empty.errors).to.deep.equal(['Enter a first name', 'Enter a last name']);
      const wrong = await empty.submit('Create user', {
        first_name: 'Mary',
        last_name: 'x'.repeat(101),
        email: 'a@b.example, c@d.example',
        phone: 'call me',
      });
      expect(wrong.errors).to.deep.equal([
        'Use 100 characters or fewer',
        'Enter an email address in the correct format, like name@example.com',
        'Enter a phone number, like +44 20 7946 0000',
      ]);
      expect(wrong.form('Create user').values()).to.deep.include({ first_name: 'Mary', phone: 'call me' });
    });

    it('refuses an address that continues as a URL', async () => {
      const before = await portal.owner.query('select count(*) from users where tenant_id = $1', [tenant.id]);
      for (const email of ['boss@firm.co/uk', 'boss@firm.co?uk', 'boss@firm.co#uk', 'boss@firm%2eco']) {
        const page = await (
          await manager.visit('/users/new')
        ).submit('Create user', { first_name: 'Bo', last_name: 'Ss', email });
        expect(page.status, email).to.equal(422);
        expect(page.errors, email).to.deep.equal([
          'Enter an email address in the correct format, like name@example.com',
        ]);
        expect(page.form('Create user').values()['email']).to.equal(email);
      }
      const after = await portal.owner.query('select count(*) from users where tenant_id = $1', [tenant.id]);
      expect(after.rows).to.deep.equal(before.rows);
    });

    it('refuses the address of another user, ignoring case, and links to that user', async () => {
      const known = await createCustomer(portal, tenant, { email: 'known@x.example' });
      const page = await (
        await manager.visit('/users/new')
      ).submit('Create user', {
        first_name: 'Some',
        last_name: 'Body',
        email: 'KNOWN@x.example',
      });
      expect(page.status).to.equal(422);
      expect(page.errors).to.deep.equal(['A user with this email address already exists']);
      expect((await page.follow('View this user')).path).to.equal(`/users/${known.id}`);
    });

    it('accepts the address of a staff user or of a customer of another tenant', async () => {
      const other = await createTenant(portal);
      await createCustomer(portal, other, { email: 'both@x.example' });
      await createStaff(portal, tenant, { email: 'both@x.example' });
      const page = await (
        await manager.visit('/users/new')
      ).submit('Create user', {
        first_name: 'Both',
        last_name: 'Sides',
        email: 'both@x.example',
      });
      expect(page.status).to.equal(200);
    });

    it('creates one user when the form is submitted several times at once', async () => {
      const page = await manager.visit('/users/new');
      const body = { first_name: 'Twice', last_name: 'Clicked', email: 'twice@x.example' };
      const responses = await Promise.all([1, 2, 3, 4].map(() => manager.postFrom(page, '/users', body)));
      expect(responses.map(({ status }) => status)).to.have.members([303, 422, 422, 422]);
      expect((await manager.visit('/users?q=twice@x')).rows()).to.have.length(1);
    });

    it('returns 400 for a field that the form does not have', async () => {
      const page = await manager.visit('/users/new');
      const good = { first_name: 'Sly', last_name: 'Fields', email: 'sly@x.example' };
      for (const forged of [{ audience: 'staff' }, { access: 'active' }, { 'email[a]': 'b@x.example' }])
        expect((await manager.postFrom(page, '/users', { ...good, ...forged })).status).to.equal(400);
      expect((await manager.visit('/users?q=sly@x')).rows('sly')).to.have.length(0);
    });

    it('returns 400 for repeated fields and control characters', async () => {
      const page = await manager.visit('/users/new');
      const good = { first_name: 'A', last_name: 'B', email: 'array@x.example' };
      for (const bad of [
        { email: ['a@x.example', 'b@x.example'] },
        { first_name: 'A\u0000' },
        { phone: '\u0007' },
      ]) {
        expect((await manager.postFrom(page, '/users', { ...good, ...bad })).status).to.equal(400);
      }
      expect((await manager.visit('/users?q=array@x')).rows('array')).to.have.length(0);
    });

    it('escapes markup in a name', async () => {
      const page = await (
        await manager.visit('/users/new')
      ).submit('Create user', {
        first_name: '<script>alert(1)</script>',
        last_name: '"><img src=x onerror=alert(2)>',
        email: 'xss@x.example',
      });
      expect(page.h1).to.equal('<script>alert(1)</script> "><img src=x onerror=alert(2)>');
      for (const shown of [
        page,
        await manager.visit('/users?q=xss@x'),
        await manager.visit(`${page.path}/edit`),
      ])
        expect(shown.html).to.not.match(/<script>alert|<img/);
    });
  });

  describe('permissions', () => {
    it('redirects anonymous users to the login page, and back after login', async () => {
      const visitor = new Visitor(portal, tenant.operations);
      for (const path of ['/users', '/users/new', `/users/${manager.person.id}`]) {
        const login = await visitor.visit(path);
        expect(login.path).to.equal('/login');
        expect(login.flashes).to.deep.equal(['Log in to continue.']);
      }
      const page = await (
        await visitor.visit('/users/new')
      ).submit('Log in', {
        'Email address': manager.person.email,
        Password: manager.person.password,
      });
      expect(page.path).to.equal('/users/new');
    });

    for (const role of ['manager', 'admin', 'operations', 'driver', null]) {
      const mayCreate = role !== 'driver' && role !== null;

      it(`${mayCreate ? 'lets' : 'does not let'} ${role ? `the role ${role}` : 'staff without a role'} create users`, async () => {
        const staff = await signedInStaff(portal, tenant, role);
        const list = await staff.visit('/users');
        expect(list.status).to.equal(role === null ? 403 : 200);
        expect(list.links.includes('Add user')).to.equal(mayCreate);
        expect((await staff.visit('/users/new')).status).to.equal(mayCreate ? 200 : 403);
        const body = { first_name: 'R', last_name: 'S', email: `${role}@roles.example` };
        expect((await staff.postFrom(list, '/users', body)).status).to.equal(mayCreate ? 303 : 403);
      });
    }

    it('returns 404 to customers', async () => {
      const customer = await signedInCustomer(portal, tenant);
      expect((await customer.visit('/users')).status).to.equal(404);
    });

    it('does not list the customers of another tenant', async () => {
      const foreign = await createCustomer(portal, await createTenant(portal));
      expect((await manager.visit(`/users?q=${foreign.email}`)).rows(foreign.email)).to.deep.equal([]);
    });
  });
});
