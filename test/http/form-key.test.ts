import { expect } from 'chai';
import { withClient } from '../../src/database/pools.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { startOperations, type StaffVisitor } from '../support/operations.ts';
import type { FieldValues } from '../support/page-form.ts';
import type { Page } from '../support/page.ts';
import type { TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import type { Visitor } from '../support/visitor.ts';

const COMPANIES = '/customers/companies';
const ALREADY_SENT = 'This form was already submitted.';

describe('A create form with a one-time key', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const openCompanyForm = (visitor: Visitor = manager) => visitor.visit(`${COMPANIES}/new`);
  const keyOf = (page: Page) => page.find('input[name="form_key"]')!.getAttribute('value')!;

  const post = (visitor: Visitor, page: Page, button: string, fields: FieldValues) => {
    const { action, fields: body } = page.form(button).submission(fields);
    return visitor.post(action, new URLSearchParams(body).toString());
  };
  const countRows = async (table: string, { id }: TestTenant = tenant) => {
    const { rows } = await portal.owner.query<{ n: number }>(
      `select count(*)::int n from ${table} where tenant_id = $1`,
      [id],
    );
    return rows[0]!.n;
  };
  const countCompanies = async (name: string) => {
    const { rows } = await portal.owner.query<{ n: number }>(
      'select count(*)::int n from companies where name = $1',
      [name],
    );
    return rows[0]!.n;
  };

  it('creates one company on a double click and redirects both requests to it', async () => {
    const form = await openCompanyForm();
    const clicks = await Promise.all(
      Array.from({ length: 4 }, () => post(manager, form, 'Add', { Name: 'Double Ltd' })),
    );
    expect(clicks.map(({ status }) => status)).to.deep.equal([303, 303, 303, 303]);
    expect(new Set(clicks.map(({ headers }) => headers['location'])).size).to.equal(1);
    expect(await countCompanies('Double Ltd')).to.equal(1);
    const page = await manager.arrive(COMPANIES, clicks[3]!);
    expect(page.h1).to.equal('Double Ltd');
    expect(page.flashes).to.have.length(1);
    expect(page.flashes[0]).to.match(/^Double Ltd was created/);
    expect((await manager.visit(page.path)).flashes).to.deep.equal([]);
  });

  it('redirects to the first company without a message when it is submitted again after Back', async () => {
    const form = await openCompanyForm();
    const first = await form.submit('Add', { Name: 'Back Ltd' });
    const again = await form.submit('Add', { Name: 'Back Ltd' });
    expect(again.path).to.equal(first.path);
    expect(again.flashes).to.deep.equal([]);
    expect(await countCompanies('Back Ltd')).to.equal(1);
  });

  it('redirects to the first company with a message when it is submitted again with other values', async () => {
    const form = await openCompanyForm();
    const first = await form.submit('Add', { Name: 'First Ltd' });
    const again = await form.submit('Add', { Name: 'Other Ltd' });
    expect(again.path).to.equal(first.path);
    expect(again.h1).to.equal('First Ltd');
    expect(again.flashes).to.deep.equal([ALREADY_SENT]);
    expect((await manager.visit(again.path)).flashes).to.deep.equal([]);
    expect(await countCompanies('Other Ltd')).to.equal(0);
  });

  it('keeps its key after a refusal and creates the corrected company', async () => {
    await createCompany(portal, tenant, { code: 'TAKEN' });
    const form = await openCompanyForm();
    const empty = await form.submit('Add', { Name: '' });
    const refused = await empty.submit('Add', { Name: 'Corrected Ltd', Code: 'TAKEN' });
    expect([empty.status, refused.status]).to.deep.equal([422, 422]);
    expect([keyOf(empty), keyOf(refused)]).to.deep.equal([keyOf(form), keyOf(form)]);
    const created = await refused.submit('Add', { Name: 'Corrected Ltd', Code: 'FREE' });
    expect(created.h1).to.equal('Corrected Ltd');
    expect(created.flashes[0]).to.include('was created');
  });

  it('creates a company in each of two tabs', async () => {
    const tabs = [await openCompanyForm(), await openCompanyForm()];
    expect(keyOf(tabs[0]!))
      .to.match(/^[\w-]{22}$/)
      .and.not.equal(keyOf(tabs[1]!));
    for (const tab of tabs) await tab.submit('Add', { Name: 'Tabs Ltd' });
    expect(await countCompanies('Tabs Ltd')).to.equal(2);
  });

  it('creates a company for another user and for another tenant with the same key', async () => {
    const key = keyOf(await openCompanyForm());
    const other = await createTenant(portal);
    const visitors = [manager, await signedInStaff(portal, tenant), await signedInStaff(portal, other)];
    const locations = new Set();
    for (const visitor of visitors) {
      const body = { name: 'Shared Key Ltd', form_key: key };
      const response = await visitor.postFrom(await openCompanyForm(visitor), COMPANIES, body);
      locations.add(response.headers['location']);
    }
    expect(locations.size).to.equal(3);
    expect(await countCompanies('Shared Key Ltd')).to.equal(3);
  });

  it('creates a company at each submission without a key', async () => {
    const form = await openCompanyForm();
    for (let n = 0; n < 2; n += 1) await manager.postFrom(form, COMPANIES, { name: 'Keyless Ltd' });
    expect(await countCompanies('Keyless Ltd')).to.equal(2);
  });

  it('returns 400 for a malformed key', async () => {
    const form = await openCompanyForm();
    for (const form_key of ['', 'short', `${keyOf(form)}=`, [keyOf(form), keyOf(form)]]) {
      const { status } = await manager.postFrom(form, COMPANIES, { name: 'Malformed Ltd', form_key });
      expect(status, String(form_key)).to.equal(400);
    }
    expect(await countCompanies('Malformed Ltd')).to.equal(0);
  });

  it('returns 409 while the first submission takes longer than a lock may be waited for', async () => {
    const form = await openCompanyForm();
    const response = await withClient(portal.urls.superuser, async (client) => {
      await client.query('begin');
      await client.query(
        `insert into app.form_keys (tenant_id, user_id, kind, key_hash, values_hash)
         values ($1, $2, 'company', sha256($3::bytea), '')`,
        [tenant.id, manager.person.id, keyOf(form)],
      );
      return form.submit('Add', { Name: 'Slow Ltd' });
    });
    expect(response.status).to.equal(409);
    expect(response.h1).to.equal('This form is still being saved');
    expect(await countCompanies('Slow Ltd')).to.equal(0);
    expect((await form.submit('Add', { Name: 'Slow Ltd' })).h1).to.equal('Slow Ltd');
  });

  it('stores neither the key nor the values', async () => {
    const form = await openCompanyForm();
    await form.submit('Add', { Name: 'Discreet Ltd' });
    const { rows } = await portal.owner.query<{ row: string }>(
      'select form_keys::text as row from form_keys',
    );
    expect(rows.length).to.be.greaterThan(0);
    const stored = rows.map(({ row }) => row).join('\n');
    const hex = (text: string) => Buffer.from(text).toString('hex');
    for (const secret of [keyOf(form), 'Discreet Ltd'])
      expect(stored).to.not.include(secret).and.not.include(hex(secret));
  });

  it('shows the handover letter of a new user once after a double click', async () => {
    const form = await manager.visit('/users/new');
    const fields = { first_name: 'Ada', last_name: 'King', email: 'ada.king@x.example' };
    const clicks = await Promise.all([1, 2].map(() => post(manager, form, 'Create user', fields)));
    expect(clicks.map(({ status }) => status)).to.deep.equal([303, 303]);
    const page = await manager.arrive('/users', clicks[1]!);
    expect(page.text).to.include('Tell the user how to log in');
    expect(page.flashes).to.deep.equal(['Ada King was created. No email has been sent.']);
    const again = await form.submit('Create user', fields);
    expect(again.path).to.equal(page.path);
    expect(again.text).to.not.include('Tell the user how to log in');
  });

  it('creates one user when two forms with the same email are submitted at once', async () => {
    const forms = [await manager.visit('/users/new'), await manager.visit('/users/new')];
    const fields = { first_name: 'Ada', last_name: 'Same', email: 'same@x.example' };
    const responses = await Promise.all(forms.map((form) => post(manager, form, 'Create user', fields)));
    expect(responses.map(({ status }) => status)).to.have.members([303, 422]);
    expect(responses.find(({ status }) => status === 422)!.text).to.include('same@x.example');
    expect(await sql(portal, "select 1 from users where email = 'same@x.example'")).to.have.length(1);
    const created = "select 1 from audit_events where event = 'user.created' and target_name = 'Ada Same'";
    expect(await sql(portal, created)).to.have.length(1);
    const createdUser = responses.find(({ status }) => status === 303)!;
    expect((await manager.arrive('/users', createdUser)).flashes).to.have.length(1);
  });

  it('redirects to the first result when it is submitted again with invalid values', async () => {
    const form = await openCompanyForm();
    const first = await form.submit('Add', { Name: 'Valid Ltd' });
    const again = await form.submit('Add', { Name: '' });
    expect(again.path).to.equal(first.path);
    expect(again.flashes).to.deep.equal([ALREADY_SENT]);
  });

  const commitFailures: [how: string, statement: string, status: number][] = [
    ['COMMIT fails', "raise exception 'refused at commit'", 500],
    ['the connection is lost at COMMIT', 'perform pg_terminate_backend(pg_backend_pid())', 503],
    ['COMMIT detects a deadlock', "raise exception using errcode = '40P01'", 503],
    ['COMMIT cannot be serialised', "raise exception using errcode = '40001'", 503],
    ['COMMIT finds a changed plan', "raise exception using errcode = '0A000'", 503],
    ['COMMIT misses a prepared statement', "raise exception using errcode = '26000'", 503],
  ];
  for (const [n, [how, statement, status]] of commitFailures.entries())
    it(`stores nothing, sends no email and shows no message when ${how}, and keeps its key`, async () => {
      const company = await createCompany(portal, tenant);
      const address = `late.${n}@x.example`;
      const form = await manager.visit(`${COMPANIES}/${company.id}/customers/new`);
      const fields = { username: address, Roles: ['Accounts Payable'], template: 'accountActivation' };
      const counts = async () =>
        Promise.all(['users', 'memberships', 'emails', 'audit_events', 'form_keys'].map((t) => countRows(t)));
      const before = await counts();
      await failAtCommit(address, statement);
      const failed = await post(manager, form, 'Add', fields);
      await portal.owner.query('drop trigger fail_at_commit on users; drop function fail_at_commit');

      expect(failed.status).to.equal(status);
      expect(failed.text).to.not.include('Customer added');
      expect(await counts()).to.deep.equal(before);
      expect((await manager.visit('/users')).flashes).to.deep.equal([]);
      const page = await form.submit('Add', fields);
      expect(page.flashes).to.deep.equal([
        `Customer added. An activation email has been sent to ${address}.`,
      ]);
      expect(await sql(portal, 'select 1 from emails where to_address = $1', [address])).to.have.length(1);
    });

  const failAtCommit = (address: string, statement: string) =>
    portal.owner.query(`
      create function fail_at_commit() returns trigger language plpgsql security definer as $$
        begin
          if new.email = '${address}' then ${statement}; end if;
          return null;
        end $$;
      create constraint trigger fail_at_commit after insert on users deferrable initially deferred
        for each row execute function fail_at_commit()`);

  const roleForms: [
    title: string,
    open: () => Promise<Page>,
    button: string,
    table: string,
    fields: FieldValues,
  ][] = [
    [
      'Add customer',
      async () => manager.visit(`${COMPANIES}/${(await createCompany(portal, tenant)).id}/customers/new`),
      'Add',
      'users',
      { username: 'twice@x.example', Roles: ['Accounts Payable'] },
    ],
    [
      'Add custom field',
      () => manager.visit('/settings/custom-fields/new'),
      'Add custom field',
      'custom_fields',
      { title: 'Gate code' },
    ],
    [
      'Publish terms',
      async () => (await manager.visit('/settings/terms/new')).submit('Preview', { body: 'New words' }),
      'Publish',
      'terms_versions',
      {},
    ],
    [
      'Add staff',
      () => manager.visit('/settings/team/new'),
      'Add',
      'users',
      { first_name: 'Al', last_name: 'Twice', email: 'al@x.example', roles: ['Driver'] },
    ],
  ];
  for (const [title, open, button, table, fields] of roleForms) {
    it(`inserts one row on a double click in ${title}`, async () => {
      const form = await open();
      const before = await countRows(table);
      const clicks = await Promise.all([1, 2].map(() => post(manager, form, button, fields)));
      expect(clicks.map(({ status }) => status)).to.deep.equal([303, 303]);
      expect(clicks[0]!.headers['location']).to.equal(clicks[1]!.headers['location']);
      expect(await countRows(table)).to.equal(before + 1);
    });
  }

  it('links an existing customer once on a double click', async () => {
    const company = await createCompany(portal, tenant);
    const { email, id } = await createCustomer(portal, tenant);
    const form = await manager.visit(`${COMPANIES}/${company.id}/customers/new`);
    const confirm = await form.submit('Add', { username: email, Roles: ['Accounts Payable'] });
    expect(keyOf(confirm)).to.equal(keyOf(form));
    const clicks = await Promise.all([1, 2].map(() => post(manager, confirm, 'Link existing customer', {})));
    expect(clicks.map(({ headers }) => headers['location'])).to.deep.equal([`/users/${id}`, `/users/${id}`]);
    const page = await manager.visit(`/users/${id}`);
    expect(page.flashes).to.have.length(1);
    expect(page.flashes[0]).to.include('was linked to');
  });
});
