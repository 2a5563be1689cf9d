import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigError, readConfig, withEnvFile } from '../src/config.ts';
import { envExample } from '../src/env-example.ts';
import { settings } from '../src/settings.ts';

const key = 'a secret of the tests that is long enough';
const valid = {
  NODE_ENV: 'production',
  PORTAL_DOMAIN: 'portal.example.com',
  OPERATIONS_DOMAIN: 'operations.example.com',
  DATABASE_URL: 'postgres://app_rw:x@db/portico',
  DATABASE_OWNER_URL: 'postgres://app_owner:x@db/portico',
  SECRET_KEYS: key,
  SMTP_URL: 'smtp://mail.example.com',
};

describe('The configuration', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'portico-config-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const problemsOf = (env: Record<string, string>): string[] => {
    try {
      readConfig(env);
      return [];
    } catch (error) {
      expect(error).to.be.instanceOf(ConfigError);
      return (error as ConfigError).problems;
    }
  };
  const settingNames = (problems: string[]) => problems.map((problem) => problem.split(' ')[0]!).toSorted();

  it('has defaults in development', () => {
    const config = readConfig({ DATA_DIR: folder });
    expect(config).to.include({
      production: false,
      host: '127.0.0.1',
      port: 3000,
      portalDomain: 'portal.localhost:3000',
      operationsDomain: 'operations.localhost:3000',
      publicScheme: 'http',
      mailFromDomain: 'portal.localhost',
      demo: true,
    });
  });

  it('derives the domains from the port', () => {
    const config = readConfig({ DATA_DIR: folder, PORT: '8080' });
    expect(config.portalDomain).to.equal('portal.localhost:8080');
    expect(config.operationsDomain).to.equal('operations.localhost:8080');
  });

  it('treats an empty setting as unset', () => {
    const empty = Object.fromEntries(Object.keys(settings).map((name) => [name, '']));
    expect(readConfig({ ...empty, DATA_DIR: folder })).to.deep.equal(readConfig({ DATA_DIR: folder }));
  });

  it('generates a secret key once in the data folder', () => {
    const { secretKeys } = readConfig({ DATA_DIR: folder });
    expect(secretKeys[0]).to.match(/^[0-9a-f]{64}$/);
    expect(readConfig({ DATA_DIR: folder }).secretKeys).to.deep.equal(secretKeys);
  });

  it('is accepted in production when all required settings are set', () => {
    const config = readConfig(valid);
    expect(config).to.include({ production: true, publicScheme: 'https', demo: false });
    expect(config.secretKeys).to.deep.equal([key]);
  });

  it('is refused with every missing or unsafe production setting and its fix', () => {
    const problems = problemsOf({ NODE_ENV: 'production', DEMO: '1', PUBLIC_SCHEME: 'http' });
    expect(settingNames(problems)).to.deep.equal([
      'DATABASE_URL',
      'DEMO',
      'OPERATIONS_DOMAIN',
      'PORTAL_DOMAIN',
      'PUBLIC_SCHEME',
      'SECRET_KEYS',
      'SMTP_URL',
    ]);
    for (const problem of problems) expect(problem).to.match(/: |must /);
  });

  it('is refused with the name of a single missing production setting', () => {
    for (const name of ['PORTAL_DOMAIN', 'OPERATIONS_DOMAIN', 'DATABASE_URL', 'SECRET_KEYS', 'SMTP_URL'])
      expect(settingNames(problemsOf({ ...valid, [name]: '' })), name).to.deep.equal([name]);
  });

  it('is refused with the names of all invalid settings', () => {
    const invalid = {
      PORT: 'eighty',
      PORTAL_DOMAIN: 'http://portal.example.com',
      PUBLIC_SCHEME: 'gopher',
      TRUST_PROXY: '-1',
      KEEP_ALIVE_S: '0',
      SHUTDOWN_DELAY_S: '5s',
      HOST: '999.1.1.1:3000',
      DATABASE_URL: 'mysql://db',
      DATABASE_ENGINE: 'oracle',
      DATABASE_POOL: '0',
      MIGRATE_ON_START: 'never',
      SECRET_KEYS: 'short',
      SMTP_URL: 'mail.example.com',
      SMTP_TLS: 'sometimes',
      MAIL_FROM_DOMAIN: 'a b',
      RUN: 'everything',
      WORKERS: '0',
      DEMO: 'yes',
      PORTAL_CLOCK: '2027-01-31',
      STRIPE_API_URL: 'http://127.0.0.1/v1',
    };
    expect(settingNames(problemsOf({ ...invalid, DATA_DIR: folder }))).to.deep.equal(
      Object.keys(invalid).sort(),
    );
  });

  it('is refused with one message per invalid setting, which states the allowed values', () => {
    const invalid = { PORT: '70000', WORKERS: '1.5', SMTP_URL: 'mail', DATABASE_URL: 'mysql://db' };
    expect(problemsOf({ ...valid, ...invalid })).to.deep.equal([
      'PORT must be a whole number from 0 to 65535',
      'DATABASE_URL must be like postgres://role:password@host:5432/database, with special characters of the password percent-encoded',
      'SMTP_URL must begin with smtp:// or smtps://',
      'WORKERS must be a whole number from 1 to 64',
    ]);
  });

  it('reads PORTAL_CLOCK as an offset, which forks receive, and refuses it in production', () => {
    const offset = (text: string) => readConfig({ DATA_DIR: folder, PORTAL_CLOCK: text }).clockOffsetMs;
    const tomorrow = new Date(Date.now() + 86_400_000);
    expect(offset(tomorrow.toISOString())).to.be.closeTo(86_400_000, 5_000);
    expect(offset('-3600000ms')).to.equal(-3_600_000);
    expect(offset('')).to.equal(0);
    expect(settingNames(problemsOf({ ...valid, PORTAL_CLOCK: tomorrow.toISOString() }))).to.deep.equal([
      'PORTAL_CLOCK',
    ]);
  });

  it('reads STRIPE_API_URL, and refuses it in production', () => {
    const env = { STRIPE_API_URL: 'http://127.0.0.1:4242', DATA_DIR: folder };
    expect(readConfig(env).stripeApiUrl).to.equal('http://127.0.0.1:4242');
    expect(readConfig({ DATA_DIR: folder }).stripeApiUrl).to.equal(undefined);
    expect(settingNames(problemsOf({ ...valid, ...env }))).to.deep.equal(['STRIPE_API_URL']);
  });

  it('refuses Citus with the embedded database', () => {
    const citus = { DATABASE_ENGINE: 'citus', DATA_DIR: folder };
    expect(settingNames(problemsOf(citus))).to.deep.equal(['DATABASE_ENGINE']);
    expect(readConfig({ ...valid, ...citus }).databaseEngine).to.equal('citus');
    expect(readConfig(valid).databaseEngine).to.equal('postgres');
  });

  it('requires encrypted mail connections in production by default', () => {
    expect(readConfig(valid).smtpTls).to.equal('required');
    expect(readConfig({ DATA_DIR: folder }).smtpTls).to.equal('opportunistic');
    for (const smtpTls of ['required', 'opportunistic', 'none'] as const) {
      expect(readConfig({ ...valid, SMTP_TLS: smtpTls }).smtpTls).to.equal(smtpTls);
      expect(readConfig({ DATA_DIR: folder, SMTP_TLS: smtpTls }).smtpTls).to.equal(smtpTls);
    }
    for (const invalid of ['false', 'Required', 'starttls'])
      expect(problemsOf({ ...valid, SMTP_TLS: invalid, WORKERS: '0' })).to.deep.equal([
        'SMTP_TLS must be required, opportunistic or none',
        'WORKERS must be a whole number from 1 to 64',
      ]);
  });

  it('requires the right database role in each URL', () => {
    const roles = {
      DATABASE_URL: 'postgres://postgres:x@db/portico',
      DATABASE_PLATFORM_URL: 'postgres://app_rw:x@db/portico',
    };
    expect(settingNames(problemsOf({ ...valid, ...roles }))).to.deep.equal(Object.keys(roles).sort());
    expect(settingNames(problemsOf({ ...valid, DATABASE_OWNER_URL: valid.DATABASE_URL }))).to.deep.equal([
      'DATABASE_OWNER_URL',
    ]);
  });

  it('requires the URL of the owner only where the start migrates', () => {
    const withoutOwner = { ...valid, DATABASE_OWNER_URL: '' };
    expect(problemsOf(withoutOwner)).to.deep.equal([]);
    for (const env of [
      { ...withoutOwner, MIGRATE_ON_START: '1' },
      { DATA_DIR: folder, DATABASE_URL: valid.DATABASE_URL },
    ])
      expect(settingNames(problemsOf(env))).to.deep.equal(['DATABASE_OWNER_URL']);
    expect(problemsOf({ ...withoutOwner, MIGRATE_ON_START: '1', RUN: 'worker' })).to.deep.equal([]);
  });

  it('migrates at the start in development, and in production only when set', () => {
    expect(readConfig(valid).migrateOnStart).to.equal(false);
    expect(readConfig({ DATA_DIR: folder }).migrateOnStart).to.equal(true);
    for (const env of [valid, { DATA_DIR: folder }]) {
      expect(readConfig({ ...env, MIGRATE_ON_START: '1' }).migrateOnStart).to.equal(true);
      expect(readConfig({ ...env, MIGRATE_ON_START: '0' }).migrateOnStart).to.equal(false);
    }
  });

  it('accepts a pool of 2 to 1000 connections, 10 by default', () => {
    expect(readConfig(valid).databasePool).to.equal(10);
    for (const size of [2, 1000])
      expect(readConfig({ ...valid, DATABASE_POOL: String(size) }).databasePool).to.equal(size);
    for (const invalid of ['1', '1001', '2.5', 'many'])
      expect(problemsOf({ ...valid, DATABASE_POOL: invalid, MIGRATE_ON_START: 'true' })).to.deep.equal([
        'DATABASE_POOL must be a whole number from 2 to 1000',
        'MIGRATE_ON_START must be 0 or 1',
      ]);
  });

  it('requires domains of the two portals of which none is the other or its subdomain', () => {
    const domains = [
      ['portal.example.com', 'Portal.example.com'],
      ['portal.example.com', 'portal.example.com:8443'],
      ['portal.example.com', 'operations.portal.example.com'],
      ['portal.operations.example.com', 'operations.example.com'],
      ['portal.operations.example.com:3000', 'operations.example.com'],
    ];
    for (const [PORTAL_DOMAIN = '', OPERATIONS_DOMAIN = ''] of domains)
      expect(settingNames(problemsOf({ ...valid, PORTAL_DOMAIN, OPERATIONS_DOMAIN }))).to.deep.equal([
        'OPERATIONS_DOMAIN',
      ]);
    const neighbours = { PORTAL_DOMAIN: 'example.com', OPERATIONS_DOMAIN: 'operations-example.com' };
    expect(problemsOf({ ...valid, ...neighbours })).to.deep.equal([]);
  });

  it('refuses domains that no browser can open', () => {
    for (const domain of [
      'a..example',
      '-a.example',
      '10.0.0.1',
      'a.example:0',
      'a.example:99999',
      'a.example:',
    ])
      for (const name of ['PORTAL_DOMAIN', 'OPERATIONS_DOMAIN'])
        expect(settingNames(problemsOf({ ...valid, [name]: domain })), domain).to.deep.equal([name]);
    expect(settingNames(problemsOf({ ...valid, MAIL_FROM_DOMAIN: 'a..example' }))).to.deep.equal([
      'MAIL_FROM_DOMAIN',
    ]);
  });

  it('removes the default port of the scheme from the domains', () => {
    const domains = {
      PORTAL_DOMAIN: 'portal.example.com:443',
      OPERATIONS_DOMAIN: 'operations.example.com:80',
    };
    expect(readConfig({ ...valid, ...domains })).to.include({
      portalDomain: 'portal.example.com',
      operationsDomain: 'operations.example.com:80',
    });
  });

  it('refuses secret keys that can be guessed', () => {
    const keys = {
      'of one character': 'x'.repeat(32),
      'of two characters': 'ab'.repeat(20),
      'of few characters': 'aabbccddeeffaabbccddeeffggaabbccgg',
      'of repeated words': 'change-me-please-change-me-please-',
      'of repeated digits': '0123456789012345678901234567890123456789',
    };
    for (const [name, weak] of Object.entries(keys))
      for (const list of [weak, `${key},${weak}`])
        expect(problemsOf({ ...valid, SECRET_KEYS: list }), name).to.deep.equal([
          'SECRET_KEYS must be random: use `openssl rand -hex 32` for every key, no repeated characters or words',
        ]);
    for (let n = 0; n < 1_000; n++)
      for (const encoding of ['hex', 'base64'] as const)
        expect(problemsOf({ ...valid, SECRET_KEYS: randomBytes(32).toString(encoding) })).to.deep.equal([]);
  });

  it('refuses malformed addresses of the mail server', () => {
    for (const url of [
      'smtp://mail.example.com:99999',
      'smtp://mail.example.com:0',
      'smtp://',
      'smtp://:25',
      'smtp://user:pa/ss@mail.example.com',
      'smtp://user:12#34@mail.example.com',
      'smtp://user:100%@mail.example.com',
      'smtp://mail.example.com/path',
      'smtp://mail example.com',
    ])
      expect(problemsOf({ ...valid, SMTP_URL: url }), url).to.deep.equal([
        'SMTP_URL must be like smtp://user:password@host:587, with special characters of the password percent-encoded',
      ]);
    for (const url of [
      'smtps://user:p%2Fss@mail.example.com:465',
      'smtp://[::1]:25/',
      'smtp://mail?name=a.example',
    ])
      expect(problemsOf({ ...valid, SMTP_URL: url }), url).to.deep.equal([]);
  });

  it('refuses malformed addresses of the database', () => {
    for (const rest of [
      'x@db:99999/portico',
      'x@db:0/portico',
      'x@db',
      'x@db/',
      '12#3@db/portico',
      '1%@db/portico',
    ])
      for (const [name, role] of [
        ['DATABASE_URL', 'app_rw'],
        ['DATABASE_OWNER_URL', 'app_owner'],
        ['DATABASE_PLATFORM_URL', 'app_platform'],
      ] as const)
        expect(
          settingNames(problemsOf({ ...valid, [name]: `postgres://${role}:${rest}` })),
          rest,
        ).to.deep.equal([name]);
  });

  it('refuses numbers that are not written in digits', () => {
    for (const number of ['1e3', '0x10', '+5', '5.0', 'Infinity'])
      expect(settingNames(problemsOf({ ...valid, PORT: number })), number).to.deep.equal(['PORT']);
  });

  it('refuses an unknown mode, which would be the one of development', () => {
    expect(problemsOf({ ...valid, NODE_ENV: 'prod' })).to.deep.equal([
      'NODE_ENV must be production, development, test or empty',
    ]);
  });

  it('keeps idle connections for 75 seconds and delays the stop for 5 in production, 0 in development', () => {
    expect(readConfig(valid)).to.include({ keepAliveSeconds: 75, shutdownDelaySeconds: 5 });
    expect(readConfig({ DATA_DIR: folder })).to.include({ keepAliveSeconds: 75, shutdownDelaySeconds: 0 });
    const given = { ...valid, KEEP_ALIVE_S: '120', SHUTDOWN_DELAY_S: '0' };
    expect(readConfig(given)).to.include({ keepAliveSeconds: 120, shutdownDelaySeconds: 0 });
  });

  it('is refused without secret values in the error message', () => {
    const problems = problemsOf({ ...valid, SECRET_KEYS: 'tooshort', DATABASE_URL: 'mysql://u:hunter2@db' });
    expect(problems.join()).to.not.match(/tooshort|hunter2/);
  });

  it('is read from .env, which the environment overrides', () => {
    const file = path.join(folder, '.env');
    writeFileSync(file, '# a comment\nPORTICO_A=from the file\nPATH=nowhere\n');
    expect(withEnvFile({ PATH: 'elsewhere' }, file)).to.deep.equal({
      PORTICO_A: 'from the file',
      PATH: 'elsewhere',
    });
    expect(withEnvFile({ A: '1' }, path.join(folder, 'missing'))).to.deep.equal({ A: '1' });
  });

  it('lists every setting in an up-to-date .env.example', () => {
    const file = path.resolve(import.meta.dirname, '../.env.example');
    expect(readFileSync(file, 'utf8'), 'run: npm run env-example').to.equal(envExample());
    for (const name of Object.keys(settings)) expect(envExample()).to.contain(`\n#${name}=`);
  });
});
