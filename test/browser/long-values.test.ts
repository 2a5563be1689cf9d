import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import type { ServedPortal } from '../support/serve-portal.ts';
import { addressOf, openAs, serveDemo } from './demo.ts';
import { checkPages, overflow, violations } from './page-checks.ts';
import { idsOf, pagesOf, type TestedPage } from './pages.ts';

const SLUG = 'acme';
const WIDTHS = [1280, 390, 320];
const LONG_NAME = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3).slice(0, 100);
/** 190 characters with a number of three digits in front. */
const LONG_ADDRESS = `${'a'.repeat(57)}@${'b'.repeat(60)}.${'c'.repeat(60)}.example`;

describe('Pages with long values', function () {
  this.timeout(240_000);
  let browser: Browser;
  let portal: ServedPortal;
  let pages: TestedPage[];
  let overflows: string[];
  let inaccessible: string[];

  before(async function () {
    browser = await openBrowser(this);
    portal = await serveDemo();
    await storeLongValues(portal);
    pages = pagesOf(await idsOf(portal, SLUG)).filter(({ anonymous }) => !anonymous);
    [overflows, inaccessible] = await inspectPages();
  });
  after(async () => {
    await browser?.close();
    await portal?.close();
  });

  async function inspectPages(): Promise<[string[], string[]]> {
    const found: string[] = [];
    const visits = { slug: SLUG, pages, options: { reducedMotion: 'reduce' } } as const;
    const tooWide = await checkPages(browser, portal, visits, async (page, address) => {
      await page.goto(address);
      const problems: string[] = [];
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 });
        const all = [...(await overflow(page)), ...(await overflow(page, '.table-wrap'))];
        problems.push(...all.map((problem) => `${problem} at ${width} px`));
        if (width === 320) continue;
        found.push(...(await violations(page, `${width} px`)).map((problem) => `${address}: ${problem}`));
      }
      return problems;
    });
    return [tooWide, found];
  }

  it('do not scroll sideways at 1280, 390 and 320 px, and nor do their tables', () => {
    expect(overflows).to.deep.equal([]);
  });

  it('have no accessibility violations at 1280 and 390 px', () => {
    expect(inaccessible).to.deep.equal([]);
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
