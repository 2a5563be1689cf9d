import { expect } from 'chai';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commands } from '../../src/commands/registry.ts';
import { verifyPassword } from '../../src/domain/password/hash-password.ts';
import { hashToken } from '../../src/domain/token/one-time-token.ts';
import { withClient } from '../../src/database/with-client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startMailbox } from '../support/mailbox.ts';
import { portal, type Said } from './command-line.ts';

interface Created {
  tenant_id: string;
  portal_url: string;
  operations_url: string;
  set_password_url: string | null;
}

describe('The command line', () => {
  let database: TestDatabase;
  let env: Record<string, string>;
  let folder: string;
  before(async () => {
    database = await createTestDatabase();
    folder = mkdtempSync(path.join(tmpdir(), 'portico-commands-'));
    env = settingsFor(database);
  });
  after(async () => {
    await database.drop();
    rmSync(folder, { recursive: true });
  });

  const settingsFor = ({ urls }: TestDatabase) => ({
    DATABASE_URL: urls.app,
    DATABASE_OWNER_URL: urls.superuser,
    DATABASE_PLATFORM_URL: urls.platform,
    DATA_DIR: folder,
    SECRET_KEYS: 'a secret of the tests that is long enough',
  });
  const run = (...args: string[]) => portal(env, args);
  const rows = async (sql: string, values: unknown[] = []) =>
    (await withClient(database.urls.platform, (client) => client.query(sql, values))).rows;
  const create = (slug: string, ...more: string[]) =>
    run(
      'tenant:create',
      '--slug',
      slug,
      '--name',
      `The ${slug}`,
      '--admin-email',
      `owner@${slug}.example`,
      ...more,
    );
  /** Non-zero, nothing on stdout, one line on stderr. */
  const expectRefusal = ({ code, out, err }: Said, words: RegExp, status = 1) => {
    expect(err).to.match(words);
    expect(code, err).to.equal(status);
    expect(out).to.equal('');
    if (status === 1) expect(err.split('\n'), err).to.have.length(1);
  };

  describe('tenant:create', () => {
    it('prints where the tenant is and the link for its first Manager, and nothing else', async () => {
      const { code, json, err } = await create('north', '--json');
      expect([code, err]).to.deep.equal([0, '']);
      const created = json as Created;
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
        await rows('select tenant_id, purpose from one_time_tokens where token_hash = $1', [
          hashToken(token!),
        ]),
      ).to.deep.equal([{ tenant_id: created.tenant_id, purpose: 'set_password' }]);
    });

    it('can be read by a script without --json, too', async () => {
      expect(JSON.parse((await create('south')).out)).to.have.property('set_password_url');
    });

    it('takes the password from a pipe', async () => {
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
      const weak = await portal(env, ['tenant:create', ...args], 'too short\n');
      expectRefusal(weak, /^--admin-password-stdin: Password must be 15 characters or more$/);
      const { json } = await portal(env, ['tenant:create', ...args], 'seven brave otters swim\n');
      expect((json as Created).set_password_url).to.equal(null);
      const [user] = await rows(`select password_hash from users where email = 'a@piped.example'`);
      expect(await verifyPassword(user.password_hash, 'seven brave otters swim')).to.equal(true);
      expectRefusal(await portal(env, ['tenant:create', ...args], ''), /nothing came through the pipe/);
    });

    it('knows languages, time zones and currencies', async () => {
      await create('riyadh', '--locale', 'ar', '--time-zone', 'Asia/Riyadh', '--currency', 'SAR');
      expect(
        await rows(`select locale, time_zone, currency from tenants where slug = 'riyadh'`),
      ).to.deep.equal([{ locale: 'ar', time_zone: 'Asia/Riyadh', currency: 'SAR' }]);
      expectRefusal(await create('x1', '--locale', 'tlh'), /^--locale: /);
      expectRefusal(await create('x1', '--time-zone', 'Mars/Olympus'), /^--time-zone: /);
      expectRefusal(await create('x1', '--currency', 'euro'), /^--currency: /);
    });

    it('says in one line what is wrong, by the option that is', async () => {
      await create('taken');
      expectRefusal(await create('taken'), /^--slug: A tenant with this subdomain exists already$/);
      expectRefusal(await create('www'), /^--slug: This subdomain is reserved/);
      const twice = await run('tenant:create', '--slug', 'a--b', '--name', 'X', '--admin-email', 'nobody');
      expectRefusal(twice, /^--slug: .* · --admin-email: /);
    });
  });

  it('lists, suspends and resumes tenants', async () => {
    await create('closing');
    const list = async () => {
      const { json } = await run('tenant:list', '--json', '--search', 'closing');
      return json as { slug: string; status: string; users: number }[];
    };
    expect(await list()).to.have.length(1);
    expect((await list())[0]).to.include({ slug: 'closing', status: 'active', users: 1 });
    expect((await run('tenant:suspend', '--slug', 'closing')).out).to.equal('The closing is now suspended.');
    expect((await run('tenant:suspend', '--slug', 'closing', '--json')).json).to.include({ changed: false });
    expect((await run('tenant:list')).out).to.match(/^closing +suspended +1 users +The closing$/m);
    expect((await run('tenant:resume', '--slug', 'closing', '--json')).json).to.include({ status: 'active' });
    expect((await list())[0]).to.include({ status: 'active' });
    expectRefusal(await run('tenant:suspend', '--slug', 'nowhere'), /^There is no tenant "nowhere"\.$/);
  });

  it('creates operators, with a password of its own when none is given', async () => {
    const given = await portal(
      env,
      ['operator:create', '--email', 'one@portico.example', '--password-stdin', '--json'],
      'seven brave otters swim',
    );
    expect(given.json).to.not.have.property('password');
    const made = await run('operator:create', '--email', 'two@portico.example', '--json');
    const { password } = made.json as { password: string };
    const stored = await rows('select password_hash from platform_operators order by email');
    expect(await verifyPassword(stored[0].password_hash, 'seven brave otters swim')).to.equal(true);
    expect(await verifyPassword(stored[1].password_hash, password)).to.equal(true);
    expectRefusal(await run('operator:create', '--email', 'Two@portico.example'), /exists already$/);
    expectRefusal(
      await run('operator:create', '--email', 'two'),
      /^--email: Enter an email address in the correct format/,
    );
  });

  it('gives an operator who forgot it a new password', async () => {
    await run('operator:create', '--email', 'three@portico.example');
    const hashOf = async () =>
      (await rows(`select password_hash from platform_operators where email = 'three@portico.example'`))[0]
        .password_hash;
    const made = await run('operator:reset-password', '--email', 'three@portico.example', '--json');
    const { password } = made.json as { password: string };
    expect(await verifyPassword(await hashOf(), password)).to.equal(true);
    const args = ['operator:reset-password', '--email', 'three@portico.example', '--password-stdin'];
    expectRefusal(await portal(env, args, 'too short'), /^--password-stdin: Password must be 15/);
    const given = await portal(env, args, 'seven brave otters swim');
    expect(given.out).to.match(/^three@portico\.example has a new password/);
    expect(await verifyPassword(await hashOf(), 'seven brave otters swim')).to.equal(true);
    expectRefusal(await run('operator:reset-password', '--email', 'no@x.example'), /^There is no operator/);
  });

  it('prints a reset link for staff and for customers, and asks which when both have the address', async () => {
    const { tenant_id } = (await create('links', '--json')).json as Created;
    const link = (...more: string[]) =>
      run('user:reset-link', '--tenant', 'links', '--email', 'Owner@links.example', ...more);
    expect((await link()).out).to.match(
      /^http:\/\/links\.operations\.localhost:3000\/reset-password\?token=[\w-]{43}$/,
    );
    await rows(
      `insert into users (tenant_id, id, audience, email, email_norm, name_norm, search_text)
       values ($1, gen_random_uuid(), 'customer', 'owner@links.example', 'owner@links.example', 'x', 'x')`,
      [tenant_id],
    );
    expectRefusal(await link(), /say which with --audience/);
    const { json } = await link('--audience', 'customer', '--json');
    expect((json as { reset_url: string }).reset_url).to.match(
      /^http:\/\/links\.portal\.localhost:3000\/account\/reset-password\?token=/,
    );
    const events = await rows(
      `select event from audit_events where tenant_id = $1 and event like 'user.reset%'`,
      [tenant_id],
    );
    expect(events).to.have.length(2);
    await rows(`update users set status = 'disabled' where tenant_id = $1`, [tenant_id]);
    expectRefusal(await link('--audience', 'staff'), /is disabled/);
    expectRefusal(
      await run('user:reset-link', '--tenant', 'links', '--email', 'who@x.example'),
      /No user has the address/,
    );
    expectRefusal(
      await run('user:reset-link', '--tenant', 'no', '--email', 'who@x.example'),
      /There is no tenant/,
    );
    expectRefusal(await link('--audience', 'robots'), /--audience takes staff or customer/, 64);
  });

  it('refuses an address that continues as a URL in every command, by its option', async () => {
    const address = 'boss@firm.co/uk';
    await create('slashed');
    const calls = {
      'admin-email': ['tenant:create', '--slug', 'unmade', '--name', 'Unmade', '--admin-email', address],
      email: ['operator:create', '--email', address],
      to: ['mail:test', '--to', address],
    };
    for (const [option, call] of Object.entries(calls))
      expectRefusal(
        await run(...call),
        new RegExp(`^--${option}: Enter an email address in the correct format`),
      );
    const reset = ['--tenant', 'slashed', '--email', address];
    expectRefusal(await run('user:reset-link', ...reset), /^--email: Enter an email address in the correct/);
    expectRefusal(
      await run('operator:reset-password', '--email', address),
      /^--email: Enter an email address/,
    );
    expect(await rows(`select 1 from tenants where slug = 'unmade'`)).to.deep.equal([]);
    expect(await rows(`select 1 from platform_operators where email like 'boss@%'`)).to.deep.equal([]);
  });

  it('migrates up, tells where it stands, and takes a step back', async () => {
    const own = await createTestDatabase();
    const there = (...args: string[]) => portal(settingsFor(own), ['migrate', ...args, '--json']);
    const status = async () => (await there('status')).json as { done: string[]; pending: string[] };
    const before = await status();
    expect(before.pending).to.deep.equal([]);
    expect((await there('down')).json).to.deep.equal({ undone: [before.done.at(-1)] });
    expect((await status()).pending).to.deep.equal([before.done.at(-1)]);
    expect((await there()).json).to.deep.equal({ done: [before.done.at(-1)] });
    await there('down', '--all');
    const needy = await portal(settingsFor(own), ['tenant:list']);
    expectRefusal(needy, /lacks what this version needs .* Run: npm run portal -- migrate up$/);
    await own.drop();
    expectRefusal(await run('migrate', 'sideways'), /Unknown argument "sideways"/, 64);
  });

  it('seeds the demo once, and never in production', async () => {
    const own = await createTestDatabase();
    const there = () => portal(settingsFor(own), ['seed:demo', '--json']);
    expect((await there()).json).to.have.property('seeded', true);
    expect((await there()).json).to.have.property('seeded', false);
    await own.drop();
    const production = {
      ...env,
      NODE_ENV: 'production',
      PORTAL_DOMAIN: 'p.example',
      OPERATIONS_DOMAIN: 'o.example',
      SMTP_URL: 'smtp://m.example',
    };
    expectRefusal(await portal(production, ['seed:demo']), /refused in production/);
  });

  it('prints the connection of each role', async () => {
    expect((await run('db:url')).out).to.equal(database.urls.app);
    expect((await run('db:url', '--as', 'owner')).out).to.equal(database.urls.superuser);
    expect((await run('db:url', '--as', 'platform', '--json')).json).to.deep.equal({
      url: database.urls.platform,
    });
    expectRefusal(await run('db:url', '--as', 'root'), /--as takes owner, app or platform/, 64);
  });

  it('sends a test mail the way the portal does, or keeps it', async () => {
    const mailbox = await startMailbox();
    const sent = await portal({ ...env, SMTP_URL: mailbox.url }, [
      'mail:test',
      '--to',
      'me@post.example',
      '--json',
    ]);
    expect(sent.json).to.include({ to: 'me@post.example', sent: true });
    await mailbox.close();
    const refused = await portal({ ...env, SMTP_URL: mailbox.url }, ['mail:test', '--to', 'me@post.example']);
    expectRefusal(refused, /^The mail was not accepted: The mail server could not be reached/);
    expect((await run('mail:test', '--to', 'me@post.example', '--json')).json).to.include({ sent: false });
    expect(readdirSync(folder, { recursive: true }).join(' ')).to.match(/mails?\//);
    expectRefusal(await run('mail:test', '--to', 'me'), /^--to: /);
  });

  it('finds what is wrong, and says how to mend it', async () => {
    const healthy = await run('doctor', '--json');
    expect(healthy.code, healthy.out).to.equal(0);
    for (const finding of healthy.json as { ok: boolean }[]) expect(finding.ok).to.equal(true);
    const ill = {
      ...env,
      SMTP_URL: 'smtp://127.0.0.1:1',
      PORTAL_DOMAIN: 'portal.nowhere.invalid',
      DATA_DIR: path.join(folder, 'none'),
    };
    const found = await portal(ill, ['doctor']);
    expect(found.code).to.equal(1);
    for (const about of ['DATA_DIR', 'Mail', 'any-tenant.portal.nowhere.invalid'])
      expect(found.out).to.match(new RegExp(`^FAIL {2}${about}: .+\\n {6}\\S`, 'm'));
    expect(found.err).to.equal('To be mended: DATA_DIR, Mail, any-tenant.portal.nowhere.invalid.');
    const away = await portal(
      {
        ...env,
        DATABASE_URL: 'postgres://app_rw:x@127.0.0.1:1/x',
        DATABASE_OWNER_URL: 'postgres://app_owner:x@127.0.0.1:1/x',
      },
      ['doctor'],
    );
    expect(away.out).to.match(/^FAIL {2}Database: .*ECONNREFUSED/m);
  });

  it('verifies the audit log of one tenant or of all', async () => {
    await create('sealed');
    expect((await run('audit:verify', '--tenant', 'sealed', '--json')).json).to.deep.equal([
      { slug: 'sealed', seals: 0, events: 0, problem: null },
    ]);
    expect(((await run('audit:verify', '--json')).json as unknown[]).length).to.be.greaterThan(1);
    expectRefusal(await run('audit:verify', '--tenant', 'no'), /There is no tenant/);
  });

  it('shows how it is used when it is used wrongly, with exit code 64', async () => {
    expectRefusal(await run(), /^Usage: npm run portal -- <command>/, 64);
    expectRefusal(await run('tenant:destroy'), /^Unknown command "tenant:destroy"\.\nUsage/, 64);
    expectRefusal(await run('toString'), /^Unknown command/, 64);
    expectRefusal(
      await run('tenant:list', '--colour', 'red'),
      /^Unknown option '--colour'\.\nUsage: .*tenant:list/,
      64,
    );
    expectRefusal(await run('tenant:create', '--slug', 'x'), /^Missing: --name, --admin-email\.\nUsage/, 64);
    expectRefusal(await run('tenant:list', 'extra'), /^Unknown argument "extra"/, 64);
    expect((await run('help')).code).to.equal(0);
    expect((await run('db:url', '--help')).out).to.match(/^Usage: npm run portal -- db:url \[--as/);
  });

  it('leaves with 78 when the settings are wrong, listing each', async () => {
    const { code, err } = await portal({ NODE_ENV: 'production' }, ['tenant:list']);
    expect(code).to.equal(78);
    expect(err.split('\n').length).to.be.greaterThan(4);
  });

  it('says in one line that the database is away', async () => {
    const at = (role: string) => `postgres://${role}:x@127.0.0.1:1/x`;
    const urls = { DATABASE_URL: at('app_rw'), DATABASE_OWNER_URL: at('app_owner') };
    const away = await portal({ ...env, ...urls }, ['tenant:list']);
    expectRefusal(away, /^The database cannot be reached: /);
  });

  it('has every command that is promised', () => {
    const promised =
      'tenant:create tenant:list tenant:suspend tenant:resume operator:create user:reset-link migrate seed:demo doctor mail:test db:url';
    expect(Object.keys(commands)).to.include.members(promised.split(' '));
  });
});
