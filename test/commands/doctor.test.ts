import { expect } from 'chai';
import { once } from 'node:events';
import http, { type OutgoingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import request from 'supertest';
import { signProxyCheck } from '../../src/proxy-check.ts';
import { withClient } from '../../src/database/pools.ts';
import { installFakeCitus } from '../support/fake-citus.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
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

  it('needs no DATA_DIR in production', async () => {
    const env = {
      ...cli.env,
      NODE_ENV: 'production',
      DEMO: '0',
      PUBLIC_SCHEME: 'https',
      PORTAL_DOMAIN: 'portal.nowhere.invalid',
      OPERATIONS_DOMAIN: 'operations.nowhere.invalid',
      SMTP_URL: 'smtp://127.0.0.1:1',
      DATA_DIR: path.join(cli.folder, 'none'),
    };
    const { json } = await runPortal(env, ['doctor', '--json']);
    const abouts = (json as { about: string }[]).map(({ about }) => about);
    expect(abouts).to.include('Settings').and.include('Proxy').and.not.include('DATA_DIR');
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
    const findingWith = async (value: string) => {
      const { json } = await runPortal({ ...cli.env, PREPARED_STATEMENTS: value }, ['doctor', '--json']);
      return findPreparedStatements(json);
    };
    for (const [value, detail] of [
      ['', /^1: /],
      ['0', /^0: /],
    ] as const) {
      const finding = await findingWith(value);
      expect(finding).to.include({ ok: true });
      expect(finding!.detail).to.match(detail);
    }
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

describe('doctor behind a proxy', () => {
  let cli: CommandLine;
  let portal: OwnPortal;
  let proxy: Server;
  let domain: string;
  /** What the proxy does to the headers. */
  let change: (headers: OutgoingHttpHeaders) => OutgoingHttpHeaders;

  before(async () => {
    cli = await openCommandLine();
    portal = await startPortal({ env: { TRUST_PROXY: '1' } });
    proxy = http.createServer((req, res) => {
      const headers = change({
        ...req.headers,
        'x-forwarded-for': '203.0.113.9',
        'x-forwarded-proto': 'http',
      });
      const options = { port: portal.port, host: '127.0.0.1', path: req.url, headers };
      http.get(options, (received) => received.pipe(res.writeHead(received.statusCode!, received.headers)));
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    domain = `operations.localhost:${(proxy.address() as AddressInfo).port}`;
  });
  after(async () => {
    proxy.close();
    await Promise.all([portal.close(), cli.close()]);
  });

  const findingOf = async (env: Record<string, string> = {}) => {
    const { secretKeys } = portal.config;
    const settings = { OPERATIONS_DOMAIN: domain, TRUST_PROXY: '1', SECRET_KEYS: secretKeys.join(), ...env };
    const { json } = await runPortal({ ...cli.env, ...settings }, ['doctor', '--json']);
    return (json as { about: string; ok: boolean; detail: string; fix?: string }[]).find(
      ({ about }) => about === 'Proxy',
    );
  };

  it('finds no problem when all headers arrive', async () => {
    change = (headers) => headers;
    expect(await findingOf()).to.eql({
      about: 'Proxy',
      ok: true,
      detail: 'passes on Host, X-Forwarded-Proto and the address of the client, here 203.0.113.9',
    });
  });

  it('names each header that the proxy replaces or leaves out', async () => {
    change = (headers) => ({ ...headers, host: '127.0.0.1:3000' });
    expect((await findingOf())!.detail).to.equal(`Host arrives as 127.0.0.1:3000, not as ${domain}`);
    change = (headers) => ({ ...headers, 'x-forwarded-proto': [] });
    expect((await findingOf())!.detail).to.equal('X-Forwarded-Proto arrives as nothing, not as http');
    change = (headers) => ({ ...headers, 'x-forwarded-for': [] });
    const finding = await findingOf();
    expect(finding!.detail).to.equal('X-Forwarded-For arrives with 0 addresses, but TRUST_PROXY is 1');
    expect(finding!.ok).to.equal(false);
    expect(finding!.fix).to.include('The proxy must pass on Host');
  });

  it('reports another number of proxies than TRUST_PROXY', async () => {
    change = (headers) => headers;
    expect((await findingOf({ TRUST_PROXY: '2' }))!.detail).to.include('1 addresses, but TRUST_PROXY is 2');
  });

  it('reports a server that is not this portal, and an unreachable one', async () => {
    change = (headers) => headers;
    const other = await findingOf({ SECRET_KEYS: 'another secret that is long enough to be one' });
    expect(other!.detail).to.match(/ responds with 404: it is not this portal/);
    expect((await findingOf({ OPERATIONS_DOMAIN: 'operations.localhost:1' }))!.detail).to.include(
      'ECONNREFUSED',
    );
  });

  it('sends no request when no proxy is set', async () => {
    expect(await findingOf({ TRUST_PROXY: '0' })).to.equal(undefined);
  });

  it('returns no report to others, and none a day later', async () => {
    const ask = (value: string) =>
      request(portal.server).get('/proxyz').set('Host', domain).set('X-Proxy-Check', value);
    const [key = ''] = portal.config.secretKeys;
    expect((await ask(signProxyCheck(key))).status).to.equal(200);
    for (const value of [
      '',
      'x',
      `${Date.now()}.`,
      signProxyCheck('another key'),
      signProxyCheck(key, Date.now() - 86_400_000),
    ])
      expect((await ask(value)).status, value).to.equal(404);
  });
});

function findPreparedStatements(findings: unknown) {
  return (findings as { about: string; ok: boolean; detail: string; fix?: string }[]).find(
    ({ about }) => about === 'PREPARED_STATEMENTS',
  );
}
