import { expect } from 'chai';
import { expectFailure, openCommandLine, type CommandLine } from './command-line.ts';

describe('audit:verify', () => {
  let cli: CommandLine;

  before(async () => {
    cli = await openCommandLine();
  });
  after(() => cli.close());

  it('verifies the audit log of one tenant or of all', async () => {
    await cli.createTenant('sealed');
    await cli.createTenant('second');
    expect((await cli.run('audit:verify', '--tenant', 'sealed', '--json')).json).to.deep.equal([
      { slug: 'sealed', seals: 0, events: 0, problem: null },
    ]);
    expect((await cli.run('audit:verify', '--json')).json).to.have.length(2);
    expectFailure(await cli.run('audit:verify', '--tenant', 'no'), /There is no tenant/);
  });
});
