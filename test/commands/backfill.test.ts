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
    expect(out).to.include('normalise-users: not run').and.include('normalise-companies: not run');
  });

  it('queues a task for one tenant or for all, and shows them', async () => {
    const run = async (...more: string[]) =>
      (await cli.run('backfill', 'run', '--name', 'normalise-users', ...more, '--json')).json;
    expect(await run('--tenant', 'acme')).to.eql({ name: 'normalise-users', queued: 1 });
    expect(await run()).to.eql({ name: 'normalise-users', queued: 1 });
    const rows = await cli.sql('select kind, input, requested_by from tasks');
    expect(rows).to.eql([
      { kind: 'backfill', input: { name: 'normalise-users' }, requested_by: null },
      { kind: 'backfill', input: { name: 'normalise-users' }, requested_by: null },
    ]);
    const { out } = await cli.run('backfill', 'status');
    expect(out).to.include('normalise-users: queued in 2 tenants, 0 of ? rows');
  });

  it('refuses a name that is not registered and an unknown tenant', async () => {
    expectFailure(await cli.run('backfill', 'run'), /--name takes one of: normalise-users/);
    expectFailure(await cli.run('backfill', 'run', '--name', 'toString'), /--name takes one of/);
    const unknown = await cli.run('backfill', 'run', '--name', 'normalise-users', '--tenant', 'none');
    expectFailure(unknown, /There is no tenant "none"/);
  });
});
