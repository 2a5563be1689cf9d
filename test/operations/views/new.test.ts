import { expect } from 'chai';
import { MAX_OWN_VIEWS } from '../../../src/domain/saved-view/saved-view.ts';
import { findAuditEvents } from '../../support/audit.ts';
import { createCustomer, createStaffRole, createTenant, signedInStaff } from '../../support/factories.ts';
import { startOperations, type OperationsSuite, type StaffVisitor } from '../../support/operations.ts';
import { sql } from '../../support/rows.ts';

describe('A saved view', () => {
  let suite: OperationsSuite;
  let owner: StaffVisitor;
  let colleague: StaffVisitor;

  before(async () => {
    suite = await startOperations();
    const { portal, tenant } = suite;
    for (const first_name of ['Ada', 'Bea']) await createCustomer(portal, tenant, { first_name });
  });
  beforeEach(async () => {
    owner = await signedInStaff(suite.portal, suite.tenant);
    colleague = await signedInStaff(suite.portal, suite.tenant);
  });

  const save = async (name: string, path = '/users?q=ada&sort=name', fields = {}) =>
    (await (await owner.visit(path)).follow('Save view')).submit('Save view', { Name: name, ...fields });

  const idOf = async (name: string) => {
    const rows = await sql<{ id: string }>(
      suite.portal,
      'select id from saved_views where owner_id = $1 and name = $2',
      [owner.person.id, name],
    );
    return rows[0]!.id;
  };

  it('keeps the filters, columns, order and page size of the list, and is opened by its tab', async () => {
    const saved = await save('Ada only', '/users?q=ada&sort=name&col=name&col=phone&per=50');
    const id = await idOf('Ada only');
    expect(saved.url).to.equal(`/users?q=ada&sort=name&col=name&col=phone&per=50&view=${id}`);
    expect(saved.flashes).to.eql(['The view Ada only was saved.']);
    expect(saved.find('.tabs [aria-current]')!.text.trim()).to.equal('Ada only');
    const opened = await (await owner.visit('/users')).follow('Ada only');
    expect(opened.url).to.equal(saved.url);
    expect(opened.rows()).to.have.length(1);
    expect(opened.links).to.include('Edit view').and.not.include('Save view');
    const [event] = await findAuditEvents(suite.portal, suite.tenant, 'view.saved');
    expect(event).to.deep.include({ actor_name: owner.person.name, target_name: 'Ada only' });
    expect(event!.changes).to.deep.include({ list: [null, 'users'], is_shared: [null, false] });
  });

  it('is opened by an address with its id only', async () => {
    await save('Short');
    const id = await idOf('Short');
    expect((await owner.visit(`/users?view=${id}`)).url).to.equal(`/users?q=ada&sort=name&view=${id}`);
  });

  it('stays beside a filter of the list with the same name', async () => {
    const saved = await save('Inactive', '/users?view=not-activated');
    const id = await idOf('Inactive');
    expect(saved.url).to.equal(`/users?view=not-activated&view=${id}`);
    expect(saved.flashes).to.eql(['The view Inactive was saved.']);
    expect((await saved.follow('All')).url).to.equal('/users');
  });

  it('can be changed on the list, which keeps it in its links and forms', async () => {
    const saved = await save('Changing');
    const id = await idOf('Changing');
    const changed = await saved.submit('Search', { status: 'enabled' });
    expect(changed.url).to.equal(`/users?q=ada&status=enabled&sort=name&view=${id}`);
    expect(changed.links).to.include.members(['Update view', 'Save view']);
    expect((await changed.follow('Clear')).url).to.equal('/users');
    const cleared = await saved.submit('Search', { q: '', Sort: 'Newest first' });
    expect(cleared.url).to.equal('/users');
  });

  it('is not offered for a list as it is', async () => {
    expect((await owner.visit('/users')).links).to.not.include('Save view');
    expect((await owner.visit('/views/new?list=users&query=after%3Dx')).url).to.equal('/users');
  });

  it('exports its selected rows', async () => {
    const saved = await save('Exported');
    const file = await saved.submit('Apply', { 'With selected': 'Export selected', all: true });
    expect(file.headers['content-disposition']).to.include('Users.csv');
  });

  it('is seen by other staff only when it is shared', async () => {
    await save('Private');
    await save('For everyone', '/users?q=bea', { 'Share with all staff': true });
    const list = await colleague.visit('/users');
    expect(list.links).to.include('For everyone').and.not.include('Private');
    expect((await list.follow('For everyone')).rows()).to.have.length(1);
    const hidden = await colleague.visit(`/users?view=${await idOf('Private')}`);
    expect(hidden.url).to.equal('/users');
    expect(hidden.flashes).to.eql(['This view does not exist.']);
    const expanded = await colleague.visit(`/users?q=ada&view=${await idOf('Private')}`);
    expect(expanded.flashes).to.eql(['This view does not exist.']);
  });

  it('has another name than the other views of its owner and list', async () => {
    await save('Twice');
    const refused = await save(' twice ');
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.eql(['There is a view with this name already']);
    expect((await save('Twice', '/rentals?status=active')).status).to.equal(200);
    expect((await save('', '/users?q=x')).errors).to.eql(['Enter a name']);
  });

  it('is one of at most twenty of its owner and list', async () => {
    for (let n = 0; n < MAX_OWN_VIEWS; n += 1) await save(`View ${n}`);
    const refused = await save('One more');
    expect(refused.status).to.equal(422);
    expect(refused.errors.join()).to.include('You have 20 views of this list');
  });

  it('is saved once when the form is submitted twice', async () => {
    const form = await (await owner.visit('/users?q=ada')).follow('Save view');
    const submission = form.form('Save view').submission({ Name: 'Once' });
    const [first, second] = await Promise.all([form.send(submission), form.send(submission)]);
    expect(first.url).to.equal(second.url);
    expect(first.links.filter((name) => name === 'Once')).to.have.length(1);
  });

  it('is refused for a list that the user may not see', async () => {
    const { portal, tenant } = suite;
    const role = await createStaffRole(portal, tenant, ['users.view']);
    const viewer = await signedInStaff(portal, tenant, role);
    expect((await viewer.get('/views/new?list=invoices&query=q%3D1')).status).to.equal(404);
    expect((await viewer.get('/views/new?list=nothing&query=q%3D1')).status).to.equal(404);
    const start = await viewer.visit('/views/new?list=users&query=q%3D1');
    const fields = { name: 'x', query: 'q=1' };
    expect((await viewer.postFrom(start, '/views', { ...fields, list: 'invoices' })).status).to.equal(404);
    expect(
      (await viewer.postFrom(start, '/views', { ...fields, list: 'users', query: 'after=1' })).status,
    ).to.equal(400);
  });

  it('names a filter, a column or another parameter that no longer exists, and shows the rest', async () => {
    await save('Old');
    const id = await idOf('Old');
    await sql(
      suite.portal,
      `update saved_views set query = 'q=ada&status=gone&cf.colour=red&col=name&col=gone' where id = $1`,
      [id],
    );
    const page = await owner.visit(`/users?view=${id}`);
    expect(page.rows()).to.have.length(1);
    const flashes = page.flashes.join('\n');
    expect(flashes).to.include("'status' in the address is not valid");
    expect(flashes).to.include("The column 'gone' of this view is no longer available and was left out");
    expect(flashes).to.include("'cf.colour' of this view no longer exists");
    expect(page.flashes).to.have.length(3);
    await sql(suite.portal, `update saved_views set query = 'q=&sort=' where id = $1`, [id]);
    expect((await owner.visit(`/users?view=${id}`)).url).to.equal('/users');
  });

  it('shows the stored count to staff who see every row', async () => {
    await save('Counted');
    const id = await idOf('Counted');
    const tab = async (visitor = owner) =>
      (await visitor.visit('/users?q=x')).findAll('.tabs a').find(({ text }) => text.includes('Counted'))!;
    expect((await tab()).text.trim()).to.equal('Counted');
    await sql(suite.portal, 'update saved_views set row_count = 12, counted_at = now() where id = $1', [id]);
    expect((await tab()).text.replace(/\s+/g, ' ').trim()).to.equal('Counted 12');
    await sql(suite.portal, 'update saved_views set row_count = 10001 where id = $1', [id]);
    expect((await tab()).text).to.include('10,000+');
  });

  it('is noted as shown at most every five minutes', async () => {
    await save('Noted');
    const id = await idOf('Noted');
    const age = (minutes: number) =>
      sql(suite.portal, `update saved_views set shown_at = now() - make_interval(mins => $2) where id = $1`, [
        id,
        minutes,
      ]);
    const shownAt = async () =>
      (
        await sql<{ at: string }>(
          suite.portal,
          'select shown_at::text as at from saved_views where id = $1',
          [id],
        )
      )[0]!.at;
    await age(4);
    const young = await shownAt();
    await owner.visit('/users');
    expect(await shownAt()).to.equal(young);
    await age(6);
    const old = await shownAt();
    await owner.visit('/users');
    for (let n = 0; n < 50 && (await shownAt()) === old; n += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await shownAt()).to.not.equal(old);
  });

  it('belongs to one tenant', async () => {
    await save('Elsewhere', '/users?q=bea', { 'Share with all staff': true });
    const other = await signedInStaff(suite.portal, await createTenant(suite.portal));
    expect((await other.get(`/views/${await idOf('Elsewhere')}`)).status).to.equal(404);
  });
});
