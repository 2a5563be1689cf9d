import { expect } from 'chai';
import { createLog } from '../../../src/log.ts';
import { runDueTasks } from '../../../src/tasks/task-worker.ts';
import { findAuditEvents } from '../../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createStaff,
  createTenant,
  signedInStaff,
  type TestPerson,
  type TestTenant,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { Page } from '../../support/page.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('Actions on selected users', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const runTasks = () => runDueTasks({ database: portal.database, log: createLog('silent') });

  const select = async (action: string, search: string): Promise<Page> => {
    const list = await manager.visit(`/users?q=${search}`);
    return list.submit('Apply', { 'With selected': `${action}…`, all: true });
  };

  const finish = async (page: Page): Promise<Page> => {
    expect(page.path).to.match(/^\/tasks\//);
    await runTasks();
    return manager.visit(page.path);
  };

  const statusOf = async ({ id }: TestPerson) =>
    (await sql(portal, 'select status, access from app.users where id = $1', [id]))[0] as {
      status: string;
      access: string;
    };

  const person = (last_name: string, details = {}) =>
    createCustomer(portal, tenant, { last_name, ...details });

  it('disable and enable logins, and name the users that they skip', async () => {
    const [ada, bea] = [await person('Disabling'), await person('Disabling')];
    await (await manager.visit(`/users/${bea.id}/deactivation`)).submit('Disable login');
    const form = await select('Disable login', 'disabling');
    expect(form.text).to.include('2 users are selected.');
    expect(form.text).to.include('The login is disabled already');
    const task = await finish(await form.submit('Disable login'));
    expect(task.text).to.include('Done: 1. Skipped: 1');
    expect(task.text).to.include('The login is disabled already');
    expect((await statusOf(ada)).status).to.equal('disabled');
    const results = await manager.visit(`${task.path}/results`);
    expect(results.text).to.include('Skipped,The login is disabled already');
    const enabled = await finish(await (await select('Enable login', 'disabling')).submit('Enable login'));
    expect(enabled.text).to.include('Done: 2. Skipped: 0');
    expect((await statusOf(bea)).status).to.equal('enabled');
    const [finished] = (await findAuditEvents(portal, tenant, 'bulk_action.finished')).slice(-1);
    expect(finished!.changes).to.eql({ list: 'users', filters: 'q=***', rows: 2 });
    expect(await findAuditEvents(portal, tenant, 'bulk_action.requested')).to.have.length(2);
  });

  it('add a role in a company and remove it', async () => {
    const company = await createCompany(portal, tenant, { name: 'Roles Ltd' });
    const member = await createCustomer(portal, tenant, {
      last_name: 'Rolling',
      company,
      roles: ['view_only'],
    });
    const other = await person('Rolling');
    const form = await select('Add role', 'rolling');
    const unknown = await form.submit('Add role', { Company: 'nowhere', Role: 'Accounts Payable' });
    expect(unknown.status).to.equal(422);
    expect(unknown.text).to.include('2 users are selected.');
    const fields = { Company: company.code, Role: 'Accounts Payable' };
    const task = await finish(await form.submit('Add role', fields));
    expect(task.text).to.include('Done: 1. Skipped: 1');
    expect(task.text).to.include('Not in the company');
    expect(other.id).to.not.equal(member.id);
    const removed = await finish(
      await (await select('Remove role', 'rolling')).submit('Remove role', fields),
    );
    expect(removed.text).to.include('Done: 1. Skipped: 1');
    const events = (await findAuditEvents(portal, tenant, 'user.roles_changed')).slice(-2);
    expect(events.map(({ changes }) => changes)).to.eql([
      { company: 'Roles Ltd', roles: [['View only'], ['Accounts Payable', 'View only']] },
      { company: 'Roles Ltd', roles: [['Accounts Payable', 'View only'], ['View only']] },
    ]);
  });

  it('count who gets or loses a role in a company, and who is skipped, before anything changes', async () => {
    const company = await createCompany(portal, tenant);
    const member = (roles: string[]) =>
      createCustomer(portal, tenant, { last_name: 'Counting', company, roles });
    await Promise.all([member(['view_only']), member(['view_only']), member(['accounts_payable'])]);
    await person('Counting');
    const fields = { Company: company.code, Role: 'Accounts Payable' };
    const count = async (action: string) => (await select(action, 'counting')).submit('Count users', fields);
    const adding = await count('Add role');
    expect(adding.status).to.equal(200);
    expect(adding.text).to.match(/Will be changed 2 /);
    expect(adding.text).to.match(/They have the role already Skipped: 1/);
    expect(adding.text).to.match(/Not in the company Skipped: 1/);
    expect((await count('Remove role')).text)
      .to.match(/Will be changed 1 /)
      .and.match(/They do not have the role Skipped: 2/);
    expect(
      await sql(portal, 'select 1 from tasks where tenant_id = $1 and due_at is not null', [tenant.id]),
    ).to.eql([]);
    const task = await finish(await adding.submit('Add role', fields));
    expect(task.text).to.include('Done: 2. Skipped: 2');
    const unknown = await (
      await select('Add role', 'counting')
    ).submit('Count users', { Company: 'nowhere', Role: 'View only' });
    expect(unknown.status).to.equal(422);
    const incomplete = await (
      await select('Add role', 'counting')
    ).submit('Count users', { Company: company.code });
    expect(incomplete.status).to.equal(422);
  });

  it('change no roles in an archived company', async () => {
    const company = await createCompany(portal, tenant, { name: 'Closed Ltd' });
    await createCustomer(portal, tenant, { last_name: 'Closing', company, roles: ['view_only'] });
    const archive = () =>
      sql(portal, `update app.companies set status = 'archived' where id = $1`, [company.id]);
    const fields = { Company: company.code, Role: 'Accounts Payable' };
    const form = await select('Add role', 'closing');
    const task = await form.submit('Add role', fields);
    await archive();
    expect((await finish(task)).text).to.include('The company is archived');
    const refused = await (await select('Add role', 'closing')).submit('Add role', fields);
    expect(refused.status).to.equal(422);
  });

  it('send invitations to users without a password, and revoke them', async () => {
    const invited = await person('Inviting', { password: null });
    await person('Inviting');
    const form = await select('Send invitation', 'inviting');
    const fields = { 'Email template': 'accountInvitation' };
    const task = await finish(await form.submit('Send invitation', fields));
    expect(task.text).to.include('Done: 1. Skipped: 1');
    expect(await emailsTo(invited)).to.eql(['accountInvitation']);
    const again = await finish(
      await (await select('Send invitation', 'inviting')).submit('Send invitation', fields),
    );
    expect(again.text).to.include('The same email was just sent');
    const revoked = await finish(
      await (await select('Revoke invitation', 'inviting')).submit('Revoke invitation'),
    );
    expect(revoked.text).to.include('Done: 1. Skipped: 1');
    expect((await statusOf(invited)).access).to.equal('revoked');
  });

  it('send a message to users with an enabled login', async () => {
    const reader = await person('Reading', { first_name: 'Ada' });
    const form = await select('Send message', 'reading');
    expect((await form.submit('Send message')).errors).to.eql(['Enter the subject', 'Enter the text']);
    const fields = { Subject: 'New hours', Text: 'From Monday at six.\r\n\r\nThe office keeps <its> hours.' };
    await finish(await form.submit('Send message', fields));
    expect(await emailsTo(reader)).to.eql(['message']);
  });

  it('start one task for a form that is submitted twice', async () => {
    await person('Doubling');
    const form = await select('Disable login', 'doubling');
    const [first, second] = await Promise.all([form.submit('Disable login'), form.submit('Disable login')]);
    expect(first.path).to.equal(second.path);
    const [tasks] = (await sql(
      portal,
      `select count(*)::int as count from app.tasks where tenant_id = $1 and input->>'title' = 'Disable login' and state = 'queued'`,
      [tenant.id],
    )) as { count: number }[];
    expect(tasks!.count).to.equal(1);
    await runTasks();
  });

  it('change no staff and no users of another tenant', async () => {
    const staff = await createStaff(portal, tenant);
    const foreign = await createCustomer(portal, await createTenant(portal));
    const list = await manager.visit('/users');
    const fields = { list: 'users', columns: '', query: '', action: 'disable' };
    const sent = await manager.postFrom(list, '/users/bulk-actions', {
      ...fields,
      'ids[]': [staff.id, foreign.id],
    });
    expect(sent.status).to.equal(303);
    await runTasks();
    for (const each of [staff, foreign]) expect((await statusOf(each)).status).to.equal('enabled');
  });

  it('are refused without their permission, and when it is lost before the task runs', async () => {
    const operations = await signedInStaff(portal, tenant, 'operations');
    const list = await operations.visit('/users');
    expect(list.text).not.to.include('Disable login…');
    const fields = { list: 'users', columns: '', query: '', action: 'disable', all: '1' };
    expect((await operations.postFrom(list, '/users/bulk-actions', fields)).status).to.equal(403);
    expect((await operations.postFrom(list, '/users/bulk-actions/new', fields)).status).to.equal(403);
    const unknown = { ...fields, action: 'delete' };
    expect(
      (await manager.postFrom(await manager.visit('/users'), '/users/bulk-actions', unknown)).status,
    ).to.equal(400);
    const leaver = await signedInStaff(portal, tenant, 'admin');
    const form = await (
      await leaver.visit('/users')
    ).submit('Apply', {
      'With selected': 'Disable login…',
      all: true,
    });
    const task = await form.submit('Disable login');
    await sql(portal, `update app.users set status = 'disabled' where id = $1`, [leaver.person.id]);
    await runTasks();
    const [row] = (await sql(portal, 'select state, error from app.tasks where id = $1', [
      task.path.split('/').at(-1)!,
    ])) as object[];
    expect(row).to.eql({ state: 'failed', error: 'not_permitted' });
  });

  /** The templates of the emails to a user that are queued or were sent. */
  const emailsTo = async ({ id }: TestPerson) => {
    const { rows } = await portal.owner.query<{ template: string }>(
      `select template from emails where user_id = $1 and state in ('queued', 'accepted') order by id`,
      [id],
    );
    return rows.map(({ template }) => template);
  };
});
