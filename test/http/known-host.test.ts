import { expect } from 'chai';
import request from 'supertest';
import { createDomain, createTenant, type TestTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';

describe('/known-host', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
  });
  after(() => portal.close());

  // A proxy asks under the name of the server, which is no portal.
  const statusOf = async (query: string) =>
    (await request(portal.server).get(`/known-host${query}`).set('Host', 'portico-web:3000')).status;

  it('returns 200 for the hosts of every portal, and for verified domains of tenants', async () => {
    const domain = await createDomain(portal, tenant, `portal.${tenant.slug}.example`);
    for (const host of [tenant.account, tenant.operations, portal.config.operationsDomain, domain])
      expect(await statusOf(`?domain=${host}`), host).to.equal(200);
  });

  it('returns 200 for the names of hosts with a port', async () => {
    const withPort = await startPortal({
      env: { PORTAL_DOMAIN: 'portal.example:8443', OPERATIONS_DOMAIN: 'operations.example:8443' },
    });
    const { slug } = await createTenant(withPort);
    for (const name of [`${slug}.portal.example`, `${slug}.operations.example`, 'operations.example'])
      expect((await request(withPort.server).get(`/known-host?domain=${name}`)).status, name).to.equal(200);
    await withPort.close();
  });

  it('returns 404 for other hosts and for malformed queries', async () => {
    await portal.owner.query(
      `insert into tenant_domains (tenant_id, host) values ((select id from tenants where slug = $1), 'unverified.example')`,
      [tenant.slug],
    );
    const { portalDomain, operationsDomain } = portal.config;
    const hosts = [portalDomain, `no-such-tenant.${operationsDomain}`, 'other.example', 'unverified.example'];
    for (const query of [
      ...hosts.map((host) => `?domain=${host}`),
      '',
      '?domain=',
      '?domain=a&domain=b',
      '?domain=%00',
    ])
      expect(await statusOf(query), query).to.equal(404);
  });
});
