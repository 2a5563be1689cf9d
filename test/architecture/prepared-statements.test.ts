import { expect } from 'chai';
import { StatementCounter } from '../support/count-statements.ts';
import { signIn } from '../support/factories.ts';
import { parseHtml } from '../support/html.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import type { Visitor } from '../support/visitor.ts';
import { countParameters, fillParameters, isGet, portalRoutes } from './routes.ts';
import { readSources, withoutComments } from './source-files.ts';
import { seedTenant, type SeededTenant } from './seed-tenant.ts';

describe('prepared statements', () => {
  let portal: OwnPortal;
  let tenant: SeededTenant;
  let staff: Visitor;
  let counter: StatementCounter;

  before(async () => {
    portal = await startPortal();
    tenant = await seedTenant(portal, 'Alpha');
    staff = await signIn(portal, tenant.operations, tenant.staff);
    counter = new StatementCounter(portal.database.app);
  });
  after(() => portal.close());

  const pages = portalRoutes.operations.filter(
    (route) => isGet(route) && countParameters(route.path) < 2 && !route.path.endsWith('/logout'),
  );

  it('select and return named columns, because a new column changes the result of *', async () => {
    expect(RETURNS_ALL_COLUMNS.test('select a.*, count(*) from a')).to.equal(true);
    expect(RETURNS_ALL_COLUMNS.test('update a set b = 1 returning *')).to.equal(true);
    expect(RETURNS_ALL_COLUMNS.test('select count(*) from a where b in (select * from c)')).to.equal(false);
    for (const { path } of pages) {
      const { texts } = await preparedFor(fillParameters(path, [tenant.company.id]));
      expect(
        texts.filter((text) => RETURNS_ALL_COLUMNS.test(text)),
        path,
      ).to.eql([]);
    }
    const selectingAll = readSources('src', '.ts')
      .filter(({ file }) => file !== 'src/database/columns.ts')
      .filter((source) => /\.first\(\)|\breturning\('\*'\)|\breturning \*/.test(withoutComments(source)));
    expect(selectingAll.map(({ file }) => file)).to.eql([]);
  });

  const preparedFor = async (path: string) => {
    counter.start();
    const response = await staff.get(path);
    return { html: response.text, texts: [...counter.counted.prepared.values()] };
  };

  it('are the same with and without filters or a search, and one more for an order', async function () {
    this.timeout(60_000);
    let queries = 0;
    let orders = 0;
    for (const { path: pattern } of pages.filter(({ path }) => !path.endsWith('/new'))) {
      const path = fillParameters(pattern, [tenant.company.id]);
      const { html, texts } = await preparedFor(path);
      for (const query of listQueries(html)) {
        queries += 1;
        const filtered = await preparedFor(`${path}${query}`);
        const added = filtered.texts.filter((text) => !texts.includes(text));
        expect(added.length, `${path}${query}: ${added.join()}`).to.be.at.most(isOrder(query) ? 1 : 0);
        orders += added.length;
      }
    }
    expect(queries).to.be.greaterThan(30);
    expect(orders).to.be.greaterThan(3);
  });
});

/** Ignores subqueries of a list and `count(*)`. */
const RETURNS_ALL_COLUMNS = /(^select|\breturning)\s((?!\bfrom\b)[^*]|\(\*)*(?<!\()\*/i;

/** One query for each value of each control of the filters, and for each link that sorts or filters the page. */
function listQueries(html: string): string[] {
  const root = parseHtml(html);
  const links = root
    .querySelectorAll('a[href^="?"]')
    .map((link) => link.getAttribute('href')!.replaceAll('&amp;', '&'));
  const controls = root
    .querySelectorAll('form[method="get"] [name]')
    .flatMap((control) =>
      valuesOf(control).map(
        (value) => `?${new URLSearchParams([[control.getAttribute('name')!, value]]).toString()}`,
      ),
    );
  return [...new Set([...links, ...controls])];
}

function isOrder(query: string): boolean {
  return [...new URLSearchParams(query).keys()].join() === 'sort';
}

/** Without empty values, which the page removes with a redirect. */
function valuesOf(control: ReturnType<typeof parseHtml>): string[] {
  if (control.tagName === 'SELECT')
    return control
      .querySelectorAll('option')
      .map((option) => option.getAttribute('value') ?? '')
      .filter(Boolean);
  return [
    control.getAttribute('value') || (control.getAttribute('type') === 'date' ? '2026-01-01' : 'alpha'),
  ];
}
