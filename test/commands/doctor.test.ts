import { expect } from 'chai';
import path from 'node:path';
import { withClient } from '../../src/database/pools.ts';
import { installFakeCitus } from '../support/fake-citus.ts';
import { startTransactionPooler } from '../support/transaction-pooler.ts';
import { openCommandLine, runPortal, type CommandLine } from './command-line.ts';

describe('doctor', () => {
  let cli: CommandLine;

  before(async () => {
    cli = await openCommandLine();
  });
  after(() => cli.close());

  it('finds no problem in a healthy installation', async () => {
    const healthy = await cli.run('doctor', '--json');
    expect(healthy.code, healthy.out).to.equal(0);
    for (const finding of healthy.json as { ok: boolean }[]) expect(finding.ok).to.equal(true);
  });

  it('prints a fix for each problem and exits with 1', async () => {
    const env = {
      ...cli.env,
      SMTP_URL: 'smtp://127.0.0.1:1',
      PORTAL_DOMAIN: 'portal.nowhere.invalid',
      DATA_DIR: path.join(cli.folder, 'none'),
    };
    const found = await runPortal(env, ['doctor']);
    expect(found.code).to.equal(1);
    for (const about of ['DATA_DIR', 'Mail', 'any-tenant.portal.nowhere.invalid'])
      expect(found.out).to.match(new RegExp(`^FAIL {2}${about}: .+\\n {6}\\S`, 'm'));
    expect(found.err).to.equal('To fix: DATA_DIR, Mail, any-tenant.portal.nowhere.invalid.');
  });

  it('reports an engine that does not match the database', async () => {
    const engineOf = async (engine: string) => {
      const { json } = await runPortal({ ...cli.env, DATABASE_ENGINE: engine }, ['doctor', '--json']);
      return (json as { about: string }[]).find(({ about }) => about === 'DATABASE_ENGINE');
    };
    expect(await engineOf('postgres')).to.include({ ok: true });
    expect(await engineOf('citus')).to.include({ ok: false, detail: 'the extension citus is missing' });

    await withClient(cli.database.urls.superuser, installFakeCitus);
    expect(await engineOf('postgres')).to.include({
      ok: false,
      detail: 'is postgres, but the extension citus is installed',
    });
    const { detail } = (await engineOf('citus')) as unknown as { detail: string };
    expect(detail).to.include('citus.propagate_set_commands of app_rw is not local; ');
    expect(detail).to.include('; users is not distributed');
  });

  it('reports a database whose character type is C', async () => {
    await withClient(cli.database.urls.superuser, (client) =>
      client.query(
        "create database character_type_c template template0 encoding 'UTF8' locale_provider libc locale 'C'",
      ),
    );
    const toC = (url: string) => Object.assign(new URL(url), { pathname: '/character_type_c' }).href;
    await withClient(toC(cli.database.urls.superuser), (client) =>
      client.query(
        'create schema app; grant usage on schema app to app_rw; create extension pg_trgm schema app',
      ),
    );
    const { DATABASE_URL, DATABASE_OWNER_URL } = cli.env;
    const env = {
      ...cli.env,
      DATABASE_URL: toC(DATABASE_URL!),
      DATABASE_OWNER_URL: toC(DATABASE_OWNER_URL!),
    };
    const { code, json } = await runPortal(env, ['doctor', '--json']);
    expect(code).to.equal(1);
    const found = (json as { about: string }[]).find(({ about }) => about === 'Character type');
    expect(found).to.include({ ok: false });
    expect(found)
      .to.have.property('detail')
      .that.matches(/^is C, /);
  });

  it('tells whether prepared statements are used', async () => {
    const detailWith = async (value: string) => {
      const { json } = await runPortal({ ...cli.env, PREPARED_STATEMENTS: value }, ['doctor', '--json']);
      return findPreparedStatements(json);
    };
    expect(await detailWith('')).to.include({ ok: true });
    expect((await detailWith(''))!.detail).to.match(/^1: /);
    expect(await detailWith('0')).to.include({ ok: true });
    expect((await detailWith('0'))!.detail).to.match(/^0: /);
  });

  it('reports prepared statements behind a pooler that does not track them', async () => {
    const pooler = await startTransactionPooler(cli.env['DATABASE_URL']!);
    const behindPooler = { ...cli.env, DATABASE_URL: pooler.url };
    const used = await runPortal(behindPooler, ['doctor', '--json']);
    const unused = await runPortal({ ...behindPooler, PREPARED_STATEMENTS: '0' }, ['doctor', '--json']);
    await pooler.close();
    expect(findPreparedStatements(used.json)).to.include({ ok: false });
    expect(findPreparedStatements(used.json)!.fix).to.match(/^Set PREPARED_STATEMENTS=0, /);
    expect(findPreparedStatements(unused.json)).to.include({ ok: true });
  });

  it('reports an unreachable database', async () => {
    const result = await runPortal(
      {
        ...cli.env,
        DATABASE_URL: 'postgres://app_rw:x@127.0.0.1:1/x',
        DATABASE_OWNER_URL: 'postgres://app_owner:x@127.0.0.1:1/x',
      },
      ['doctor'],
    );
    expect(result.out).to.match(/^FAIL {2}Database: .*ECONNREFUSED/m);
  });
});

function findPreparedStatements(findings: unknown) {
  return (findings as { about: string; ok: boolean; detail: string; fix?: string }[]).find(
    ({ about }) => about === 'PREPARED_STATEMENTS',
  );
}
