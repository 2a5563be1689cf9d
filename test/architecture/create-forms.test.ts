import { expect } from 'chai';
import type { FormKind } from '../../src/domain/form/form-key.ts';
import { isGet, isOfCompany, portalRoutes, routeLabel, type PortalName, type PortalRoute } from './routes.ts';

/** Every form that creates something, by the kind of its one-time key. */
const CREATE_FORMS: Record<FormKind, [portal: PortalName, route: string]> = {
  user: ['operations', 'POST /users'],
  company: ['operations', 'POST /customers/companies'],
  company_location: ['operations', 'POST /customers/companies/:id/locations'],
  customer: ['operations', 'POST /customers/companies/:id/customers'],
  customer_link: ['operations', 'POST /customers/companies/:id/customers/links'],
  custom_field: ['operations', 'POST /settings/custom-fields'],
  bulk_action: ['operations', 'POST /users/bulk-actions'],
  label: ['operations', 'POST /settings/labels'],
  terms_version: ['operations', 'POST /settings/terms'],
  staff: ['operations', 'POST /settings/team'],
  tenant: ['platform', 'POST /tenants'],
  invoice: ['operations', 'POST /invoices'],
  charge: ['operations', 'POST /invoices/charges'],
  credit: ['operations', 'POST /invoices/credits'],
  credit_note: ['operations', 'POST /invoices/:id/credit-notes'],
  invoice_comment: ['operations', 'POST /invoices/:id/comments'],
  payment: ['operations', 'POST /payments'],
  billing_run: ['operations', 'POST /billing-runs'],
  payment_retry: ['operations', 'POST /payments/:id/retry'],
  payment_refund: ['operations', 'POST /payments/:id/refunds'],
  credit_refund: ['operations', 'POST /balances/:id/refunds'],
  invoice_charge: ['operations', 'POST /invoices/:id/charge'],
  deposit: ['operations', 'POST /payments/deposits'],
  customer_comment: ['account', 'POST /account/billing/invoices/:id/comments'],
  customer_payment: ['account', 'POST /account/billing/payments'],
  payment_method: ['account', 'POST /account/billing/payment-methods'],
  rental_request: ['account', 'POST /account/units/:id/requests'],
  name_request: ['account', 'POST /account/profile/name'],
  site: ['operations', 'POST /sites'],
  unit_type: ['operations', 'POST /unit-types'],
  unit: ['operations', 'POST /units'],
  tax_rate: ['operations', 'POST /settings/taxes'],
  late_fee_rule: ['operations', 'POST /settings/billing/late-fees'],
  agreement_version: ['operations', 'POST /settings/agreement'],
  rental: ['operations', 'POST /rentals'],
  rental_charge: ['operations', 'POST /rentals/:id/charges'],
  note: ['operations', 'POST /users/:id/notes'],
  comment: ['operations', 'POST /users/:id/history/comments'],
  document: ['operations', 'POST /users/:id/documents'],
  customer_document: ['account', 'POST /account/documents'],
  export: ['operations', 'POST /exports'],
  saved_view: ['operations', 'POST /views'],
  import: ['operations', 'POST /imports'],
  rental_rent: ['operations', 'POST /rentals/:id/rent'],
};

/** The routes of a record, which are made once for users and once for companies. */
const SAME_FOR_COMPANIES = /^\/customers\/companies\/:id\/(notes|history|documents)\b/;

const PORTALS = Object.keys(portalRoutes) as PortalName[];

describe('create forms', () => {
  it('save with createOnce and their own kind', () => {
    const found = PORTALS.flatMap((portal) =>
      portalRoutes[portal]
        .filter(isNotOfCompany)
        .flatMap((route) => kindsOf(route).map((kind) => [kind, [portal, routeLabel(route)]])),
    );
    expect(Object.fromEntries(found)).to.deep.equal(CREATE_FORMS);
    expect(found).to.have.length(Object.keys(CREATE_FORMS).length);
  });

  it('are all behind a page of their own named new, or named above', () => {
    const named = Object.values(CREATE_FORMS).map((form) => form.join(' '));
    const withPage = PORTALS.flatMap((portal) =>
      postRoutesWithNewPage(portalRoutes[portal].filter(isNotOfCompany)).map(
        (route) => `${portal} ${routeLabel(route)}`,
      ),
    );
    expect(withPage.length).to.be.greaterThan(5);
    expect(withPage.filter((form) => !named.includes(form))).to.eql([]);
  });

  it('are recognised by the checks', () => {
    const createOnce = (..._args: unknown[]) => undefined;
    const handler = (req: unknown, res: unknown) => createOnce(req, res, 'company');
    const route = { method: 'POST', path: '/things', pipeline: 'pages', handlers: [handler] } as const;
    expect(kindsOf({ ...route, handlers: [handler] })).to.eql(['company']);
    const page = { ...route, method: 'GET', path: '/things/new', handlers: [] };
    expect(postRoutesWithNewPage([{ ...route, handlers: [] }, page])).to.have.length(1);
  });
});

/** Each screen of a company is also one of oneself. */
function isNotOfCompany(route: PortalRoute): boolean {
  return !isOfCompany(route) && !SAME_FOR_COMPANIES.test(route.path);
}

/** The kinds that the handlers of a route pass to `createOnce`. */
function kindsOf({ handlers }: PortalRoute): string[] {
  return handlers.flatMap((handler) => {
    const call = /createOnce(?:AsPlatform)?\(\s*req,\s*res,\s*["'](\w+)["']/.exec(String(handler));
    return call ? [call[1]!] : [];
  });
}

/** By convention, the page `/things/new` has the form that is sent to `/things`. */
function postRoutesWithNewPage(routes: readonly PortalRoute[]): PortalRoute[] {
  const pages = new Set(routes.filter(isGet).map(({ path }) => path));
  return routes.filter(({ method, path }) => method === 'POST' && pages.has(`${path}/new`));
}
