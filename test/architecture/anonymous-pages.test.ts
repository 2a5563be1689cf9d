import { expect } from 'chai';
import { anyone } from '../../src/http/guards.ts';
import { createTenant, publishTerms, type TestTenant } from '../support/factories.ts';
import { PRODUCTION, startPortal, type OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { countParameters, isGet, portalRoutes, type PortalName } from './routes.ts';

describe('pages for anonymous users', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await startPortal({ env: PRODUCTION });
    tenant = await createTenant(portal);
    await publishTerms(portal, tenant);
  });
  after(() => portal.close());

  const hostOf = (name: PortalName) => (name === 'platform' ? portal.config.operationsDomain : tenant[name]);

  /** The page without what differs between two responses. */
  const read = async (visitor: Visitor, path: string, language: string) => {
    const { status, text, headers } = await visitor.get(path, { headers: { 'Accept-Language': language } });
    const html = text
      .replace(/(name="_csrf" value=")[^"]+/g, '$1')
      .replaceAll(headers['x-request-id']!, 'request id');
    return { status, html };
  };

  for (const name of ['account', 'operations', 'platform'] as const) {
    const routes = portalRoutes[name].filter(
      (route) => isGet(route) && route.handlers[0] === anyone && countParameters(route.path) === 0,
    );
    for (const { path } of routes) {
      it(`are the same for every visitor, cached or rendered, at ${name} ${path}`, async () => {
        const first = new Visitor(portal, hostOf(name), { userAgent: 'First/1.0' });
        const second = new Visitor(portal, hostOf(name), { userAgent: 'Second/2.0' });
        second.cookies.set('__Host-csrf', 'secret-of-the-second-visitor');
        const expected = await read(first, path, 'en');
        expect(await read(second, path, 'ar')).to.eql(expected);
        expect(await read(first, path, 'ar')).to.eql(expected);
        expect(await read(second, `${path}?rendered=1`, 'ar')).to.eql(expected);
      });
    }
  }
});
