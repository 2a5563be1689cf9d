import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import type { ServedPortal } from '../support/serve-portal.ts';
import { addressOf, openAs, serveDemo } from './demo.ts';
import { overflow, violations } from './page-checks.ts';
import { idsOf, pagesOf, type TestedPage } from './pages.ts';

const SLUG = 'acme';
const PORTALS = ['account', 'operations', 'platform'] as const;
const WIDTHS = [1280, 390, 320];
const LONG_NAME = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3).slice(0, 100);
/** 190 characters with a number of three digits in front. */
const LONG_ADDRESS = `${'a'.repeat(57)}@${'b'.repeat(60)}.${'c'.repeat(60)}.example`;

describe('Pages with long values', function () {
  this.timeout(240_000);
  let browser: Browser;
  let portal: ServedPortal;
  let pages: TestedPage[];

  before(async function () {
    browser = await openBrowser(this);
    portal = await serveDemo();
    await storeLongValues(portal);
    pages = pagesOf(await idsOf(portal, SLUG)).filter(({ anonymous }) => !anonymous);
  });
  after(async () => {
    await browser?.close();
    await portal?.close();
  });

  async function checkPages(check: (page: Page) => Promise<string[]>): Promise<string[]> {
    const found: string[] = [];
    for (const who of PORTALS) {
      const page = await openAs(browser, portal, { who, slug: SLUG }, { reducedMotion: 'reduce' });
      for (const seen of pages.filter((each) => each.portal === who)) {
        await page.goto(addressOf(portal, SLUG, seen));
        found.push(...(await check(page)).map((problem) => `${seen.name}: ${problem}`));
      }
      await page.context().close();
    }
    return found;
  }

  it('do not scroll sideways at 1280, 390 and 320 px, and nor do their tables', async () => {
    const found = await checkPages(async (page) => {
      const problems: string[] = [];
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        const all = [...(await overflow(page)), ...(await overflow(page, '.table-wrap'))];
        problems.push(...all.map((problem) => `${problem} at ${width} px`));
      }
      return problems;
    });
    expect(found).to.deep.equal([]);
  });

  it('have no accessibility violations at 1280 and 390 px', async () => {
    const found = await checkPages(async (page) => {
      await page.setViewportSize({ width: 1280, height: 800 });
      const wide = await violations(page, '1280 px');
      await page.setViewportSize({ width: 390, height: 800 });
      return [...wide, ...(await violations(page, '390 px'))];
    });
    expect(found).to.deep.equal([]);
  });

  it('have rows of at most 41 px in the list of users, and forms of roles of at most two screens', async () => {
    const page = await openAs(browser, portal, { who: 'operations', slug: SLUG });
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(portal.operations(SLUG, '/users'));
    const heights = await page.locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.clientHeight));
    expect(heights.filter((height) => height > 41)).to.deep.equal([]);
    const roles = pages.find(({ name }) => name.endsWith('/customers/new'))!;
    await page.goto(addressOf(portal, SLUG, roles));
    expect(await page.evaluate('document.documentElement.scrollHeight')).to.be.below(1600);
    await page.getByLabel('Search: Roles').fill('long role 64');
    expect(await page.locator('.check:visible').count()).to.equal(1);
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
    const page = await openAs(browser, portal, { who: 'operations', slug: SLUG });
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(portal.operations(SLUG, '/users'));
      const name = (await page.locator('.side .brand small').boundingBox())!;
      const menu = (await page.locator('.side .fold').boundingBox())!;
      expect(menu.x - (name.x + name.width), `${width} px`).to.be.at.least(12);
    }
  });

  it('have larger headings of groups than labels of fields in forms', async () => {
    const page = await openAs(browser, portal, { who: 'operations', slug: SLUG });
    await page.goto(portal.operations(SLUG, '/settings/business'));
    const sizeOf = (selector: string) =>
      page.evaluate<number>(`parseFloat(getComputedStyle(document.querySelector('${selector}')).fontSize)`);
    expect(await sizeOf('legend')).to.be.above((await sizeOf('.field > label')) + 2);
  });
});

/** Gives the people and companies of a tenant long names and addresses, and its customers 65 more roles. */
async function storeLongValues({ owner }: ServedPortal): Promise<void> {
  const { rows } = await owner.query<{ id: string }>('select id from tenants where slug = $1', [SLUG]);
  const tenant = rows[0]!.id;
  await owner.query('update users set first_name = $2, last_name = null, name = $2 where tenant_id = $1', [
    tenant,
    LONG_NAME,
  ]);
  await owner.query(
    `update users u set email = numbered.n || $2 from
       (select id, 100 + row_number() over (order by id) as n from users where tenant_id = $1) numbered
     where u.tenant_id = $1 and u.id = numbered.id and u.password_hash is null`,
    [tenant, LONG_ADDRESS],
  );
  await owner.query('update emails set to_address = $2, subject = $3 where tenant_id = $1', [
    tenant,
    `100${LONG_ADDRESS}`,
    LONG_NAME,
  ]);
  await owner.query('update companies set name = $2 where tenant_id = $1', [tenant, LONG_NAME]);
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
