import { expect } from 'chai';
import knex from 'knex';
import pg from 'pg';
import type { ListDeclaration } from '../../src/database/list.ts';
import type { Filters } from '../../src/database/parse-list.ts';
import { createTestDatabase } from '../support/database.ts';
import { readCatalog, type Catalog } from './postgres-catalog.ts';
import { importsOf, readSources, withoutComments, type Source } from './source-files.ts';

const PORTALS = ['account', 'operations', 'platform'];

/** Views named list of tables with few rows: at most 100 are shown, on one page. */
const WITHOUT_PAGES = [
  'account/documents/list',
  'account/units/list',
  'operations/settings/custom-fields/list',
  'operations/settings/labels/list',
  'operations/settings/terms/list',
  'operations/settings/taxes/list',
  'operations/settings/agreement/list',
];

/** Views with pages whose rows are sums that one statement computes, so that no index can order them. */
const PAGES_OF_SUMS = ['operations/reports/ageing'];

/** The list of the audit log with the record as its filter. */
const PAGES_OF_EVENTS = ['operations/records/history'];

interface Declared {
  file: string;
  name: string;
  declaration: Pick<
    ListDeclaration<{ id: string }, never, Filters, string>,
    'from' | 'join' | 'orders' | 'defaultSort'
  >;
}

describe('lists', () => {
  const sources = readSources('src', '.ts');
  const screens = PORTALS.flatMap((portal) => readSources(`src/${portal}`, '.ts'));
  let declared: Declared[];
  let catalog: Catalog;

  before(async () => {
    declared = (await Promise.all(sources.filter(({ file }) => isListFile(file)).map(listsOf))).flat();
    const database = await createTestDatabase();
    const superuser = new pg.Client({ connectionString: database.urls.superuser });
    await superuser.connect();
    catalog = await readCatalog(superuser);
    await superuser.end();
    await database.drop();
  });

  it('are declared in the <noun>-list.ts files of the domain', () => {
    expect(declared.map(({ name }) => name)).to.include.members(['userList', 'companyList', 'tenantList']);
    const elsewhere = sources.filter((source) => declaresList(source) && !isListFile(source.file));
    expect(elsewhere.map(({ file }) => file)).to.eql([]);
  });

  it('are each read by a screen', () => {
    const read = new Set(screens.flatMap(readLists));
    expect(declared.map(({ name }) => name).filter((name) => !read.has(name))).to.eql([]);
  });

  it('have a default order and orders that end in a unique key', () => {
    expect(declared.flatMap((each) => findOrderProblems(each, catalog))).to.eql([]);
  });

  it('are the source of every view that has pages or is named list', () => {
    const paged = readSources('views', '.ejs')
      .filter(({ text }) => /<%- pager\(/.test(text))
      .map(({ file }) => file.replace(/^views\/(.+)\.ejs$/, '$1'));
    expect(paged).to.include('account/billing/list');
    expect(screens.flatMap((screen) => findViewsWithoutList(screen, paged))).to.eql([]);
  });

  it('of staff are shown by one view', () => {
    const paged = readSources('views/operations', '.ejs').filter(({ text }) => /<%- pager\(/.test(text));
    expect(paged.map(({ file }) => file)).to.eql([
      // Each row has an action.
      'views/operations/companies/customer-list.ejs',
      'views/operations/companies/locations.ejs',
      // Rows with several errors or changes.
      'views/operations/imports/rows.ejs',
      'views/operations/list-frame.ejs',
      // Texts instead of tables.
      'views/operations/records/history.ejs',
      'views/operations/records/notes.ejs',
      'views/operations/reports/ageing.ejs',
    ]);
  });

  it('are not built by hand in the screens', () => {
    expect(screens.filter(buildsList).map(({ file }) => file)).to.eql([]);
  });

  it('are paged in src/database only', () => {
    const callers = sources.filter((source) => /\b(paginate|pageOf)(<\w+>)?\(/.test(withoutComments(source)));
    expect(callers.map(({ file }) => file)).to.eql([
      'src/database/counted-rows.ts',
      'src/database/first-rows.ts',
      'src/database/list.ts',
    ]);
  });

  describe('the checks of lists', () => {
    const screenOf = (text: string): Source => ({ file: 'src/operations/x.ts', text, lines: 1 });

    it('report an order whose columns are not unique together', () => {
      const users = { from: 'users as u', defaultSort: 'name' } as const;
      const problemsOf = (columns: string[], changes = {}) =>
        findOrderProblems(
          {
            file: 'bad-list.ts',
            name: 'badList',
            declaration: { ...users, orders: { name: { columns, fields: [] } }, ...changes },
          },
          catalog,
        );
      expect(problemsOf(['u.name_norm', 'u.id'])).to.eql([]);
      expect(problemsOf(['u.name_norm'])).to.have.length(1);
      expect(problemsOf(['u.id', 'u.name_norm'])).to.have.length(1);
      expect(problemsOf(['u.email_norm'])).to.have.length(1);
      expect(problemsOf(['a.at', 'a.id'], { from: 'audit_events as a' })).to.eql([]);
      expect(problemsOf(['a.id'], { from: 'audit_events as a' })).to.have.length(1);
      expect(problemsOf(['u.id'], { defaultSort: '-email' })).to.have.length(1);
    });

    it('report a view with pages whose screen reads no declared list', () => {
      const view = "res.page('operations/x/list', {})";
      const imported = "import { xList } from '../domain/x/x-list.ts';\n";
      expect(findViewsWithoutList(screenOf(view), [])).to.have.length(1);
      expect(findViewsWithoutList(screenOf(`${imported}${view}`), [])).to.have.length(1);
      expect(findViewsWithoutList(screenOf("res.page('operations/x', {})"), ['operations/x'])).to.have.length(
        1,
      );
      expect(findViewsWithoutList(screenOf(`${imported}await readList(req, res, xList);${view}`), [])).to.eql(
        [],
      );
    });

    it('report an order or a limit in a screen', () => {
      expect(buildsList(screenOf("db.from('users').orderBy('id').limit(25)"))).to.equal(true);
      expect(buildsList(screenOf('// .limit(25)'))).to.equal(false);
    });
  });
});

function isListFile(file: string): boolean {
  const [, noun, name] = /^src\/domain\/([a-z-]+)\/([a-z-]+)-list\.ts$/.exec(file) ?? [];
  return noun !== undefined && noun === name;
}

function declaresList(source: Source): boolean {
  return (
    /(?<!\.)\blist\(\{|new List\(/.test(withoutComments(source)) && source.file !== 'src/database/list.ts'
  );
}

async function listsOf({ file }: Source): Promise<Declared[]> {
  // Modules that mocha imports statically are other instances of the same files.
  const { List } = await import('../../src/database/list.ts');
  const module = (await import(`../../${file}`)) as Record<string, unknown>;
  return Object.entries(module).flatMap(([name, value]) =>
    value instanceof List ? [{ file, name, declaration: value.declaration as Declared['declaration'] }] : [],
  );
}

function findOrderProblems({ file, name, declaration }: Declared, catalog: Catalog): string[] {
  const { orders, defaultSort } = declaration;
  const label = `${file} ${name}`;
  const tables = tablesOf(declaration);
  const ambiguous = Object.entries(orders)
    .filter(([, { columns }]) => !endsInUniqueKey(columns, tables, catalog))
    .map(([order]) => `${label}: the order ${order} does not end in a unique key`);
  const hasDefault = Object.hasOwn(orders, defaultSort.replace(/^-/, ''));
  return hasDefault ? ambiguous : [...ambiguous, `${label} has no order ${defaultSort}`];
}

/** The tables of a statement by their aliases. */
function tablesOf({ from, join }: Declared['declaration']): Map<string, string> {
  const rows = knex({ client: 'pg' })(from);
  join?.(rows);
  return new Map([...rows.toSQL().sql.matchAll(/"(\w+)" as "(\w+)"/g)].map(([, table, as]) => [as!, table!]));
}

/** The last column of the order completes a unique index of its table, besides the tenant. */
function endsInUniqueKey(
  columns: readonly string[],
  tables: ReadonlyMap<string, string>,
  { tables: all }: Catalog,
): boolean {
  const [alias, last] = columns.at(-1)!.split('.');
  const ordered = columns
    .filter((column) => column.startsWith(`${alias}.`))
    .map((each) => each.split('.')[1]);
  const unique = all
    .find(({ name }) => name === tables.get(alias!))!
    .indexes.filter(({ is_unique_or_exclusion }) => is_unique_or_exclusion)
    .map((index) => index.columns.filter((column) => column !== 'tenant_id'));
  return unique.some((key) => key.includes(last!) && key.every((column) => ordered.includes(column!)));
}

/** The names of the imported lists that a screen reads. */
function readLists(screen: Source): string[] {
  const isImported = importsOf(screen).some(({ of }) => of.endsWith('-list.ts'));
  const read = [
    ...withoutComments(screen).matchAll(
      /\breadList\(req(?: as Request)?, res, (\w+)|\blistScreen\(\{[^;]*?\blist: (\w+)/g,
    ),
  ];
  return isImported ? read.map(([, one, other]) => (one ?? other)!) : [];
}

function findViewsWithoutList(screen: Source, paged: readonly string[]): string[] {
  const views = [...screen.text.matchAll(/\.page\('([^']+)'/g)].map(([, view]) => view!);
  const lists = views.filter((view) => paged.includes(view) || view.endsWith('/list'));
  if (readLists(screen).length > 0) return [];
  return lists
    .filter((view) => ![...WITHOUT_PAGES, ...PAGES_OF_SUMS, ...PAGES_OF_EVENTS].includes(view))
    .map((view) => `${screen.file} renders ${view} without a declared list`);
}

function buildsList(screen: Source): boolean {
  return /\.(orderBy|orderByRaw|limit|offset)\(/.test(withoutComments(screen));
}
