import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { inTenant } from '../../src/database/in-tenant.ts';
import { mintToken, type TokenPurpose } from '../../src/domain/token/one-time-token.ts';
import { openBrowser } from '../support/browser.ts';
import type { ServedPortal } from '../support/serve-portal.ts';
import { addressOf, openAs, openAsCustomer, serveDemo } from './demo.ts';
import {
  bothModes,
  checkPages,
  NARROW,
  narrowMode,
  otherModes,
  REDUCED_MOTION,
  wideMode,
} from './page-checks.ts';
import { openAndWeigh } from './page-weight.ts';
import { idsOf, pagesOf, type TestedPage } from './pages.ts';
import { emptyMoneyPages } from './staff-money-pages.ts';

describe('Accessibility (WCAG 2.2 AA)', function () {
  this.timeout(240_000);
  let browser: Browser;
  let portal: ServedPortal;

  before(async function () {
    browser = await openBrowser(this);
    portal = await serveDemo();
  });
  after(async () => {
    await browser?.close();
    await portal?.close();
  });

  const pagesOfPortals = async (slug: string, portals: readonly TestedPage['portal'][]) =>
    pagesOf(await idsOf(portal, slug)).filter((page) => portals.includes(page.portal));

  describe('and the weight of pages, which are opened once for both', () => {
    const tooHeavy: string[] = [];
    let found: string[];

    before(async () => {
      // The test of the staff pages about money visits those with rows.
      const elsewhere = new Set(emptyMoneyPages().map(({ path }) => path));
      const pages = await pagesOfPortals('acme', ['account', 'operations', 'platform']);
      const visits = { slug: 'acme', pages, options: REDUCED_MOTION };
      found = await checkPages(browser, portal, visits, async (page, address, { anonymous }) => {
        const { status, excesses } = await openAndWeigh(page, address);
        const { pathname, search } = new URL(address);
        if (!pathname.startsWith('/dev/'))
          tooHeavy.push(...excesses.map((excess) => `${pathname}: ${excess}`));
        const problems = status >= 500 ? [String(status)] : [];
        if (elsewhere.has(pathname + search)) return problems;
        // The test of long values checks the others in dark mode at 390 px.
        const check = anonymous ? bothModes : wideMode;
        return [...problems, ...(await check(page))];
      });
    });

    it('has no violations on any page at 1280 px in light mode, nor before the login at 390 px in dark mode', () => {
      expect(found).to.deep.equal([]);
    });

    it('is at most 5 requests, 12 KB of HTML, 15 of CSS, 4 of JavaScript and 30 in total, compressed', () => {
      expect(tooHeavy).to.deep.equal([]);
    });
  });

  it('has no violations at 1280 px in dark mode and at 390 px in light mode on a page of each layout', async () => {
    const pages = (await pagesOfPortals('acme', ['account', 'operations', 'platform'])).filter(({ name }) =>
      LAYOUTS.includes(name),
    );
    expect(pages.map(({ name }) => name)).to.have.members(LAYOUTS);
    const visits = { slug: 'acme', pages, options: REDUCED_MOTION };
    const found = await checkPages(browser, portal, visits, async (page, address) => [
      ...(await open(page, address)),
      ...(await otherModes(page)),
    ]);
    expect(found).to.deep.equal([]);
  });

  it('has no violations on the pages behind mailed links', async () => {
    const page = await openAs(browser, portal, { who: 'anonymous', slug: 'acme' }, REDUCED_MOTION);
    const found: string[] = [];
    for (const [purpose, path] of linkPages) {
      const token = await mintFor(portal, purpose);
      const response = await page.goto(portal.account('acme', `${path}?token=${token}`));
      if (response!.status() !== 200) found.push(`${path}: ${response!.status()}`);
      found.push(...(await bothModes(page)).map((problem) => `${path}: ${problem}`));
    }
    expect(found).to.deep.equal([]);
  });

  for (const description of ['of two companies', 'rents for himself, and in a company']) {
    it(`has no violations on the pages of a customer who is described as: ${description}`, async () => {
      const customer = { slug: 'acme', description };
      const page = await openAsCustomer(browser, portal, customer, REDUCED_MOTION);
      const found: string[] = [];
      for (const path of ['/account/billing', '/account']) {
        await page.goto(portal.account('acme', path));
        found.push(...(await bothModes(page)).map((problem) => `${path}: ${problem}`));
      }
      // Open, it covers the buttons of other pages.
      for (const switcher of await page.locator('.switcher summary').all()) await switcher.click();
      found.push(...(await bothModes(page)).map((problem) => `/account with an open menu: ${problem}`));
      expect(found).to.deep.equal([]);
    });
  }

  it('has no violations on forms with errors', async () => {
    const found: string[] = [];
    for (const visitor of ['anonymous', 'operations', 'platform'] as const) {
      const page = await openAs(browser, portal, { who: visitor, slug: 'acme' }, REDUCED_MOTION);
      for (const { path, portal: of } of formsWithErrors.filter((each) => each.visitor === visitor)) {
        await page.goto(addressOf(portal, 'acme', { portal: of, path }));
        for (const field of await page.locator('main form input[required]').all()) await field.clear();
        await page.locator('main form .btn.primary').first().click();
        await page.getByText('There is a problem').waitFor();
        found.push(...(await bothModes(page)).map((problem) => `${path}: ${problem}`));
      }
    }
    expect(found).to.deep.equal([]);
  });

  it('has no violations before the login in a right-to-left language in dark mode at 390 px', async () => {
    const options = { viewport: NARROW, colorScheme: 'dark' } as const;
    const pages = (await pagesOfPortals('najd', ['account'])).filter(({ anonymous }) => anonymous);
    const visits = { slug: 'najd', pages, options };
    const found = await checkPages(browser, portal, visits, async (page, address) => [
      ...(await open(page, address)),
      ...(await narrowMode(page)),
    ]);
    expect(found).to.deep.equal([]);
  });
});

/** Login pages, lists, records and forms of each portal. */
const LAYOUTS = [
  'account /account/login',
  'account /account',
  'account /account/profile',
  'account /account/billing',
  'operations /login',
  'operations /dashboard',
  'operations /users',
  'operations /users/:id',
  'operations /users/new',
  'operations /settings',
  'platform /login',
  'platform /dev/ui',
  'platform /tenants',
  'platform /tenants/:id',
];

const linkPages: [TokenPurpose, string][] = [
  ['invitation', '/account/invitation'],
  ['set_password', '/account/set-password'],
  ['reset_password', '/account/reset-password'],
  ['verify_email', '/account/verify-email'],
];

const formsWithErrors = [
  { visitor: 'anonymous', portal: 'account', path: '/account/login' },
  { visitor: 'anonymous', portal: 'account', path: '/account/forgot-password' },
  { visitor: 'anonymous', portal: 'account', path: '/account/activate' },
  { visitor: 'operations', portal: 'operations', path: '/users/new' },
  { visitor: 'operations', portal: 'operations', path: '/customers/companies/new' },
  { visitor: 'operations', portal: 'operations', path: '/settings/business' },
  { visitor: 'operations', portal: 'operations', path: '/settings/custom-fields/new' },
  { visitor: 'operations', portal: 'operations', path: '/settings/team/new' },
  { visitor: 'platform', portal: 'platform', path: '/tenants/new' },
] as const;

/** A token for a demo customer without a password. */
async function mintFor(portal: ServedPortal, purpose: TokenPurpose): Promise<string> {
  const { rows } = await portal.owner.query<{ tenant_id: string; id: string; email_norm: string }>(
    `select u.tenant_id, u.id, u.email_norm from users u join tenants t on t.id = u.tenant_id
     where t.slug = 'acme' and u.audience = 'customer' and u.access = 'invited' and u.status = 'enabled' limit 1`,
  );
  const { tenant_id, id, email_norm } = rows[0]!;
  const minted = await inTenant(portal.database, tenant_id, (db) =>
    mintToken(db, { user_id: id, purpose, sent_to: email_norm }),
  );
  return minted.token;
}

async function open(page: Page, address: string): Promise<string[]> {
  const status = (await page.goto(address))!.status();
  return status >= 500 ? [String(status)] : [];
}
