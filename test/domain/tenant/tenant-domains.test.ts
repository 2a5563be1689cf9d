import { expect } from 'chai';
import { asPlatform } from '../../../src/database/as-platform.ts';
import { newId } from '../../../src/database/new-id.ts';
import { systemActor } from '../../../src/domain/actor.ts';
import { isCustomDomain, setPrimaryHost } from '../../../src/domain/tenant/tenant-domains.ts';
import { NotFound } from '../../../src/errors.ts';
import {
  changePrimaryHost,
  createCustomer,
  createDomain,
  createTenant,
  type TestTenant,
} from '../../support/factories.ts';
import { startPortal, type OwnPortal } from '../../support/portal.ts';
import { queueTestEmail } from '../../support/rows.ts';

const actor = systemActor('The test');

describe('isCustomDomain', () => {
  const domains = { portalDomain: 'portal.localhost:3000', operationsDomain: 'operations.example' };

  it('accepts host names with two or more labels', () => {
    for (const host of [
      'acme.example',
      'my.acme-1.example',
      '1.example',
      'notportal.localhost',
      'xn--a.example',
    ])
      expect(isCustomDomain(host, domains), host).to.equal(true);
  });

  it('refuses PORTAL_DOMAIN, OPERATIONS_DOMAIN and every host under them', () => {
    for (const host of [
      'portal.localhost',
      'acme.portal.localhost',
      'a.b.portal.localhost',
      'operations.example',
      'acme.operations.example',
    ])
      expect(isCustomDomain(host, domains), host).to.equal(false);
  });

  it('refuses ports, addresses and what is no host name', () => {
    for (const host of [
      'acme.example:443',
      'acme',
      '',
      'Acme.example',
      'acme.example.',
      'acme..example',
      '-acme.example',
      'acme_.example',
      '192.0.2.7',
      `${'a.'.repeat(126)}example`,
    ])
      expect(isCustomDomain(host, domains), host).to.equal(false);
  });
});

describe('setPrimaryHost', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let other: TestTenant;

  before(async () => {
    portal = await startPortal();
    other = await createTenant(portal);
    await createDomain(portal, other, 'my.other.example');
  });
  after(() => portal.close());
  beforeEach(async () => {
    tenant = await createTenant(portal);
  });

  const set = (host: string | null, id = tenant.id) =>
    asPlatform(portal.database, (db) => setPrimaryHost(db, actor, id, host, portal.config));
  const storedHost = async () =>
    (await portal.owner.query('select primary_host from tenants where id = $1', [tenant.id])).rows[0] as {
      primary_host: string | null;
    };
  const addUnverified = (host: string) =>
    portal.owner.query('insert into tenant_domains (host, tenant_id) values ($1, $2)', [host, tenant.id]);
  const ownDomain = () => createDomain(portal, tenant, `${tenant.slug}.example`);
  const events = async (table: 'audit_events' | 'platform_events') =>
    (
      await portal.owner.query(
        `select changes from ${table} where tenant_id = $1 and event = 'tenant.primary_host_changed' order by id`,
        [tenant.id],
      )
    ).rows as { changes: object }[];

  it('stores a verified domain of the tenant and records the change once when called twice', async () => {
    const host = await ownDomain();
    expect(await set(host)).to.deep.equal({ ok: true, is_changed: true });
    expect(await set(host)).to.deep.equal({ ok: true, is_changed: false });
    expect(await storedHost()).to.deep.equal({ primary_host: host });
    const recorded = [{ changes: { primary_host: [null, host] } }];
    expect(await events('audit_events')).to.deep.equal(recorded);
    expect(await events('platform_events')).to.deep.equal(recorded);
  });

  it('removes the primary host when called with null', async () => {
    await set(await ownDomain());
    expect(await set(null)).to.deep.equal({ ok: true, is_changed: true });
    expect(await storedHost()).to.deep.equal({ primary_host: null });
  });

  it('refuses a host that is not verified, of another tenant or unknown', async () => {
    const unverified = `new.${tenant.slug}.example`;
    await addUnverified(unverified);
    for (const host of [unverified, 'my.other.example', 'unknown.example', '']) {
      const result = await set(host);
      expect(result.ok, host).to.equal(false);
      expect(!result.ok && result.errors, host).to.deep.equal([{ field: 'host', code: 'unverified_domain' }]);
    }
    expect(await storedHost()).to.deep.equal({ primary_host: null });
    expect(await events('audit_events')).to.deep.equal([]);
  });

  it('refuses a stored host under PORTAL_DOMAIN', async () => {
    const host = `${other.slug}.${portal.config.portalDomain.replace(/:\d+$/, '')}`;
    await portal.owner.query(
      'insert into tenant_domains (host, tenant_id, verified_at) values ($1, $2, now())',
      [host, tenant.id],
    );
    expect(await set(host)).to.include({ ok: false });
    expect(await storedHost()).to.deep.equal({ primary_host: null });
  });

  it('does not block writes to the tables of the tenant', async () => {
    const host = await ownDomain();
    await asPlatform(portal.database, async (db) => {
      await setPrimaryHost(db, actor, tenant.id, host, portal.config);
      await queueTestEmail(portal, tenant, await createCustomer(portal, tenant));
    });
    expect(await storedHost()).to.deep.equal({ primary_host: host });
  });

  it('throws NotFound if the tenant does not exist', async () => {
    const error = await set('my.other.example', newId()).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(NotFound);
  });
});

describe('The schema of tenants and their domains', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  const host = 'portal.kept.example';

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    const other = await createTenant(portal);
    await createDomain(portal, other, 'my.other.example');
    await createDomain(portal, tenant, host);
    await portal.owner.query(`insert into tenant_domains (host, tenant_id) values ('new.example', $1)`, [
      tenant.id,
    ]);
    await changePrimaryHost(portal, tenant, host);
  });
  after(() => portal.close());

  const codeOf = (statement: string, values: unknown[]) =>
    portal.owner.query(statement, values).then(
      () => 'no error',
      (error: { code: string }) => error.code,
    );
  const FOREIGN_KEY_VIOLATION = '23503';
  const CHECK_VIOLATION = '23514';

  it('refuses a primary host that is not verified, of another tenant or unknown', async () => {
    for (const wrong of ['new.example', 'my.other.example', 'unknown.example'])
      expect(
        await codeOf('update tenants set primary_host = $1 where id = $2', [wrong, tenant.id]),
        wrong,
      ).to.equal(FOREIGN_KEY_VIOLATION);
  });

  it('refuses to delete, move, rename or unverify the domain of the primary host', async () => {
    for (const statement of [
      'delete from tenant_domains where host = $1',
      'update tenant_domains set verified_at = null where host = $1',
      `update tenant_domains set host = 'renamed.example' where host = $1`,
      `update tenant_domains set tenant_id = (select tenant_id from tenant_domains where host = 'my.other.example')
       where host = $1`,
    ])
      expect(await codeOf(statement, [host]), statement).to.equal(FOREIGN_KEY_VIOLATION);
  });

  it('refuses a domain whose name is not a host that a request can have', async () => {
    for (const wrong of [
      'Upper.example',
      'a.example/path',
      'a.example@b.example',
      'a.example.',
      'a.example:443',
      '',
      ' ',
    ])
      expect(
        await codeOf('insert into tenant_domains (host, tenant_id) values ($1, $2)', [wrong, tenant.id]),
        wrong,
      ).to.equal(CHECK_VIOLATION);
  });
});
