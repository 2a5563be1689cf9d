import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import type { ServedPortal } from '../support/serve-portal.ts';
import { addressOf, openAs, openAsCustomer, serveDemo } from './demo.ts';
import { checkPages, overflow, RULES_OF_WIDTH, violations } from './page-checks.ts';
import { idsOf, pagesOf, type TestedPage } from './pages.ts';

const PORTALS = ['account', 'operations', 'platform'] as const;
interface Mode {
  width: number;
  colorScheme: 'light' | 'dark';
  /** All without it. */
  rules?: string[];
}

const MODES: readonly Mode[] = [
  { width: 1280, colorScheme: 'light', rules: RULES_OF_WIDTH },
  { width: 390, colorScheme: 'dark' },
  { width: 320, colorScheme: 'light', rules: RULES_OF_WIDTH },
];
// Otherwise axe measures the intermediate colours of transitions.
const REDUCED_MOTION = { reducedMotion: 'reduce' } as const;
const LONG_NAMES = {
  acme: 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3).slice(0, 100),
  najd: 'المستشفيات'.repeat(10),
};
/** 190 characters with a number of three digits in front. */
const LONG_ADDRESS = `${'a'.repeat(57)}@${'b'.repeat(60)}.${'c'.repeat(60)}.example`;

type Slug = keyof typeof LONG_NAMES;

describe('Pages with long values', function () {
  this.timeout(240_000);
  let browser: Browser;
  let portal: ServedPortal;

  before(async function () {
    browser = await openBrowser(this);
    portal = await serveDemo();
    for (const slug of ['acme', 'najd'] as const) await storeLongValues(portal, slug);
  });
  after(async () => {
    await browser?.close();
    await portal?.close();
  });

  async function findProblems(slug: Slug, portals: readonly TestedPage['portal'][]): Promise<string[]> {
    const pages = pagesOf(await idsOf(portal, slug)).filter(
      (page) => !page.anonymous && portals.includes(page.portal),
    );
    return checkPages(browser, portal, { slug, pages, options: REDUCED_MOTION }, async (page, address) => {
      await page.goto(address);
      return problemsOf(page);
    });
  }

  async function checkCompanySwitcher(slug: Slug): Promise<string[]> {
    const customer = { slug, description: 'of two companies' };
    const page = await openAsCustomer(browser, portal, customer, REDUCED_MOTION);
    const found: string[] = [];
    for (const path of ['/account', '/account/billing']) {
      await page.goto(portal.account(slug, path));
      await page.locator('.switcher summary').click();
      found.push(...(await problemsOf(page)).map((problem) => `${path}: ${problem}`));
    }
    await page.context().close();
    return found;
  }

  it('have no accessibility violations and do not scroll sideways, light and dark, at 1280, 390 and 320 px', async () => {
    expect(await findProblems('acme', PORTALS)).to.deep.equal([]);
    expect(await checkCompanySwitcher('acme')).to.deep.equal([]);
  });

  it('have no accessibility violations and do not scroll sideways in a right-to-left language', async () => {
    expect(await findProblems('najd', ['account'])).to.deep.equal([]);
    expect(await checkCompanySwitcher('najd')).to.deep.equal([]);
  });

  it('have rows of at most 41 px in the list of users, and forms of roles of at most two screens', async () => {
    const page = await openAs(browser, portal, { who: 'operations', slug: 'acme' });
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(portal.operations('acme', '/users'));
    const heights = await page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.clientHeight));
    expect(heights.filter((height) => height > 41)).to.deep.equal([]);
    const roles = pagesOf(await idsOf(portal, 'acme')).find(({ name }) => name.endsWith('/customers/new'))!;
    await page.goto(addressOf(portal, 'acme', roles));
    expect(await page.evaluate('document.documentElement.scrollHeight')).to.be.below(1600);
    await page.getByLabel('Search: Roles').fill('long role 64');
    expect(await page.locator('.checks .check:visible').count()).to.equal(1);
    expect(await page.locator('.checks [role=group]:visible .label').allTextContents()).to.deep.equal([
      'Your own roles 65',
    ]);
  });

  it('give the names a quarter of the width of the list of users', async () => {
    const page = await openAs(browser, portal, { who: 'operations', slug: 'najd' });
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(portal.operations('najd', '/users'));
    const widthOf = async (selector: string) => (await page.locator(selector).first().boundingBox())!.width;
    expect((await widthOf('td.name')) / (await widthOf('.table'))).to.be.above(0.25);
  });

  it('keep the name of the portal apart from the menu button on a phone', async () => {
    const page = await openAs(browser, portal, { who: 'operations', slug: 'najd' });
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(portal.operations('najd', '/users'));
      const name = (await page.locator('.side .brand small').boundingBox())!;
      const menu = (await page.locator('.side .fold').boundingBox())!;
      expect(menu.x - (name.x + name.width), `${width} px`).to.be.at.least(12);
    }
  });

  it('have larger headings of groups than labels of fields in forms', async () => {
    const page = await openAs(browser, portal, { who: 'operations', slug: 'najd' });
    await page.goto(portal.operations('najd', '/settings/business'));
    const sizeOf = (selector: string) =>
      page.evaluate<number>(`parseFloat(getComputedStyle(document.querySelector('${selector}')).fontSize)`);
    expect(await sizeOf('legend')).to.be.above((await sizeOf('.field > label')) + 2);
  });
});

/** Of axe, and the pixels by which the page or one of its tables is too wide. */
async function problemsOf(page: Page): Promise<string[]> {
  const problems: string[] = [];
  for (const { width, colorScheme, rules } of MODES) {
    const mode = `${colorScheme}, ${width} px`;
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
    const tooWide = [...(await overflow(page)), ...(await overflow(page, '.table-wrap'))];
    problems.push(
      ...tooWide.map((problem) => `${problem} (${mode})`),
      ...(await violations(page, mode, rules)),
    );
  }
  return problems;
}

/** Gives the people and companies of a tenant long names and addresses, and its customers 65 more roles. */
async function storeLongValues({ owner }: ServedPortal, slug: Slug): Promise<void> {
  const { rows } = await owner.query<{ id: string }>('select id from tenants where slug = $1', [slug]);
  const tenant = rows[0]!.id;
  await owner.query('update users set first_name = $2, last_name = null, name = $2 where tenant_id = $1', [
    tenant,
    LONG_NAMES[slug],
  ]);
  await owner.query(
    `update users u set email = numbered.n || $2, email_norm = numbered.n || $2, email_order = numbered.n || $2 from
       (select id, 100 + row_number() over (order by id) as n from users where tenant_id = $1) numbered
     where u.tenant_id = $1 and u.id = numbered.id and u.password_hash is null`,
    [tenant, LONG_ADDRESS],
  );
  await owner.query('update emails set to_address = $2, subject = $3 where tenant_id = $1', [
    tenant,
    `100${LONG_ADDRESS}`,
    LONG_NAMES[slug],
  ]);
  await owner.query('update companies set name = $2 where tenant_id = $1', [tenant, LONG_NAMES[slug]]);
  await owner.query(
    `insert into roles (tenant_id, id, audience, code, name, description, position)
     select $1, gen_random_uuid(), 'customer', 'long_' || n, 'Long role ' || n || ' of many', 'About ' || n, n
     from generate_series(1, 65) n`,
    [tenant],
  );
  await owner.query(
    `insert into role_assignments (tenant_id, id, user_id, role_id, company_id)
     select m.tenant_id, gen_random_uuid(), m.user_id, r.id, m.company_id from memberships m
     join roles r on r.tenant_id = m.tenant_id and r.code like 'long%' where m.tenant_id = $1`,
    [tenant],
  );
}
