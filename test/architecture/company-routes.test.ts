import { expect } from 'chai';
import {
  createCompany,
  createMembership,
  createTenant,
  signedInCustomer,
  type TestCompany,
  type TestPerson,
  type TestTenant,
} from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import type { Page } from '../support/page.ts';
import type { Visitor } from '../support/visitor.ts';
import { requiredPermissions } from '../../src/http/guards.ts';
import { builtInRoles } from '../../src/domain/role/built-in-roles.ts';
import {
  fillParameters,
  inCompany,
  isGet,
  isOfCompany,
  portalRoutes,
  routeLabel,
  type PortalRoute,
  type Route,
} from './routes.ts';

const UNKNOWN_ID = '01900000-0000-7000-8000-000000000000';

const companyRoutes = portalRoutes.account.filter(isOfCompany);
const ownRoutes = portalRoutes.account.filter(
  (route) => !isOfCompany(route) && requiredPermissions(route.handlers[0]).length > 0,
);

describe('routes of a company', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let company: TestCompany;
  /** Has every permission in `company` and does not act for themselves. */
  let customer: Visitor & { person: TestPerson };

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    company = await createCompany(portal, tenant);
    customer = await signedInCustomer(portal, tenant, { company, roles: ['company_admin'] });
  });
  after(() => portal.close());

  const statusesIn = (visitor: Visitor, companyId: string, routes = companyRoutes) =>
    collectStatuses(
      visitor,
      routes.map((route) => inCompany(route, companyId)),
    );
  const all = (status: number, routes = companyRoutes) => routes.map(() => status);

  it('exist for every page that requires a permission of oneself', () => {
    expect(companyRoutes.length).to.be.greaterThan(2);
    const labels = companyRoutes.map(routeLabel);
    const missing = ownRoutes
      .map((route) => ({ ...route, path: route.path.replace('/account', '/account/companies/:company_id') }))
      .filter((route) => !labels.includes(routeLabel(route)));
    expect(missing.map(routeLabel)).to.eql([]);
  });

  it('return 404 for the id of another company', async () => {
    const other = await createCompany(portal, tenant);
    await signedInCustomer(portal, tenant, { company: other });
    expect(await statusesIn(customer, other.id)).to.eql(all(404));
  });

  it('return 404 for the id of another company to a customer who acts for themselves', async () => {
    const renter = await signedInCustomer(portal, tenant);
    expect(await statusesIn(renter, company.id)).to.eql(all(404));
  });

  it('return 404 for the id of a company of another tenant', async () => {
    const foreign = await createCompany(portal, await createTenant(portal));
    expect(await statusesIn(customer, foreign.id)).to.eql(all(404));
  });

  it('return 404 for unknown and malformed ids', async () => {
    for (const id of [UNKNOWN_ID, company.id.toUpperCase(), 'null', '0', "'", '%00', company.name])
      expect(await statusesIn(customer, id), id).to.eql(all(404));
  });

  it('return 404 for the id of a blocked company', async () => {
    const blocked = await createCompany(portal, tenant, { status: 'blocked' });
    const member = await signedInCustomer(portal, tenant, { companies: [company, blocked] });
    expect(await statusesIn(member, blocked.id)).to.eql(all(404));
    expect((await member.get(`/account/companies/${company.id}`)).status).to.equal(200);
  });

  it('check the roles in the company of the URL only', async () => {
    const pages = companyRoutes.filter(isGet);
    const other = await createCompany(portal, tenant);
    for (const { code, permissions } of builtInRoles.filter(({ audience }) => audience === 'customer')) {
      const member = await signedInCustomer(portal, tenant, { company, roles: ['company_admin'] });
      await createMembership(portal, tenant, member.person, { company: other, roles: [code] });
      const isAllowed = ({ handlers }: Route) => {
        const required = requiredPermissions(handlers[0]);
        return required.length === 0 || required.some((each) => permissions.includes(each));
      };
      const forbidden = pages.filter((route) => !isAllowed(route));
      expect(await statusesIn(member, other.id, forbidden), code).to.eql(all(403, forbidden));
      const allowed = pages.filter(isAllowed);
      expect(await statusesIn(member, other.id, allowed), code).not.to.include(403);
    }
  });

  it('are the targets of redirects from the pages of oneself, with the query', async () => {
    for (const { path } of ownRoutes.filter(isGet)) {
      const from = fillParameters(path, [UNKNOWN_ID]);
      const { status, headers } = await customer.get(`${from}?year=2026`);
      expect(status, from).to.equal(303);
      expect(headers['location']).to.equal(
        `${from.replace('/account', `/account/companies/${company.id}`)}?year=2026`,
      );
    }
  });

  it('are not used for POSTs to the URLs of oneself', async () => {
    const posts = ownRoutes.filter((route) => !isGet(route));
    expect(await collectStatuses(customer, posts)).to.eql(all(404, posts));
  });
});

async function collectStatuses(visitor: Visitor, routes: readonly PortalRoute[]): Promise<number[]> {
  const page = await visitor.visit('/account/profile');
  const statuses: number[] = [];
  for (const route of routes) {
    const path = fillParameters(route.path, [UNKNOWN_ID]);
    statuses.push((await send(visitor, page, { ...route, path })).status);
  }
  return statuses;
}

function send(visitor: Visitor, page: Page, { method, path, pipeline }: PortalRoute) {
  if (method === 'GET') return visitor.get(path);
  return pipeline === 'uploads' ? visitor.uploadFrom(page, path) : visitor.postFrom(page, path);
}
