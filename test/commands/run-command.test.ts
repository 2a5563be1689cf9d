import { expect } from 'chai';
import { commands } from '../../src/commands/registry.ts';
import { expectFailure, openCommandLine, runPortal, type CommandLine } from './command-line.ts';

describe('npm run portal', () => {
  let cli: CommandLine;

  before(async () => {
    cli = await openCommandLine();
  });
  after(() => cli.close());

  it('prints the usage and exits with 64 for wrong arguments', async () => {
    expectFailure(await cli.run(), /^Usage: npm run portal -- <command>/, 64);
    expectFailure(await cli.run('tenant:destroy'), /^Unknown command "tenant:destroy"\.\nUsage/, 64);
    expectFailure(await cli.run('toString'), /^Unknown command/, 64);
    expectFailure(
      await cli.run('tenant:list', '--colour', 'red'),
      /^Unknown option '--colour'\.\nUsage: .*tenant:list/,
      64,
    );
    expectFailure(
      await cli.run('tenant:create', '--slug', 'x'),
      /^Missing: --name, --admin-email\.\nUsage/,
      64,
    );
    expectFailure(await cli.run('tenant:list', 'extra'), /^Unknown argument "extra"/, 64);
    expect((await cli.run('help')).code).to.equal(0);
    expect((await cli.run('db:url', '--help')).out).to.match(/^Usage: npm run portal -- db:url \[--as/);
  });

  it('exits with 78 and lists each wrong setting', async () => {
    const { code, err } = await runPortal({ NODE_ENV: 'production' }, ['tenant:list']);
    expect(code).to.equal(78);
    expect(err.split('\n').length).to.be.greaterThan(4);
  });

  it('reports an unreachable database in one line', async () => {
    const at = (role: string) => `postgres://${role}:x@127.0.0.1:1/x`;
    const urls = { DATABASE_URL: at('app_rw'), DATABASE_OWNER_URL: at('app_owner') };
    const result = await runPortal({ ...cli.env, ...urls }, ['tenant:list']);
    expectFailure(result, /^The database cannot be reached: /);
  });

  it('includes every documented command', () => {
    const documented =
      'tenant:create tenant:list tenant:suspend tenant:resume operator:create user:reset-link migrate seed:demo doctor mail:test db:url';
    expect(Object.keys(commands)).to.include.members(documented.split(' '));
  });
});
