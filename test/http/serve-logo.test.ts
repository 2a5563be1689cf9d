import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { insertLogo, logoPath, type LogoImages } from '../../src/domain/brand/logo.ts';
import { readLogo } from '../../src/domain/brand/read-logo.ts';
import { createTenant, type TestTenant } from '../support/factories.ts';
import { createImage } from '../support/images.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Logos', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let images: LogoImages;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    const read = await readLogo(await createImage());
    if (!read.ok) throw new Error('The image was refused');
    images = read.values;
    await inTenant(portal.database, tenant.id, (db) => insertLogo(db, images));
  });

  it('are served at both portals of the tenant as images that no page can run', async () => {
    for (const host of [tenant.account, tenant.operations]) {
      const response = await new Visitor(portal, host).get(logoPath(images, 'large'));
      expect(response.status).to.equal(200);
      expect((response.body as Buffer).equals(images.large)).to.equal(true);
      expect(response.headers).to.include({
        'content-type': 'image/png',
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
        // Mail programs on the web are other origins.
        'cross-origin-resource-policy': 'cross-origin',
      });
      expect(response.headers).not.to.have.property('set-cookie');
    }
  });

  it('are served in each size', async () => {
    const visitor = new Visitor(portal, tenant.account);
    for (const size of ['small', 'large', 'icon'] as const) {
      const { body } = await visitor.get(logoPath(images, size));
      expect((body as Buffer).equals(images[size]), size).to.equal(true);
    }
  });

  it('return 404 at the hosts of another tenant and of the platform, and for unknown hashes and sizes', async () => {
    const other = await createTenant(portal);
    for (const host of [other.account, other.operations, portal.config.operationsDomain])
      expect((await new Visitor(portal, host).get(logoPath(images, 'small'))).status, host).to.equal(404);
    const visitor = new Visitor(portal, tenant.account);
    const { hash } = images;
    for (const path of [`/logo.${hash}.hash.png`, `/logo.${'0'.repeat(32)}.small.png`, `/logo.x.small.png`])
      expect((await visitor.get(path)).status, path).to.equal(404);
  });
});
