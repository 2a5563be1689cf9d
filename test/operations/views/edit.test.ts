import { expect } from 'chai';
import { findEventsOf } from '../../support/audit.ts';
import { createCustomer, createStaffRole, signedInStaff } from '../../support/factories.ts';
import { startOperations, type OperationsSuite, type StaffVisitor } from '../../support/operations.ts';
import type { Page } from '../../support/page.ts';

describe('The page of a saved view', () => {
  let suite: OperationsSuite;
  let owner: StaffVisitor;
  let other: StaffVisitor;
  let list: Page;
  let id: string;

  before(async () => {
    suite = await startOperations();
    await createCustomer(suite.portal, suite.tenant);
  });
  beforeEach(async () => {
    const { portal, tenant } = suite;
    const role = await createStaffRole(portal, tenant, ['users.view']);
    owner = await signedInStaff(portal, tenant, role);
    other = await signedInStaff(portal, tenant, role);
    const form = await owner.visit('/views/new?list=users&query=status%3Denabled');
    list = await form.submit('Save view', { Name: 'Enabled' });
    id = list.url.split('view=')[1]!;
  });

  const eventsOf = async () => (await findEventsOf(suite.portal, id)).map(({ event }) => event);
  const share = async () =>
    (await owner.visit(`/views/${id}`)).submit('Save changes', { 'Share with all staff': true });

  it('renames the view', async () => {
    const saved = await (await list.follow('Edit view')).submit('Save changes', { Name: 'On' });
    expect(saved.url).to.equal(list.url);
    expect(saved.links).to.include('On');
    expect(await eventsOf()).to.eql(['view.saved', 'view.updated']);
  });

  it('shares the view and ends the sharing', async () => {
    await share();
    expect((await other.visit('/users')).links).to.include('Enabled');
    await (await owner.visit(`/views/${id}`)).submit('Save changes', { 'Share with all staff': false });
    expect((await other.visit('/users')).links).to.not.include('Enabled');
    expect(await eventsOf()).to.eql(['view.saved', 'view.shared', 'view.unshared']);
  });

  it('replaces the query with that of the list', async () => {
    const changed = await owner.visit(`/users?status=disabled&sort=name&view=${id}`);
    const edit = await changed.follow('Update view');
    expect(edit.text).to.include('The view gets the filters, the columns and the order');
    const saved = await edit.submit('Update this view');
    expect(saved.url).to.equal(`/users?status=disabled&sort=name&view=${id}`);
    expect(saved.links).to.include('Edit view');
    const event = (await findEventsOf(suite.portal, id)).at(-1)!;
    expect(event).to.deep.include({ event: 'view.updated' });
    expect(event.changes).to.eql({ query: ['status=enabled', 'status=disabled&sort=name'] });
  });

  it('deletes the view', async () => {
    const deleted = await (await owner.visit(`/views/${id}`)).submit('Delete view');
    expect(deleted.url).to.equal('/users');
    expect(deleted.flashes).to.eql(['The view Enabled was deleted.']);
    expect(deleted.links).to.not.include('Enabled');
    expect(await eventsOf()).to.eql(['view.saved', 'view.deleted']);
    expect((await owner.get(`/views/${id}`)).status).to.equal(404);
    expect((await owner.visit(`/users?view=${id}`)).flashes).to.eql(['This view does not exist.']);
  });

  it('is refused with a clear message when the view was changed meanwhile', async () => {
    const stale = await owner.visit(`/views/${id}`);
    await share();
    const refused = await stale.submit('Save changes', { Name: 'Stale' });
    expect(refused.status).to.equal(422);
    expect(refused.find('#stored')!.text).to.include('Enabled');
    expect(refused.errors.join()).to.include('Someone changed this after you opened this page');
    expect((await refused.submit('Save changes', { Name: 'Fresh' })).links).to.include('Fresh');
  });

  it('refuses a name that another view of the owner has', async () => {
    const form = await owner.visit('/views/new?list=users&query=status%3Ddisabled');
    await form.submit('Save view', { Name: 'Disabled ones' });
    const edit = await owner.visit(`/views/${id}`);
    const refused = await edit.submit('Save changes', { Name: 'DISABLED ones' });
    expect(refused.errors).to.eql(['There is a view with this name already']);
  });

  it('belongs to the owner, and when shared to staff who manage the team', async () => {
    const manager = await signedInStaff(suite.portal, suite.tenant);
    expect((await manager.get(`/views/${id}`)).status).to.equal(404);
    await share();
    expect((await other.get(`/views/${id}`)).status).to.equal(403);
    const start = await other.visit('/users');
    const deletion = await other.postFrom(start, `/views/${id}/deletion`);
    expect(deletion.status).to.equal(403);
    const fields = { name: 'Theirs', query: 'q=1', version: '2' };
    expect((await other.postFrom(start, `/views/${id}`, fields)).status).to.equal(403);
    const renamed = await (await manager.visit(`/views/${id}`)).submit('Save changes', { Name: 'Ours' });
    expect(renamed.links).to.include('Ours');
    expect((await owner.visit('/users')).links).to.include('Ours');
  });
});
