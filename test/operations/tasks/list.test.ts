import { expect } from 'chai';
import { createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { changeTask, queueTestTask } from '../../support/tasks.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Your tasks', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('explains the list when there are no tasks', async () => {
    const page = await (await manager.visit('/')).follow('Your tasks');
    expect(page.h1).to.equal('Your tasks');
    expect(page.text).to.include('No tasks yet');
  });

  it('shows the tasks of the user with state and progress, newest first', async () => {
    const old = await queueTestTask(portal, tenant, manager.person.id, 'fold-users');
    await changeTask(portal, old, { state: 'running', done: 1_200, total: 100_000 });
    const latest = await queueTestTask(portal, tenant, manager.person.id, 'fold-companies');
    const page = await manager.visit('/tasks');
    expect(page.rows('search for users')[0]).to.include('Running').and.include('1,200 of 100,000');
    expect(page.rows('search for companies')[0]).to.include('Waiting');
    expect(page.href('Update the search for users')).to.equal(`/tasks/${old}`);
    expect(page.html.indexOf(latest)).to.be.lessThan(page.html.indexOf(old));
  });

  it('has pages of 25 tasks', async () => {
    const staff = await signedInStaff(portal, tenant);
    for (let n = 0; n < 26; n++) await queueTestTask(portal, tenant, staff.person.id);
    const first = await staff.visit('/tasks');
    expect(first.rows('search for users')).to.have.length(25);
    expect((await first.follow('Next')).rows('search for users')).to.have.length(1);
  });

  it('shows no tasks of other users, of the command line or of other tenants', async () => {
    const staff = await signedInStaff(portal, tenant);
    const other = await createTenant(portal);
    const { person } = await signedInStaff(portal, other);
    await queueTestTask(portal, tenant, manager.person.id);
    await queueTestTask(portal, tenant, null);
    await queueTestTask(portal, other, person.id);
    expect((await staff.visit('/tasks')).text).to.include('No tasks yet');
  });

  it('redirects anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.operations).visit('/tasks')).path).to.equal('/login');
  });
});
