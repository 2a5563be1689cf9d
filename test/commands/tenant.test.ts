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
      expectFailure(await runPortal(cli.env, ['tenant:create', ...args], ''), /the pipe is empty/);
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
      expectFailure(await cli.createTenant('taken'), /^--slug: A tenant with this subdomain already exists$/);
      expectFailure(await cli.createTenant('www'), /^--slug: .*this one is reserved/);
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

  describe('tenant:create with settings', () => {
    it('stores the settings and the name of the first Manager', async () => {
      const options = [
        '--admin-name',
        'Ada King',
        '--contact-phone',
        '+44 20 7946 0000',
        '--colour',
        '0B6E75',
      ];
      await cli.createTenant('settled', ...options, '--locale', 'en-GB', '--time-zone', 'Asia/Saigon');
      expect(
        await cli.sql(
          `select t.contact_phone, t.brand, t.locale, t.time_zone, u.name, t.contact_email = u.email as is_contact
           from tenants t join users u on u.tenant_id = t.id where t.slug = 'settled'`,
        ),
      ).to.deep.equal([
        {
          contact_phone: '+44 20 7946 0000',
          brand: { color: '#0b6e75' },
          locale: 'en-GB',
          time_zone: 'Asia/Ho_Chi_Minh',
          name: 'Ada King',
          is_contact: true,
        },
      ]);
    });
  });

  describe('tenant:update', () => {
    const update = (...args: string[]) => cli.run('tenant:update', '--slug', 'updated', ...args);

    before(() => cli.createTenant('updated', '--contact-phone', '+44 20 7946 0000'));

    it('changes only the given settings and records them in the audit log of the tenant', async () => {
      const { code, json } = await update(
        '--name',
        'Renamed',
        '--contact-email',
        'Hello@Updated.example',
        '--contact-phone',
        '',
        '--reply-to',
        'care@updated.example',
        '--time-zone',
        'Europe/Kiev',
        '--currency',
        'EUR',
        '--vocabulary',
        'b2b',
        '--password-min-length',
        '20',
        '--colour',
        '#abc',
        '--json',
      );
      expect(code).to.equal(0);
      expect((json as { changed: string[] }).changed).to.have.members([
        'name',
        'contact_email',
        'contact_phone',
        'reply_to',
        'time_zone',
        'currency',
        'vocabulary',
        'password_min_length',
        'color',
      ]);
      expect(
        await cli.sql(
          `select name, contact_email, contact_phone, reply_to, time_zone, currency, vocabulary, locale, password_min_length, brand
           from tenants where slug = 'updated'`,
        ),
      ).to.deep.equal([
        {
          name: 'Renamed',
          contact_email: 'hello@updated.example',
          contact_phone: null,
          reply_to: 'care@updated.example',
          time_zone: 'Europe/Kyiv',
          currency: 'EUR',
          vocabulary: 'b2b',
          locale: 'en',
          password_min_length: 20,
          brand: { color: '#aabbcc' },
        },
      ]);
      const events = await cli.sql(
        `select a.event, a.actor_name, a.changes->'name' as name, a.changes->'color' as color from audit_events a
         join tenants t on t.id = a.tenant_id where t.slug = 'updated' and event like 'tenant.%_changed' order by a.id`,
      );
      expect(events).to.deep.equal([
        {
          event: 'tenant.business_changed',
          actor_name: 'Command line',
          name: ['The updated', 'Renamed'],
          color: null,
        },
        {
          event: 'tenant.brand_changed',
          actor_name: 'Command line',
          name: null,
          color: ['#2f4bd8', '#aabbcc'],
        },
      ]);
    });

    it('reports invalid values by their option and changes nothing', async () => {
      expectFailure(
        await update('--contact-email', 'no address', '--colour', 'blue', '--name', 'Lost'),
        /^--contact-email: .* · --colour: Enter a colour/,
      );
      expectFailure(await update('--contact-email', ''), /^--contact-email: /);
      expectFailure(await update('--vocabulary', 'x'), /^--vocabulary: Select the words: storage or b2b$/);
      expectFailure(await update('--currency', 'DEM'), /^--currency: Select a currency$/);
      expectFailure(await update('--password-min-length', 'x'), /^--password-min-length: /);
      expect(await cli.sql(`select 1 from tenants where name = 'Lost'`)).to.deep.equal([]);
    });

    it('needs a setting and an existing tenant', async () => {
      expect((await update()).err).to.include('Name at least one setting to change.');
      expectFailure(
        await cli.run('tenant:update', '--slug', 'nowhere', '--name', 'X'),
        /^There is no tenant "nowhere"\.$/,
      );
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
