import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { anyone } from '../../src/http/guards.ts';
import { StatementCounter } from '../support/count-statements.ts';
import { signIn } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { idsFor, type IdsByTable } from './page-ids.ts';
import { countParameters, fillParameters, isGet, portalRoutes } from './routes.ts';
import { listIds, pathsOfFiles, seedTenant, type SeededTenant } from './seed-tenant.ts';

const PORTALS = ['account', 'operations'] as const;
const NO_STATEMENTS = { status: 200, checkouts: 0, roundTrips: 0, statements: [] };

/** By page, for users who may see it, with the statement that reads the session. None where no number is given. */
const MAX_STATEMENTS: Record<string, number> = {
  'account /account/profile/files/:field_id': 3,
  'account /account/profile/files/:field_id/content': 3,
  'account /account/billing/invoices/:id/files/:field_id': 3,
  'account /account/companies/:company_id/billing/invoices/:id/files/:field_id': 3,
  'account /account/units/:id/files/:field_id': 3,
  'account /account/companies/:company_id/units/:id/files/:field_id': 3,
  'operations /files/:field_id/:id': 9,
  'operations /files/:field_id/:id/content': 9,
  'account /account/terms': 1,
  'account /account/terms/agreement': 1,
  'account /account/profile/email': 1,
  'account /account/profile': 3,
  'account /account/profile/name': 2,
  'account /account/profile/time-zone': 2,
  'account /account/security': 2,
  'account /account/billing': 8,
  'account /account/billing/invoices/:id.pdf': 7,
  'account /account/billing/invoices/:id': 8,
  'account /account/billing/ledger': 7,
  'account /account/billing/statements': 3,
  'account /account/billing/statements/pdf': 7,
  'account /account/billing/statements/csv': 7,
  'account /account/billing/payment-methods/new': 4,
  'account /account/billing/payment-methods': 1,
  'account /account/billing/payment-methods/:id': 2,
  'account /account/billing/payment-methods/:id/removal': 7,
  'account /account/billing/payments/new': 5,
  'account /account/billing/payments': 2,
  'account /account/billing/payments/:id': 7,
  'account /account/documents': 2,
  'account /account/documents/:id': 2,
  'account /account/companies/:company_id/documents': 2,
  'account /account/companies/:company_id/documents/:id': 2,
  'account /account/units': 2,
  'account /account/units/:id': 6,
  'account /account/units/:id/agreement': 5,
  'account /account/units/:id/requests/new': 3,
  'account /account/companies/:company_id/billing': 8,
  'account /account/companies/:company_id/billing/invoices/:id.pdf': 7,
  'account /account/companies/:company_id/billing/invoices/:id': 8,
  'account /account/companies/:company_id/billing/ledger': 7,
  'account /account/companies/:company_id/billing/statements': 3,
  'account /account/companies/:company_id/billing/statements/pdf': 7,
  'account /account/companies/:company_id/billing/statements/csv': 7,
  'account /account/companies/:company_id/billing/payment-methods/new': 4,
  'account /account/companies/:company_id/billing/payment-methods': 1,
  'account /account/companies/:company_id/billing/payment-methods/:id': 2,
  'account /account/companies/:company_id/billing/payment-methods/:id/removal': 7,
  'account /account/companies/:company_id/billing/payments/new': 5,
  'account /account/companies/:company_id/billing/payments': 2,
  'account /account/companies/:company_id/billing/payments/:id': 7,
  'account /account/companies/:company_id/units': 2,
  'account /account/companies/:company_id/units/:id': 6,
  'account /account/companies/:company_id/units/:id/agreement': 5,
  'account /account/companies/:company_id/units/:id/requests/new': 3,
  'account /account': 2,
  'account /account/companies/:company_id': 3,
  'account /account/companies': 2,
  'operations /users/:id/emails': 4,
  'operations /customers/companies/:id/emails': 4,
  'operations /users/:id/notes': 5,
  'operations /users/:id/notes/:note_id/edit': 3,
  'operations /users/:id/notes/:note_id/deletion': 3,
  'operations /users/:id/history': 5,
  'operations /users/:id/documents': 4,
  'operations /users/:id/documents/:document_id/content': 2,
  'operations /users/:id/documents/:document_id/edit': 3,
  'operations /users/:id/documents/:document_id/deletion': 3,
  'operations /customers/companies/:id/notes': 5,
  'operations /customers/companies/:id/notes/:note_id/edit': 3,
  'operations /customers/companies/:id/notes/:note_id/deletion': 3,
  'operations /customers/companies/:id/history': 5,
  'operations /customers/companies/:id/documents': 4,
  'operations /customers/companies/:id/documents/:document_id/content': 2,
  'operations /customers/companies/:id/documents/:document_id/edit': 3,
  'operations /customers/companies/:id/documents/:document_id/deletion': 3,
  'operations /profile/email': 1,
  'operations /profile': 2,
  'operations /profile/time-zone': 2,
  'operations /security': 2,
  'operations /dashboard': 3,
  'operations /search': 1,
  'operations /users': 6,
  'operations /users/new': 2,
  'operations /users/:id': 9,
  'operations /users/:id/edit': 3,
  'operations /users/:id/deactivation': 2,
  'operations /users/:id/activation-code': 2,
  'operations /users/:id/activation-code/letter': 2,
  'operations /customers': 1,
  'operations /customers/companies': 5,
  'operations /customers/companies/new': 3,
  'operations /customers/companies/:id': 8,
  'operations /customers/companies/:id/edit': 4,
  'operations /customers/companies/:id/status': 4,
  'operations /customers/companies/:id/locations': 4,
  'operations /customers/companies/:id/locations/new': 2,
  'operations /customers/companies/:id/locations/:location_id/edit': 3,
  'operations /customers/companies/:id/customers/new': 3,
  'operations /customers/companies/:id/customers': 1,
  'operations /customers/companies/:id/customers/links': 1,
  'operations /customers/companies/:id/customers/:user_id/roles': 3,
  'operations /customers/companies/:id/customers/:user_id/removal': 2,
  'operations /users/:id/invoices': 7,
  'operations /users/:id/payment-details': 6,
  'operations /users/:id/statements': 5,
  'operations /users/:id/statements/pdf': 2,
  'operations /users/:id/statements/csv': 2,
  'operations /customers/companies/:id/statements': 4,
  'operations /customers/companies/:id/statements/pdf': 2,
  'operations /customers/companies/:id/statements/csv': 2,
  'operations /customers/companies/:id/invoices': 6,
  'operations /customers/companies/:id/payment-details': 6,
  'operations /invoices/charges/new': 4,
  'operations /invoices/credits/new': 3,
  'operations /invoices': 4,
  'operations /invoices/new': 4,
  'operations /invoices/:id/details': 3,
  'operations /invoices/:id': 9,
  'operations /invoices/:id/edit': 3,
  'operations /invoices/:id/deletion': 2,
  'operations /invoices/:id/write-off': 2,
  'operations /invoices/:id/credit-notes/new': 3,
  'operations /billing-runs': 3,
  'operations /billing-runs/new': 2,
  'operations /billing-runs/:id': 2,
  'operations /disputes': 3,
  'operations /disputes/closed': 3,
  'operations /disputes/:id': 2,
  'operations /payments/deposits/new': 2,
  'operations /payments': 3,
  'operations /payments/new': 3,
  'operations /payments/:id': 6,
  'operations /payments/:id/refunds/new': 2,
  'operations /balances': 3,
  'operations /balances/:id/refunds/new': 2,
  'operations /payment-methods/:id/removal': 5,
  'operations /invoices/:id/charge': 5,
  'operations /payments/:id/reversal': 2,
  'operations /reports': 1,
  'operations /reports/ageing': 2,
  'operations /reports/tax': 2,
  'operations /reports/income': 2,
  'operations /sites': 3,
  'operations /sites/new': 2,
  'operations /sites/:id': 4,
  'operations /sites/:id/edit': 3,
  'operations /unit-types': 3,
  'operations /unit-types/new': 3,
  'operations /unit-types/:id/edit': 4,
  'operations /units': 5,
  'operations /units/new': 4,
  'operations /units/:id': 4,
  'operations /units/:id/edit': 4,
  'operations /units/:id/block': 3,
  'operations /settings/billing': 3,
  'operations /settings/billing/late-fees/new': 3,
  'operations /settings/billing/late-fees/:id/removal': 2,
  'operations /settings/agreement': 2,
  'operations /settings/agreement/new': 2,
  'operations /settings/agreement/preview': 1,
  'operations /settings/agreement/draft': 1,
  'operations /settings/agreement/:id': 2,
  'operations /settings/payments': 4,
  'operations /settings/payments/events': 3,
  'operations /settings/payments/events/:id': 2,
  'operations /settings/taxes': 2,
  'operations /settings/taxes/new': 1,
  'operations /settings/taxes/:id/retirement': 2,
  'operations /users/:id/units': 5,
  'operations /customers/companies/:id/units': 4,
  'operations /rentals': 5,
  'operations /rentals/new': 5,
  'operations /rentals/:id/details': 3,
  'operations /rentals/:id': 11,
  'operations /rentals/:id/start': 4,
  'operations /rentals/:id/notice': 7,
  'operations /rentals/:id/notice/withdrawal': 2,
  'operations /rentals/:id/move-out': 8,
  'operations /rentals/:id/deposit': 3,
  'operations /rentals/:id/transfer': 4,
  'operations /rentals/:id/transfer/cancellation': 10,
  'operations /rentals/:id/rent': 3,
  'operations /rentals/:id/lock-out': 2,
  'operations /rentals/:id/cancellation': 3,
  'operations /rentals/:id/agreement': 5,
  'operations /rentals/:id/charges/new': 4,
  'operations /requests': 3,
  'operations /requests/:id': 3,
  'operations /emails/preview/:template': 1,
  'operations /emails/preview/:template/html': 1,
  'operations /emails': 3,
  'operations /emails/:id': 2,
  'operations /emails/:id/html': 2,
  'operations /emails/:id/resend': 1,
  'operations /tasks': 3,
  'operations /tasks/:id': 3,
  'operations /tasks/:id/file': 3,
  'operations /tasks/:id/results': 3,
  'operations /views/new': 1,
  'operations /views/:id': 2,
  'operations /audit-log': 3,
  'operations /invoices/:id.pdf': 7,
  'operations /settings': 1,
  'operations /onboarding': 5,
  'operations /settings/business': 2,
  'operations /settings/brand': 3,
  'operations /settings/brand/theme': 1,
  'operations /settings/brand/login': 2,
  'operations /settings/brand/email/html': 2,
  'operations /settings/custom-fields': 2,
  'operations /settings/custom-fields/new': 1,
  'operations /settings/custom-fields/:id/edit': 2,
  'operations /settings/custom-fields/:id/choices': 2,
  'operations /settings/custom-fields/:id/retirement': 2,
  'operations /imports': 3,
  'operations /imports/new': 1,
  'operations /imports/templates/users': 2,
  'operations /imports/templates/companies': 2,
  'operations /imports/templates/units': 2,
  'operations /imports/templates/rentals': 2,
  'operations /imports/templates/balances': 2,
  'operations /imports/mappings/:id/deletion': 2,
  'operations /imports/:id/columns': 4,
  'operations /imports/:id': 3,
  'operations /imports/:id/undo': 2,
  'operations /imports/:id/errors': 3,
  'operations /settings/labels': 2,
  'operations /settings/labels/new': 1,
  'operations /settings/labels/:id/edit': 2,
  'operations /settings/labels/:id/deletion': 2,
  'operations /users/:id/labels': 3,
  'operations /users/:id/merge': 3,
  'operations /customers/companies/:id/labels': 3,
  'operations /rentals/:id/labels': 3,
  'operations /settings/terms': 3,
  'operations /settings/terms/new': 2,
  'operations /settings/terms/preview': 1,
  'operations /settings/terms/draft': 1,
  'operations /settings/terms/:id': 2,
  'operations /settings/team': 4,
  'operations /settings/team/new': 2,
  'operations /settings/team/:id': 3,
  'operations /settings/team/:id/edit': 3,
  'operations /settings/team/:id/deactivation': 2,
};

describe('database round trips', () => {
  let portal: OwnPortal;
  let tenant: SeededTenant;
  let counter: StatementCounter;
  let visitors: Record<(typeof PORTALS)[number], Visitor>;
  let ids: IdsByTable;

  before(async () => {
    portal = await startPortal();
    tenant = await seedTenant(portal, 'Alpha');
    visitors = {
      account: await signIn(portal, tenant.account, tenant.customer),
      operations: await signIn(portal, tenant.operations, tenant.staff),
    };
    ids = { ...(await listIds(portal, tenant, 2)), template: ['accountActivation'] };
    counter = new StatementCounter(portal.database.app);
  });
  after(() => portal.close());

  // The last use of a session is recorded once a minute, and the tenant is read every ten seconds, by one more statement.
  beforeEach(async () => {
    await portal.owner.query('update login_sessions set last_seen_at = now()');
    portal.directory.forget(tenant.id);
    await portal.directory.bySlug(tenant.slug);
  });

  const countFor = async (visitor: Visitor, path: string) => {
    counter.start();
    const { status } = await visitor.get(path);
    return { status, ...counter.counted };
  };

  for (const name of PORTALS) {
    const prefix = name === 'account' ? '/account' : '';
    for (const path of [`${prefix}/login`, `${prefix}/forgot-password`]) {
      it(`are zero at ${name} ${path} for an anonymous user when the tenant is cached`, async () => {
        const visitor = new Visitor(portal, tenant[name]);
        await visitor.visit(path);
        expect(await countFor(visitor, path)).to.deep.include(NO_STATEMENTS);
        visitor.cookies.set(`__Host-${name}`, 's%3Anot-signed.x');
        expect(await countFor(visitor, path), 'with a forged session cookie').to.deep.include(NO_STATEMENTS);
      });
    }
  }

  it('are one for an anonymous user when the tenant is not cached', async () => {
    const visitor = new Visitor(portal, tenant.account);
    portal.directory.clear();
    expect(await countFor(visitor, '/account/login')).to.include({ checkouts: 1, roundTrips: 1 });
  });

  for (const name of PORTALS) {
    const pages = portalRoutes[name].filter((route) => isGet(route) && !route.path.endsWith('/logout'));
    for (const { path } of pages.filter(({ handlers }) => handlers[0] === anyone)) {
      it(`are at most one and write nothing for an anonymous user at ${name} ${path}`, async () => {
        const visitor = new Visitor(portal, tenant[name]);
        await visitor.get(path);
        const { statements, writes, roundTrips } = await countFor(visitor, path);
        expect(roundTrips, statements.join('\n')).to.be.at.most(1);
        expect(writes).to.eql([]);
        expectAtMost(statements, `${name} ${path}`);
      });
    }
    for (const page of pages.filter(({ handlers }) => handlers[0] !== anyone)) {
      it(`are at most two and write nothing for a logged-in user at ${name} ${page.path}`, async () => {
        await visitors[name].get(name === 'account' ? '/account' : '/users');
        const path = await findExistingPath(visitors[name], page.path);
        const { status, statements, ...counts } = await countFor(visitors[name], path);
        const sent = statements.join('\n');
        expect([200, 303, 302], `${path}: ${status}`).to.include(status);
        expect(counts.roundTrips, sent).to.be.within(1, 2);
        expect(counts.checkouts, sent).to.equal(counts.roundTrips);
        expect(counts.socketWrites, sent).to.equal(counts.roundTrips);
        expect(statements.filter((text) => text.startsWith('begin; set local '))).to.have.length(
          counts.roundTrips,
        );
        expect(statements.filter(isWrite), 'writes').to.eql([]);
        expectAtMost(statements, `${name} ${page.path}`);
      });
    }
  }

  for (const [path, name] of [
    ['/users?q=example', 'search_users'],
    ['/customers/companies?q=alpha', 'search_companies'],
  ] as const) {
    it(`run ${name} once for ${path}`, async () => {
      const { status, statements } = await countFor(visitors.operations, path);
      expect(status).to.equal(200);
      expect(statements.join('\n').split(`${name}(`)).to.have.length(2);
    });
  }

  it('have a maximum only for pages that exist', () => {
    const pages = PORTALS.flatMap((name) => portalRoutes[name].map(({ path }) => `${name} ${path}`));
    expect(Object.keys(MAX_STATEMENTS).filter((page) => !pages.includes(page))).to.eql([]);
  });

  it('are counted for each awaited statement of a transaction', async () => {
    counter.start();
    await inTenant(portal.database, tenant.id, async (db) => db.from('users').select('id'));
    expect(counter.counted).to.include({ checkouts: 1, roundTrips: 2 });
  });

  it('are one for a session, which one statement reads', async () => {
    const { statements, ...counts } = await countSession();
    expect(counts).to.include({ checkouts: 1, roundTrips: 1, socketWrites: 1 });
    expect(statements).to.have.length(3);
    expect(statements[0]).to.match(/^begin; set local app\.tenant_id = /);
    expect(statements[1]).to.match(/from sessions .*login_sessions .*join users .*join tenants /);
    expect(statements[2]).to.equal('commit');
  });

  it('are one more when the last use of the session was recorded over a minute ago', async () => {
    await portal.owner.query(`update login_sessions set last_seen_at = now() - interval '61 seconds'`);
    const { statements, writes, ...counts } = await countSession();
    expect(counts).to.include({ checkouts: 2, roundTrips: 2, socketWrites: 2 });
    expect(writes).to.eql([statements[4]]);
    expect(statements[4]).to.match(/^update login_sessions set last_seen_at = now\(\) /);
    expect(await countSession()).to.include({ roundTrips: 1 });
  });

  /** A page that does not exist reads only the session. */
  const countSession = async () => {
    counter.start();
    const { status } = await visitors.account.get('/account/no-such-page');
    expect(status).to.equal(404);
    return counter.counted;
  };

  async function findExistingPath(visitor: Visitor, pattern: string): Promise<string> {
    if (pattern.includes(':field_id')) {
      for (const path of pathsOfFiles(pattern, tenant, ids))
        if ((await visitor.get(path)).status < 400) return path;
    }
    const { company, customer, staff } = tenant;
    const candidates =
      countParameters(pattern) < 2
        ? idsFor(pattern, ids).map((id) => [id])
        : [company, customer, staff].flatMap((first) => idsFor(pattern, ids).map((id) => [first.id, id]));
    for (const values of candidates) {
      const path = fillParameters(pattern, values);
      if ((await visitor.get(path)).status < 400) return path;
    }
    throw new Error(`No id of the tenant exists at ${pattern}`);
  }
});

function expectAtMost(statements: readonly string[], page: string): void {
  const counted = statements.filter((text) => !isControl(text));
  expect(counted.length, counted.join('\n')).to.be.at.most(MAX_STATEMENTS[page] ?? 0);
}

function isControl(text: string): boolean {
  return /^(begin|set local|commit)\b/.test(text);
}

function isWrite(text: string): boolean {
  return /^(insert|update|delete)/i.test(text);
}
