import { expect } from 'chai';
import { verifyPassword } from '../../src/domain/password/hash-password.ts';
import { hashToken } from '../../src/domain/token/one-time-token.ts';
import {
  expectFailure,
  openCommandLine,
  runPortal,
  type CommandLine,
  type CreatedTenant,
} from './command-line.ts';

describe('Tenant commands', () => {
  let cli: CommandLine;

  before(async () => {
    cli = await openCommandLine();
  });
  after(() => cli.close());

  describe('tenant:create', () => {
    it('prints only the addresses and the link for the first Manager', async () => {
      const { code, json, err } = await cli.createTenant('north', '--json');
      expect([code, err]).to.deep.equal([0, '']);
      const created = json as CreatedTenant;
      expect(Object.keys(created)).to.deep.equal([
        'tenant_id',
        'portal_url',
        'operations_url',
        'set_password_url',
      ]);
      expect(created.portal_url).to.equal('http://north.portal.localhost:3000');
      expect(created.operations_url).to.equal('http://north.operations.localhost:3000');
      const [, token] = created.set_password_url!.split(
        'http://north.operations.localhost:3000/set-password?token=',
      );
      expect(
        await cli.sql('select tenant_id, purpose from one_time_tokens where token_hash = $1', [
          hashToken(token!),
        ]),
      ).to.deep.equal([{ tenant_id: created.tenant_id, purpose: 'set_password' }]);
    });

    it('prints JSON even without --json', async () => {
      expect(JSON.parse((await cli.createTenant('south')).out)).to.have.property('set_password_url');
    });

    it('reads the password from a pipe', async () => {
      const args = [
        '--slug',
        'piped',
        '--name',
        'Piped',
        '--admin-email',
        'a@piped.example',
        '--admin-password-stdin',
        '--json',
      ];
      const weak = await runPortal(cli.env, ['tenant:create', ...args], 'too short\n');
      expectFailure(weak, /^--admin-password-stdin: Password must be 15 characters or more$/);
      const { json } = await runPortal(cli.env, ['tenant:create', ...args], 'seven brave otters swim\n');
      expect((json as CreatedTenant).set_password_url).to.equal(null);
      const [user] = await cli.sql(`select password_hash from users where email = 'a@piped.example'`);
      expect(await verifyPassword(String(user!['password_hash']), 'seven brave otters swim')).to.equal(true);
      expectFailure(
        await runPortal(cli.env, ['tenant:create', ...args], ''),
        /nothing came through the pipe/,
      );
    });

    it('accepts only supported languages, time zones and currencies', async () => {
      await cli.createTenant('riyadh', '--locale', 'ar', '--time-zone', 'Asia/Riyadh', '--currency', 'SAR');
      expect(
        await cli.sql(`select locale, time_zone, currency from tenants where slug = 'riyadh'`),
      ).to.deep.equal([{ locale: 'ar', time_zone: 'Asia/Riyadh', currency: 'SAR' }]);
      expectFailure(await cli.createTenant('x1', '--locale', 'tlh'), /^--locale: /);
      for (const zone of ['Mars/Olympus', '+05:00'])
        expectFailure(await cli.createTenant('x1', '--time-zone', zone), /^--time-zone: /);
      expectFailure(await cli.createTenant('x1', '--currency', 'euro'), /^--currency: /);
    });

    it('reports all errors on one line, each with its option', async () => {
      await cli.createTenant('taken');
      expectFailure(await cli.createTenant('taken'), /^--slug: A tenant with this subdomain exists already$/);
      expectFailure(await cli.createTenant('www'), /^--slug: This subdomain is reserved/);
      const invalid = await cli.run(
        'tenant:create',
        '--slug',
        'a--b',
        '--name',
        'X',
        '--admin-email',
        'no-address',
      );
      expectFailure(invalid, /^--slug: .* · --admin-email: /);
    });

    it('refuses an address that continues as a URL', async () => {
      const address = 'boss@firm.co/uk';
      expectFailure(
        await cli.run('tenant:create', '--slug', 'unmade', '--name', 'Unmade', '--admin-email', address),
        /^--admin-email: Enter an email address in the correct format/,
      );
      expect(await cli.sql(`select 1 from tenants where slug = 'unmade'`)).to.deep.equal([]);
    });
  });

  it('lists, suspends and resumes tenants', async () => {
    await cli.createTenant('closing');
    const list = async () => {
      const { json } = await cli.run('tenant:list', '--json', '--search', 'closing');
      return json as { slug: string; status: string; users: number }[];
    };
    expect(await list()).to.have.length(1);
    expect((await list())[0]).to.include({ slug: 'closing', status: 'active', users: 1 });
    expect((await cli.run('tenant:suspend', '--slug', 'closing')).out).to.equal(
      'The closing is now suspended.',
    );
    expect((await cli.run('tenant:suspend', '--slug', 'closing', '--json')).json).to.include({
      changed: false,
    });
    expect((await cli.run('tenant:list')).out).to.match(/^closing +suspended +1 users +The closing$/m);
    expect((await cli.run('tenant:resume', '--slug', 'closing', '--json')).json).to.include({
      status: 'active',
    });
    expect((await list())[0]).to.include({ status: 'active' });
    expectFailure(await cli.run('tenant:suspend', '--slug', 'nowhere'), /^There is no tenant "nowhere"\.$/);
  });
});
