import { MAX_SEARCH_RESULTS } from '../../src/database/paginate.ts';
import { expect } from 'chai';
import knex from 'knex';
import type { Pipeline } from '../../src/http/pipelines.ts';
import { listMounts } from '../../src/app.ts';
import { inTenant, readTenant, type AnyRead } from '../../src/database/in-tenant.ts';
import { visibilityCondition, type Scope, type Viewer } from '../../src/database/scope.ts';
import { tables, type TableName } from '../../src/database/tables.ts';
import { TenantDb } from '../../src/database/tenant-db.ts';
import { pick, selectRows } from '../../src/database/columns.ts';
import { companyList } from '../../src/domain/company/company-list.ts';
import { companyVariables, queueEmail } from '../../src/domain/email/queue-email.ts';
import { userList } from '../../src/domain/user/user-list.ts';
import { currentUser } from '../../src/http/current-user.ts';
import {
  createCompany,
  createCustomer,
  createCustomField,
  createStaff,
  createTenant,
  signedInStaff,
  signIn,
  type TestTenant,
} from '../support/factories.ts';
import type { StaffVisitor } from '../support/operations.ts';
import type { Page } from '../support/page.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { insertExport } from '../support/exports.ts';
import { insertImports } from '../support/insert-imports.ts';
import { insertBulkAction } from '../support/tasks.ts';
import { uploadFile } from '../support/field-files.ts';
import type { Visitor } from '../support/visitor.ts';
import { listAllRefusedForms } from './refused-forms.ts';
import { PageIds } from './page-ids.ts';
import { groupByTable } from './seed-tenant.ts';
import { guardLabel, hasParameter, isGet, portalRoutes, routeLabel } from './routes.ts';
import { createShardedCopy, crossShardTables, readScannedShards } from './sharded-copy.ts';
import { readSources, withoutComments, type Source } from './source-files.ts';
import {
  createTwoCompanies,
  fieldsOfForm,
  hiddenPathsOf,
  pathsOf,
  type Fields,
  type TwoCompanies,
} from './two-companies.ts';

const EVERY_ROW = /-(queries|list|search|ids)\.ts$/;

/** The files that read tables with a rule without it. */
const UNRESTRICTED_READS: Record<string, string> = {
  'src/domain/login-session/login-session-queries.ts': 'a login is found before its scope is known',
  'src/domain/terms/terms-queries.ts': 'every customer is asked to agree to new terms',
  'src/domain/company/company-list.ts': 'the subquery counts the customers of a visible company',
  'src/domain/invoice/invoice-list.ts': 'the subquery finds the account of the customer who is logged in',
  'src/domain/gateway/gateway-queries.ts':
    'a change of the payment service stops the methods of every customer',
  'src/domain/user-merge/merge-queries.ts': 'restricted staff may not merge',
  'src/domain/payment/payment-list.ts': 'the subquery finds the account of the customer who is logged in',
  'src/domain/site/site-queries.ts': 'the subquery counts the units of a visible site',
};

const tenantId = '018f3e5c-0000-7000-8000-000000000000';
const restrictedTo = (...company_ids: string[]): Scope => ({ kind: 'restricted', company_ids, site_ids: [] });
const tableNames = Object.keys(tables) as TableName[];
const restrictedTables = tableNames.filter((name) =>
  visibilityCondition(name, { id: null, scope: restrictedTo() }, tenantId),
);

describe('reads of staff pages', () => {
  const sources = [
    ...readSources('src/domain', '.ts').filter(({ file }) => EVERY_ROW.test(file)),
    ...readSources('src/operations', '.ts'),
  ];

  it('have a rule for companies and for the rows of their customers', () => {
    expect(restrictedTables).to.have.members([
      'companies',
      'memberships',
      'users',
      'emails',
      'sites',
      'units',
      'billing_accounts',
      'rentals',
      'invoices',
      'payments',
      'payment_methods',
      'short_payments',
      'user_aliases',
      'user_labels',
      'company_labels',
      'company_locations',
      'rental_labels',
      'notes',
      'documents',
      'dashboard_summaries',
      'allocations',
      'ledger_entries',
      'requests',
      'audit_events',
    ]);
  });

  it('use visible() for the tables that have a rule', () => {
    const found = sources.filter(readsEveryRow).map(({ file }) => file);
    expect(found).to.have.members(Object.keys(UNRESTRICTED_READS));
  });

  it('get the same statements from visible() and from() with the scope all', () => {
    const db = new TenantDb(knex({ client: 'pg' }), tenantId);
    for (const name of tableNames)
      expect(db.visible(`${name} as x`).toSQL().sql).to.equal(db.from(`${name} as x`).toSQL().sql);
  });

  it('are reported when they use from() or SQL of their own', () => {
    const sourceOf = (text: string): Source => ({ file: 'x-queries.ts', text, lines: 1 });
    expect(readsEveryRow(sourceOf("db.from('users as u')"))).to.equal(true);
    expect(readsEveryRow(sourceOf("db\n.from('emails')"))).to.equal(true);
    expect(readsEveryRow(sourceOf('`select 1 from\n  memberships m`'))).to.equal(true);
    expect(readsEveryRow(sourceOf('`join companies c on true`'))).to.equal(true);
    expect(readsEveryRow(sourceOf("db.visible('users as u')"))).to.equal(false);
    expect(readsEveryRow(sourceOf("db.from('roles')"))).to.equal(false);
  });
});

const LISTS_WITH_PARAMETERS = [
  '/users?q=example&sort=name',
  '/users?q=q&sort=-email',
  '/users?q=-nothing',
  '/users?q=company:o+-name:seen',
  '/customers/companies?q=email:m',
  '/search?q=obsidian',
  '/search?q=sapphire',
  '/search?q=marble',
  '/users?view=not-activated&access=invited&access=no_access',
  '/users?q=label:marked',
  '/customers/companies?q=label:marked',
  '/customers/companies?q=vault&sort=code',
  '/customers/companies?q=ob',
  '/emails?q=marble&state=accepted',
  '/units?q=sapphire&status=available&sort=-code',
  '/audit-log?event=user.created',
  '/audit-log?event=user.linked',
  '/audit-log?event=company.created',
];

const staffRoutes = portalRoutes.operations.filter((route) => guardLabel(route) !== 'anyone');

/** Accounts of persons belong to no company, so restricted staff see none. */
const OF_ACCOUNTS_OF_PERSONS: ReadonlySet<string> = new Set([
  '/users/:id/statements/pdf',
  '/users/:id/statements/csv',
]);

/** A merge moves rows that restricted staff may not see. */
const REFUSED_WHOLLY: ReadonlySet<string> = new Set(['/users/:id/merge']);

const RESTRICTED_STAFF = 'restricted@example.com';

describe('staff with a restricted scope', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let restricted: Visitor;
  let scope: Scope = { kind: 'all' };
  let rows: TwoCompanies;
  let task: string;
  let bulk: string;
  let imports: string[];
  let file_field: string;
  /** With the CSRF token of the session of `restricted`. */
  let form: Page;
  let ofManager: PageIds;
  let ofRestricted: PageIds;

  before(async () => {
    portal = await startPortal({ mounts: listRestrictedMounts });
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
    const person = await createStaff(portal, tenant, { email: RESTRICTED_STAFF });
    restricted = await signIn(portal, tenant.operations, person);
    rows = await createTwoCompanies(portal, tenant, manager);
    task = await insertExport(portal, tenant, person.id);
    const { seen, hidden } = rows;
    bulk = await insertBulkAction(portal, tenant, person.id, [seen.customer, hidden.customer]);
    imports = await insertImports(portal, tenant, { name: 'People', requested_by: person.id });
    file_field = (await createCustomField(portal, tenant, { type: 'file' })).id;
    for (const id of [rows.seen.customer, rows.hidden.customer])
      await uploadFile(manager, await manager.visit(`/files/${file_field}/${id}`));
    scope = { kind: 'restricted', company_ids: [rows.seen.company], site_ids: [rows.seen.site] };
    form = await restricted.visit('/users');
    ofManager = new PageIds(staffRoutes, manager, await groupByTable(portal, rows.hidden.ids));
    const visible = await groupByTable(portal, visibleRows());
    ofRestricted = new PageIds(staffRoutes, restricted, { ...visible, template: ['accountActivation'] });
  });
  after(() => portal.close());

  /** The routes of the app, with `scope` as the scope of one member of staff. */
  function listRestrictedMounts(...[pipelines, config]: Parameters<typeof listMounts>) {
    const restrict = ({ handlers, ...pipeline }: Pipeline) => ({
      ...pipeline,
      handlers: handlers.flatMap((each) => (each === currentUser ? [restrictLogin, each] : [each])),
    });
    const { pages, uploads } = pipelines;
    return listMounts({ ...pipelines, pages: restrict(pages), uploads: restrict(uploads) }, config);
  }

  const restrictLogin: typeof currentUser = ({ currentLogin }, _res, next) => {
    if (currentLogin?.user.email === RESTRICTED_STAFF) currentLogin.scope = scope;
    next();
  };

  const visitAll = async (visitor: Visitor, paths: readonly string[]) => {
    const pages: Page[] = [];
    // Not linted, because some paths return the HTML of an email.
    for (const path of paths) pages.push(await visitor.visit(path, { lint: false }));
    return pages;
  };
  const ofFile = (pattern: string) => pattern.replace(':field_id', file_field);
  const visibleRows = () => [...Object.values(rows.seen), ...rows.settings, task, bulk, ...imports];
  const visibleIds = () => [...visibleRows(), 'accountActivation'];

  const visiblePathsOf = async (pattern: string) =>
    pathsOf(pattern, visibleIds(), await ofRestricted.at(pattern));

  for (const route of staffRoutes.filter(isGet)) {
    it(`read only their rows at ${routeLabel(route)}`, async () => {
      const pages = await visitAll(restricted, await visiblePathsOf(ofFile(route.path)));
      if (!OF_ACCOUNTS_OF_PERSONS.has(route.path) && !REFUSED_WHOLLY.has(route.path))
        expect(pages.map(({ status }) => status)).to.include(200);
      expect(findTexts(pages, rows.hidden.texts)).to.eql([]);
    });
  }

  it('read only their rows with a search, filter or order', async () => {
    expect(findTexts(await visitAll(restricted, LISTS_WITH_PARAMETERS), rows.hidden.texts)).to.eql([]);
    const ofHidden = await restricted.visit(`/users?company=${rows.hidden.company}`);
    expect(ofHidden.html).not.to.include('shared@example.com').and.not.to.include('Obsidian Vault');
  });

  it('miss rows that unrestricted staff read on the same pages', async () => {
    const paths = staffRoutes.filter((route) => isGet(route) && !hasParameter(route)).map(({ path }) => path);
    const html = (await visitAll(manager, paths)).map((page) => page.html).join('');
    expect(rows.hidden.texts.filter((text) => !html.includes(text))).to.eql([]);
  });

  for (const route of staffRoutes.filter(hasParameter)) {
    it(`get 404 for other rows at ${routeLabel(route)}`, async () => {
      const wrong: string[] = [];
      const ids = (await ofManager.below(route.path)) ?? rows.hidden.ids;
      for (const path of hiddenPathsOf(ofFile(route.path), rows, ids)) {
        const { status } = isGet(route)
          ? await restricted.visit(path, { lint: false })
          : route.pipeline === 'uploads'
            ? await restricted.uploadFrom(form, path)
            : await restricted.postFrom(form, path, fieldsOfForm(route.path, rows.fields));
        if (status !== 404) wrong.push(`${path}: ${status}`);
      }
      expect(wrong).to.eql([]);
    });
  }

  it('count only their rows', async () => {
    expect((await restricted.visit('/users')).text).to.include('2 users');
    expect((await restricted.visit('/users?q=example')).text).to.include('2 users');
    expect((await restricted.visit('/customers/companies')).text).to.include('1 company');
    expect((await restricted.visit('/units')).text).to.include('1 unit');
  });

  it('do not reach other rows with an address, an id or a code in a form', async () => {
    const { company } = rows.seen;
    const { customer, code } = rows.hidden;
    const address = 'marble@obsidian.example';
    const send = (path: string, body: Fields) => restricted.postFrom(form, path, body);
    const fields = (pattern: string) => fieldsOfForm(pattern, rows.fields);
    const customers = '/customers/companies/:id/customers';
    const responses = [
      await send('/users', { ...fields('/users'), email: address }),
      await send(`/customers/companies/${company}/customers`, { ...fields(customers), username: address }),
      await send('/customers/companies', { name: 'Below', code: '', parent_code: code }),
      await send(`/customers/companies/${company}/customers/links`, {
        ...fields(`${customers}/links`),
        user_id: customer,
      }),
    ];
    expect(responses.map(({ status }) => status)).to.eql([422, 422, 422, 404]);
    expect(responses[1]!.text).to.include('A user with this email address already exists');
    const unknown = rows.hidden.texts.filter((text) => ![address, code, customer].includes(text));
    expect(
      findTexts(
        responses.map(({ text }) => ({ html: text })),
        unknown,
      ),
    ).to.eql([]);
    expect(responses[0]!.text).not.to.include(customer);
  });

  it('keep the parent company that they do not see', async () => {
    const path = `/customers/companies/${rows.seen.company}`;
    const saved = await (
      await restricted.visit(`${path}/edit`)
    ).submit('Save changes', { Name: 'Seen Works 2' });
    expect(saved.flashes).to.eql(['Your changes have been saved.']);
    const [stored] = await sql(portal, 'select name, parent_id from companies where id = $1', [
      rows.seen.company,
    ]);
    expect(stored).to.eql({ name: 'Seen Works 2', parent_id: rows.hidden.company });
  });

  it('export only their rows', async () => {
    const viewer: Viewer = { id: null, scope };
    const { query } = userList.parse({});
    const ids: string[] = [];
    for await (const batch of userList.ids(
      (build) => readTenant(portal.database, tenant.id, build, viewer),
      query,
    ))
      ids.push(...batch);
    expect(ids).to.have.members([rows.seen.customer, rows.seen.shared]);
  });

  it('see no rows of companies when the scope is empty', async () => {
    const db = new TenantDb(portal.database.knex, tenant.id, { viewer: { id: null, scope: restrictedTo() } });
    const [companies, members, emails] = await readTenant(portal.database, tenant.id, () => [
      selectRows(db.visible('companies'), pick('companies', 'id')),
      selectRows(db.visible('memberships'), pick('memberships', 'user_id')),
      selectRows(db.visible('emails').where({ audience: 'customer' }), pick('emails', 'id')),
    ]);
    expect([companies, members, emails]).to.eql([[], [], []]);
  });

  it('read the emails of their company after it was renamed, and none that name only a company', async () => {
    const { id } = await createCompany(portal, tenant, { name: 'Former Name' });
    const customer = await createCustomer(portal, tenant, { company: { id, name: '', code: '' } });
    const namesake = await createCompany(portal, tenant, { name: 'Former Name' });
    const queue = (variables: Record<string, string>) =>
      inTenant(portal.database, tenant.id, (db) =>
        queueEmail(db, {
          template: 'accountInvitation',
          user_id: customer.id,
          audience: 'customer',
          to_address: customer.email,
          variables,
        }),
      );
    const own = await queue(companyVariables({ id, name: 'Former Name' }));
    await queue(companyVariables({ id: namesake.id, name: 'Former Name' }));
    await queue({ company_name: 'Former Name' });
    const listIds = async () => {
      const viewer: Viewer = { id: null, scope: restrictedTo(id) };
      const [emails] = await readTenant(
        portal.database,
        tenant.id,
        (db) => [selectRows(db.visible('emails').where({ user_id: customer.id }), pick('emails', 'id'))],
        viewer,
      );
      return emails.map((email) => email.id);
    };
    expect(await listIds()).to.eql([own]);
    await sql(portal, `update companies set name = 'New Name' where id = $1`, [id]);
    expect(await listIds()).to.eql([own]);
  });

  it('find their rows when more hidden rows match a search than it may return', async () => {
    const other = await createTenant(portal);
    const seen = await createCompany(portal, other, { name: 'Zircon 100% Works' });
    const customer = await createCustomer(portal, other, {
      company: seen,
      email: 'seen@zircon.example',
    });
    for (let n = 0; n < MAX_SEARCH_RESULTS + 5; n++) {
      await createCompany(portal, other, { name: `Zircon ${n}` });
      await createCustomer(portal, other, { email: `hidden-${n}@zircon.example`, password: null });
    }
    const viewer: Viewer = { id: null, scope: restrictedTo(seen.id) };
    const search = async (q: string) => {
      const [companies, users, counts] = await readTenant(
        portal.database,
        other.id,
        (db) => [
          companyList.rows(db, companyList.parse({ q }).query),
          userList.rows(db, userList.parse({ q }).query),
          userList.counted(db, userList.parse({ q }).query),
        ],
        viewer,
      );
      const { count, found } = counts;
      return { ids: [...companies, ...users].map(({ id }) => id), count, found };
    };
    expect(await search('zircon')).to.eql({ ids: [seen.id, customer.id], count: 1, found: 1 });
    expect(await search('100% w')).to.eql({ ids: [seen.id, customer.id], count: 1, found: 1 });
    expect(await search('zir_on')).to.eql({ ids: [], count: 0, found: 0 });
  });

  it('send statements that each read one node of a distributed database', async () => {
    const db = new TenantDb(portal.database.knex, tenant.id, { viewer: { id: null, scope } });
    const client = await portal.owner.connect();
    const problems: string[] = [];
    try {
      await createShardedCopy(client);
      const q = 'works';
      const reads: Record<string, Pick<AnyRead, 'toSQL'>> = {
        ...Object.fromEntries(restrictedTables.map((name) => [name, db.visible(`${name} as x`)])),
        'company search': companyList.rows(db, companyList.parse({ q }).query),
        'user search': userList.rows(db, userList.parse({ q }).query),
        'counted users': userList.counted(db, userList.parse({ q }).query),
      };
      for (const [name, read] of Object.entries(reads)) {
        const { sql: text, bindings } = read.toSQL().toNative();
        const statement = { text, values: [...bindings] };
        const scanned = await readScannedShards(client, statement);
        problems.push(...crossShardTables(scanned));
        problems.push(...(await listAllRefusedForms(client, [statement])));
        // The condition of its rule is constant, so that no table is scanned.
        if (name === 'dashboard_summaries') continue;
        if (scanned.size === 0) problems.push(`${name}: no plan was read`);
      }
    } finally {
      client.release(true);
    }
    expect(problems).to.eql([]);
  });
});

function readsEveryRow(source: Source): boolean {
  const names = restrictedTables.join('|');
  const patterns = [`\\bfrom\\(\\s*['"\`](${names})\\b`, `\\b(from|join)\\s+(${names})\\b`];
  return patterns.some((pattern) => new RegExp(pattern).test(withoutComments(source)));
}

function findTexts(pages: readonly { html: string; url?: string }[], texts: readonly string[]): string[] {
  return pages.flatMap(({ html, url }) =>
    texts.filter((text) => html.includes(text)).map((text) => `${url ?? ''}: ${text}`),
  );
}
