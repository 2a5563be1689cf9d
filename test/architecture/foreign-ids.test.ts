import { expect } from 'chai';
import { signIn } from '../support/factories.ts';
import { startPortal, type TestPortal } from '../support/portal.ts';
import type { Visitor } from '../support/visitor.ts';
import {
  countParameters,
  fillParameters,
  hasParameter,
  isGet,
  portalRoutes,
  routeLabel,
  type PortalRoute,
} from './routes.ts';
import { listLatestIds, pathsOfFiles, seedTenant, type SeededTenant } from './seed-tenant.ts';
import { fieldsOfForm } from './two-companies.ts';

const PORTALS = ['operations', 'account'] as const;
type Portal = (typeof PORTALS)[number];

/** Tables whose rows no request of another tenant may change. */
const WATCHED_TABLES =
  'users companies memberships roles role_assignments custom_fields custom_field_values labels user_aliases user_labels company_labels company_locations rental_labels notes documents document_storage emails tasks one_time_tokens login_sessions sites unit_types units tax_rates late_fee_rules agreement_versions billing_settings billing_accounts rentals rental_prices rental_charges agreements requests invoices invoice_lines invoice_comments payments payment_methods short_payments allocations ledger_entries gateways gateway_events imports import_mappings'.split(
    ' ',
  );

type SendRequest = (path: string) => Promise<{ status: number }>;

describe('requests', () => {
  let portal: TestPortal;
  let own: SeededTenant;
  let other: SeededTenant;
  let visitors: Record<Portal, Visitor>;
  let ownIds: string[];
  let foreignIds: string[];

  before(async () => {
    portal = await startPortal();
    own = await seedTenant(portal, 'Alpha');
    other = await seedTenant(portal, 'Beta');
    ownIds = await listLatestIds(portal, own.id, 3);
    foreignIds = [...new Set([...mainIds(other), ...(await listLatestIds(portal, other.id, 1))])];
    visitors = {
      operations: await signIn(portal, own.operations, own.staff),
      account: await signIn(portal, own.account, own.customer),
    };
  });
  after(() => portal.close());

  it('with ids of another tenant cover every table and several routes', () => {
    expect(foreignIds.length).to.be.greaterThan(8);
    expect(portalRoutes.operations.filter(hasParameter).length).to.be.greaterThan(5);
  });

  for (const name of PORTALS) {
    for (const route of portalRoutes[name].filter(hasParameter)) {
      it(`with ids of another tenant get 404 and change nothing at ${name} ${routeLabel(route)}`, async () => {
        const before = await readFingerprint(portal, other.id);
        const send = await requestSender(visitors[name], route);
        const wrong: string[] = [];
        for (const path of pathsWithForeignIds(route.path, mainIds(own), foreignIds)) {
          const { status } = await send(path);
          if (status !== 404) wrong.push(`${path}: ${status}`);
        }
        expect(wrong).to.eql([]);
        expect(await readFingerprint(portal, other.id)).to.eql(before);
      });
    }
  }

  for (const name of PORTALS) {
    for (const route of portalRoutes[name].filter(hasParameter).filter(isGet)) {
      it(`with ids of the own tenant get 200 at ${name} ${routeLabel(route)}`, async () => {
        const send = await requestSender(visitors[name], route);
        const statuses: number[] = [];
        const all = [...ownIds, 'accountActivation'];
        for (const path of pathsWithOwnIds(route.path, own, all)) {
          statuses.push((await send(path)).status);
          if (statuses.at(-1) === 200) break;
        }
        expect(statuses).to.include(200);
      });
    }
  }
});

/** GETs follow redirects. POSTs carry the CSRF token of the session, so that they reach the handler. */
async function requestSender(
  visitor: Visitor,
  { method, path: pattern, pipeline }: PortalRoute,
): Promise<SendRequest> {
  // Not linted, because some paths return the HTML of a mail.
  if (method === 'GET') return (path) => visitor.visit(path, { lint: false });
  const page = await visitor.visit(
    visitor.host.includes('operations') ? '/customers/companies' : '/account/profile',
  );
  if (pipeline === 'uploads') return (path) => visitor.uploadFrom(page, path);
  const fields = fieldsOfForm(pattern, { version: '1', direction: 'up' });
  return (path) => visitor.postFrom(page, path, fields);
}

function mainIds({ company, customer, staff }: SeededTenant): string[] {
  return [company.id, customer.id, staff.id];
}

/** Paths with foreign ids only, and paths with an own id first and a foreign id second. */
function pathsWithForeignIds(pattern: string, ownIds: string[], foreignIds: string[]): string[] {
  const foreign = foreignIds.map((id) => fillParameters(pattern, [id]));
  if (countParameters(pattern) === 1) return foreign;
  const mixed = ownIds.flatMap((id) =>
    foreignIds.slice(0, 8).map((second) => fillParameters(pattern, [id, second])),
  );
  return [...foreign, ...mixed];
}

function pathsWithOwnIds(pattern: string, own: SeededTenant, all: string[]): string[] {
  if (pattern.includes(':field_id')) return pathsOfFiles(pattern, own, all);
  if (countParameters(pattern) === 1) return all.map((id) => fillParameters(pattern, [id]));
  return mainIds(own).flatMap((id) => all.map((second) => fillParameters(pattern, [id, second])));
}

/** A hash of the tenant's rows by table. */
async function readFingerprint(portal: TestPortal, tenantId: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const table of WATCHED_TABLES) {
    const { rows } = await portal.owner.query<{ hash: string }>(
      `select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as hash from ${table} t where tenant_id = $1`,
      [tenantId],
    );
    hashes[table] = rows[0]!.hash;
  }
  return hashes;
}
