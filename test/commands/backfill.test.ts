import { expect } from 'chai';
import { expectFailure, openCommandLine, type CommandLine } from './command-line.ts';

describe('backfill', () => {
  let cli: CommandLine;

  before(async () => {
    cli = await openCommandLine();
    await cli.createTenant('acme');
    await cli.createTenant('bolt');
  });
  after(() => cli.close());

  it('lists the registered backfills when none has run', async () => {
    const { code, out } = await cli.run('backfill');
    expect(code).to.equal(0);
    expect(out).to.include('fold-users: not run').and.include('fold-companies: not run');
  });

  it('queues a task for one tenant or for all, and shows them', async () => {
    const run = async (...more: string[]) =>
      (await cli.run('backfill', 'run', '--name', 'fold-users', ...more, '--json')).json;
    expect(await run('--tenant', 'acme')).to.eql({ name: 'fold-users', queued: 1 });
    expect(await run()).to.eql({ name: 'fold-users', queued: 1 });
    const rows = await cli.sql('select kind, input, requested_by from tasks');
    expect(rows).to.eql([
      { kind: 'backfill', input: { name: 'fold-users' }, requested_by: null },
      { kind: 'backfill', input: { name: 'fold-users' }, requested_by: null },
    ]);
    const { out } = await cli.run('backfill', 'status');
    expect(out).to.include('fold-users: queued in 2 tenants, 0 of ? rows');
  });

  it('cancels the unfinished tasks of one tenant or of all, also of a name that is not registered', async () => {
    const cancel = async (name: string, ...more: string[]) =>
      (await cli.run('backfill', 'cancel', '--name', name, ...more, '--json')).json;
    const [acme, bolt] = await cli.sql('select id from tenants order by slug');
    await cli.sql('delete from tasks');
    const insert = (tenant: typeof acme, state: string, name: string) =>
      cli.sql(
        `insert into tasks (tenant_id, id, kind, input, state, due_at)
         values ($1, gen_random_uuid(), 'backfill', $2, $3, case when $3 <> 'done' then now() end)`,
        [tenant!['id'], { name }, state],
      );
    for (const state of ['queued', 'running', 'done']) await insert(acme, state, 'removed');
    await insert(bolt, 'queued', 'removed');
    await insert(bolt, 'queued', 'fold-users');
    expect(await cancel('removed', '--tenant', 'acme')).to.eql({ name: 'removed', cancelled: 2 });
    expect(await cancel('removed')).to.eql({ name: 'removed', cancelled: 1 });
    expect(await cancel('removed')).to.eql({ name: 'removed', cancelled: 0 });
    const states = await cli.sql(
      `select state, count(*)::int, count(due_at)::int as due, count(finished_at)::int as finished
       from tasks group by state order by state`,
    );
    expect(states).to.eql([
      { state: 'cancelled', count: 3, due: 0, finished: 3 },
      { state: 'done', count: 1, due: 0, finished: 0 },
      { state: 'queued', count: 1, due: 1, finished: 0 },
    ]);
    const events = await cli.sql(
      `select actor_name, target_name, count(*)::int from audit_events
       where event = 'task.cancelled' group by actor_name, target_name`,
    );
    expect(events).to.eql([
      { actor_name: 'Command line', target_name: 'Update stored data (removed)', count: 3 },
    ]);
  });

  it('refuses to cancel without a name', async () => {
    const { code, err } = await cli.run('backfill', 'cancel');
    expect(code).to.equal(64);
    expect(err).to.include('Missing: --name');
  });

  it('refuses a name that is not registered and an unknown tenant', async () => {
    expectFailure(await cli.run('backfill', 'run'), /--name takes one of: fold-users/);
    expectFailure(await cli.run('backfill', 'run', '--name', 'toString'), /--name takes one of/);
    const unknown = await cli.run('backfill', 'run', '--name', 'fold-users', '--tenant', 'none');
    expectFailure(unknown, /There is no tenant "none"/);
  });
});
