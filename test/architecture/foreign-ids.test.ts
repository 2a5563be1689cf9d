import { expect } from 'chai';
import { signIn } from '../support/factories.ts';
import { startPortal, type OwnPortal, type TestPortal } from '../support/portal.ts';
import type { Page } from '../support/page.ts';
import type { Visitor } from '../support/visitor.ts';
import { idsFor, PageIds, type IdsByTable } from './page-ids.ts';
import {
  countParameters,
  fillParameters,
  hasParameter,
  isGet,
  portalRoutes,
  routeLabel,
  type PortalRoute,
} from './routes.ts';
import { listIds, pathsOfFiles, seedTenant, type SeededTenant } from './seed-tenant.ts';
import { fieldsOfForm, pathsOf } from './two-companies.ts';

const PORTALS = ['operations', 'account'] as const;
type Portal = (typeof PORTALS)[number];

/** Tables whose rows no request of another tenant may change. */
const WATCHED_TABLES =
  'users companies memberships roles role_assignments custom_fields custom_field_values labels user_aliases user_labels company_labels company_locations rental_labels notes documents document_storage emails tasks one_time_tokens login_sessions sites unit_types units tax_rates late_fee_rules agreement_versions billing_settings billing_accounts rentals rental_prices rental_charges agreements requests invoices invoice_lines invoice_comments payments payment_methods short_payments allocations ledger_entries gateways gateway_events imports import_mappings'.split(
    ' ',
  );

type SendRequest = (path: string) => Promise<{ status: number }>;

describe('requests', () => {
  let portal: OwnPortal;
  let own: SeededTenant;
  let other: SeededTenant;
  let visitors: Record<Portal, Visitor>;
  /** With the CSRF tokens of the sessions. */
  let forms: Record<Portal, Page>;
  /** Of the rows of the other tenant. */
  let fingerprint: Record<string, string>;
  let ownPageIds: Record<Portal, PageIds>;
  let otherPageIds: Record<Portal, PageIds>;
  let ownIds: IdsByTable;
  let foreignIds: string[];

  before(async () => {
    portal = await startPortal();
    own = await seedTenant(portal, 'Alpha');
    other = await seedTenant(portal, 'Beta');
    ownIds = { ...(await listIds(portal, own, 3)), template: ['accountActivation'] };
    const otherIds = await listIds(portal, other, 1);
    foreignIds = Object.values(otherIds).flat();
    visitors = {
      operations: await signIn(portal, own.operations, own.staff),
      account: await signIn(portal, own.account, own.customer),
    };
    const others = {
      operations: await signIn(portal, other.operations, other.staff),
      account: await signIn(portal, other.account, other.customer),
    };
    forms = {
      operations: await visitors.operations.visit('/customers/companies'),
      account: await visitors.account.visit('/account/profile'),
    };
    ownPageIds = pageIdsOf(visitors, ownIds);
    otherPageIds = pageIdsOf(others, otherIds);
    fingerprint = await readFingerprint(portal, other.id);
  });
  after(() => portal.close());

  async function pathsWithOwnIds(pattern: string, pages: PageIds): Promise<string[]> {
    if (pattern.includes(':field_id')) return pathsOfFiles(pattern, own, ownIds);
    const found = await pages.at(pattern);
    const ids = idsFor(pattern, ownIds);
    if (countParameters(pattern) === 1) return pathsOf(pattern, found ?? ids);
    return pathsOf(pattern, ids, found ?? mainIds(own));
  }

  /** Paths with foreign ids only; and with a first id whose own page is found, if it has a page, and a foreign second id. */
  async function pathsWithForeignIds(name: Portal, pattern: string): Promise<string[]> {
    if (countParameters(pattern) === 1)
      return pathsOf(pattern, (await otherPageIds[name].below(pattern)) ?? foreignIds);
    const found = await ownPageIds[name].below(pattern);
    return [
      ...foreignIds.map((id) => fillParameters(pattern, [id])),
      ...pathsOf(pattern, foreignIds, found?.slice(0, 1) ?? mainIds(own)),
    ];
  }

  it('with ids of another tenant cover every table and several routes', () => {
    expect(foreignIds.length).to.be.greaterThan(8);
    expect(portalRoutes.operations.filter(hasParameter).length).to.be.greaterThan(5);
  });

  for (const name of PORTALS) {
    for (const route of portalRoutes[name].filter(hasParameter)) {
      it(`with ids of another tenant get 404 and change nothing at ${name} ${routeLabel(route)}`, async () => {
        const send = requestSender(visitors[name], forms[name], route);
        const wrong: string[] = [];
        for (const path of await pathsWithForeignIds(name, route.path)) {
          const { status } = await send(path);
          if (status !== 404) wrong.push(`${path}: ${status}`);
        }
        expect(wrong).to.eql([]);
        const before = fingerprint;
        fingerprint = await readFingerprint(portal, other.id);
        expect(fingerprint).to.eql(before);
      });
    }
  }

  for (const name of PORTALS) {
    for (const route of portalRoutes[name].filter(hasParameter).filter(isGet)) {
      it(`with ids of the own tenant get 200 at ${name} ${routeLabel(route)}`, async () => {
        const send = requestSender(visitors[name], forms[name], route);
        const statuses: number[] = [];
        for (const path of await pathsWithOwnIds(route.path, ownPageIds[name])) {
          statuses.push((await send(path)).status);
          if (statuses.at(-1) === 200) break;
        }
        expect(statuses).to.include(200);
      });
    }
  }
});

function pageIdsOf(
  { operations, account }: Record<Portal, Visitor>,
  ids: IdsByTable,
): Record<Portal, PageIds> {
  return {
    operations: new PageIds(portalRoutes.operations, operations, ids),
    account: new PageIds(portalRoutes.account, account, ids),
  };
}

/** GETs follow redirects. POSTs carry the CSRF token of the session, so that they reach the handler. */
function requestSender(
  visitor: Visitor,
  page: Page,
  { method, path: pattern, pipeline }: PortalRoute,
): SendRequest {
  // Not linted, because some paths return the HTML of a mail.
  if (method === 'GET') return (path) => visitor.visit(path, { lint: false });
  if (pipeline === 'uploads') return (path) => visitor.uploadFrom(page, path);
  const fields = fieldsOfForm(pattern, { version: '1', direction: 'up' });
  return (path) => visitor.postFrom(page, path, fields);
}

function mainIds({ company, customer, staff }: SeededTenant): string[] {
  return [company.id, customer.id, staff.id];
}

/** A hash of the tenant's rows by table, without the last use of sessions. */
async function readFingerprint(portal: TestPortal, tenantId: string): Promise<Record<string, string>> {
  const row = `(to_jsonb(t) - 'last_seen_at')::text`;
  const hashes = WATCHED_TABLES.map(
    (table) =>
      `(select md5(string_agg(${row}, '|' order by ${row})) from ${table} t where tenant_id = $1) as ${table}`,
  );
  // Prepared once, because planning takes longer than reading.
  const statement = { name: 'fingerprint', text: `select ${hashes.join(', ')}`, values: [tenantId] };
  const { rows } = await portal.owner.query<Record<string, string>>(statement);
  return rows[0]!;
}
