import { expect } from 'chai';
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
    };
    expect(settingNames(problemsOf({ ...invalid, DATA_DIR: folder }))).to.deep.equal(
      Object.keys(invalid).sort(),
    );
  });

  it('is refused with one message per invalid setting, which states the allowed values', () => {
    const invalid = { PORT: '70000', WORKERS: '1.5', SMTP_URL: 'mail', DATABASE_URL: 'mysql://db' };
    expect(problemsOf({ ...valid, ...invalid })).to.deep.equal([
      'PORT must be a whole number from 0 to 65535',
      'DATABASE_URL must be like postgres://role:password@host:5432/database',
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

  it('requires different domains for the two portals', () => {
    expect(settingNames(problemsOf({ ...valid, OPERATIONS_DOMAIN: 'Portal.example.com' }))).to.deep.equal([
      'OPERATIONS_DOMAIN',
    ]);
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
