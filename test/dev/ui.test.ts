import { expect } from 'chai';
import { createTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Component gallery', () => {
  let portal: OwnPortal;

  before(async () => {
    portal = await startPortal();
  });
  after(() => portal.close());

  it('shows every component on one page', async () => {
    const page = await new Visitor(portal, portal.config.operationsDomain).visit('/dev/ui');
    expect(page.status).to.equal(200);
    expect(page.h1).to.equal('Components');
    expect(page.errors).to.include('A user with this email address already exists');
    expect(page.rows('Priya Nair')[0]).to.include('Bounced');
  });

  it('returns 404 on the hosts of a tenant', async () => {
    const tenant = await createTenant(portal);
    for (const host of [tenant.account, tenant.operations])
      expect((await new Visitor(portal, host).get('/dev/ui')).status, host).to.equal(404);
  });

  it('is absent when the server listens on all network interfaces', async () => {
    const open = await startPortal({ env: { HOST: '0.0.0.0' } });
    try {
      const visitor = new Visitor(open, open.config.operationsDomain);
      expect((await visitor.get('/dev/ui')).status).to.equal(404);
    } finally {
      await open.close();
    }
  });
});
