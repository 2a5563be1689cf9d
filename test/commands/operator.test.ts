import { expect } from 'chai';
import { verifyPassword } from '../../src/domain/password/hash-password.ts';
import { expectFailure, openCommandLine, runPortal, type CommandLine } from './command-line.ts';

describe('Operator commands', () => {
  let cli: CommandLine;

  before(async () => {
    cli = await openCommandLine();
  });
  after(() => cli.close());

  describe('operator:create', () => {
    it('creates operators and generates a password when none is given', async () => {
      const given = await runPortal(
        cli.env,
        ['operator:create', '--email', 'one@portico.example', '--password-stdin', '--json'],
        'seven brave otters swim',
      );
      expect(given.json).to.not.have.property('password');
      const generated = await cli.run('operator:create', '--email', 'two@portico.example', '--json');
      const { password } = generated.json as { password: string };
      const stored = await cli.sql('select password_hash from platform_operators order by email');
      expect(await verifyPassword(String(stored[0]!['password_hash']), 'seven brave otters swim')).to.equal(
        true,
      );
      expect(await verifyPassword(String(stored[1]!['password_hash']), password)).to.equal(true);
      expectFailure(await cli.run('operator:create', '--email', 'Two@portico.example'), /already exists$/);
      expectFailure(
        await cli.run('operator:create', '--email', 'two'),
        /^--email: Enter an email address in the correct format/,
      );
    });

    it('refuses an address that continues as a URL', async () => {
      expectFailure(
        await cli.run('operator:create', '--email', 'boss@firm.co/uk'),
        /^--email: Enter an email address in the correct format/,
      );
      expect(await cli.sql(`select 1 from platform_operators where email like 'boss@%'`)).to.deep.equal([]);
    });
  });

  describe('operator:reset-password', () => {
    it('sets a given or a generated password', async () => {
      await cli.run('operator:create', '--email', 'three@portico.example');
      const hashOf = async () => {
        const [operator] = await cli.sql(
          `select password_hash from platform_operators where email = 'three@portico.example'`,
        );
        return String(operator!['password_hash']);
      };
      const generated = await cli.run(
        'operator:reset-password',
        '--email',
        'three@portico.example',
        '--json',
      );
      const { password } = generated.json as { password: string };
      expect(await verifyPassword(await hashOf(), password)).to.equal(true);
      const args = ['operator:reset-password', '--email', 'three@portico.example', '--password-stdin'];
      expectFailure(await runPortal(cli.env, args, 'too short'), /^--password-stdin: Password must be 15/);
      const given = await runPortal(cli.env, args, 'seven brave otters swim');
      expect(given.out).to.match(/^three@portico\.example has a new password/);
      expect(await verifyPassword(await hashOf(), 'seven brave otters swim')).to.equal(true);
      expectFailure(
        await cli.run('operator:reset-password', '--email', 'no@x.example'),
        /^There is no operator/,
      );
    });

    it('refuses an address that continues as a URL', async () => {
      const result = await cli.run('operator:reset-password', '--email', 'boss@firm.co/uk');
      expectFailure(result, /^--email: Enter an email address/);
    });
  });
});
