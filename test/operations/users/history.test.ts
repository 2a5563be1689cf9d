import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createCustomer, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('The history of a user', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('has the values before and after, and comments that cannot be changed, the newest first', async () => {
    const { id } = await createCustomer(portal, tenant, { first_name: 'Ada', last_name: 'Old' });
    await (await manager.visit(`/users/${id}/edit`)).submit('Save changes', { 'Last name': 'New' });
    const form = await (await manager.visit(`/users/${id}`)).follow('All history');
    const page = await form.submit('Add comment', { Comment: 'Called.\n<b>No</b> reply.' });
    expect(page.flashes).to.eql(['The comment was added.']);
    const [event] = await findAuditEvents(portal, tenant, 'user.commented');
    expect(event!.changes).to.eql({ comment: 'Called.\n<b>No</b> reply.' });
    expect(page.text.indexOf('No reply.'), page.text).to.be.lessThan(page.text.indexOf('User changed'));
    expect(page.html).to.include('&lt;b&gt;No&lt;/b&gt;');
    expect(page.text).to.include('Last name').and.include('Old').and.include('New');
    expect(page.findAll('blockquote')).to.have.length(1);
  });

  it('refuses an empty comment and one that is too long', async () => {
    const { id } = await createCustomer(portal, tenant);
    const form = await manager.visit(`/users/${id}/history`);
    expect((await form.submit('Add comment', {})).errors).to.eql(['Enter the comment']);
    const long = await form.submit('Add comment', { Comment: 'x'.repeat(2_001) });
    expect(long.errors).to.eql(['Use 2,000 characters or fewer']);
  });

  it('has pages', async () => {
    const { id } = await createCustomer(portal, tenant);
    let page = await manager.visit(`/users/${id}/history`);
    for (let n = 1; n <= 27; n += 1) page = await page.submit('Add comment', { Comment: `Comment ${n}.` });
    expect(page.findAll('.timeline > li')).to.have.length(25);
    const older = await page.follow('Next');
    expect(older.text).to.include('Comment 2.').and.not.include('Comment 3.');
    const newer = await older.follow('Previous');
    expect(newer.text).to.include('Comment 27.').and.include('Comment 3.').and.not.include('Comment 2.');
    expect((await manager.visit(`/users/${id}/history?after=x`)).status).to.equal(200);
  });

  it('shows comments only to staff who may not see the audit log', async () => {
    const { id } = await createCustomer(portal, tenant, { first_name: 'Ada', last_name: 'Old' });
    await (await manager.visit(`/users/${id}/edit`)).submit('Save changes', { 'Last name': 'New' });
    const form = await manager.visit(`/users/${id}/history`);
    await form.submit('Add comment', { Comment: 'For all staff' });
    const driver = await signedInStaff(portal, tenant, 'driver');
    const page = await driver.visit(`/users/${id}/history`);
    expect(page.text).to.include('For all staff').and.not.include('User changed');
    const sent = await driver.postFrom(page, `/users/${id}/history/comments`, { comment: 'x' });
    expect(sent.status).to.equal(403);
  });

  it('of a user of another tenant is not found', async () => {
    const foreign = await createCustomer(portal, await createTenant(portal));
    expect((await manager.get(`/users/${foreign.id}/history`)).status).to.equal(404);
    const page = await manager.visit('/users');
    const sent = await manager.postFrom(page, `/users/${foreign.id}/history/comments`, { comment: 'x' });
    expect(sent.status).to.equal(404);
  });
});
