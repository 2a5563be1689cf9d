import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import type { ServedPortal } from '../support/serve-portal.ts';
import { openAsCustomer, serveDemoWithHistory } from './demo.ts';
import { bothModes, NARROW, narrowMode, overflow, REDUCED_MOTION, violations } from './page-checks.ts';

/** Customers of the demo who have invoices, by their descriptions. */
const customers = [
  { slug: 'acme', description: 'rents for herself' },
  { slug: 'acme', description: 'of two companies' },
  { slug: 'acme', description: 'rents for himself, and in a company' },
  { slug: 'najd', description: 'of two companies' },
];

/** Each is found at least once. */
const EXPECTED_PAGES = [
  '/account',
  '/account/billing',
  '/account/billing/invoices/:id',
  '/account/billing/ledger',
  '/account/billing/payments',
  '/account/billing/payments/:id',
  '/account/billing/statements',
  '/account/companies/:id',
  '/account/companies/:id/billing',
  '/account/companies/:id/billing/invoices/:id',
  '/account/companies/:id/billing/ledger',
  '/account/companies/:id/billing/statements',
  '/account/companies/:id/units',
  '/account/companies/:id/units/:id',
  '/account/profile',
  '/account/units',
  '/account/units/:id',
  '/account/units/:id/agreement',
  '/account/units/:id/requests/new?kind=move_out',
  '/account/units/:id/requests/new?kind=move_out&wanted_on=:day',
  '/account/units/:id/requests/new?kind=transfer',
];

describe('Pages of customers about units and invoices', function () {
  this.timeout(400_000);
  let browser: Browser;
  let portal: ServedPortal;
  const seen = new Set<string>();

  before(async function () {
    browser = await openBrowser(this);
    portal = await serveDemoWithHistory();
  });
  after(async () => {
    await browser?.close();
    await portal?.close();
  });

  const open = (customer: (typeof customers)[number], options: BrowserContextOptions) =>
    openAsCustomer(browser, portal, customer, options);

  for (const customer of customers) {
    it(`have no violations for a customer of ${customer.slug} who is described as: ${customer.description}`, async () => {
      const isWide = customer === customers[0] || customer === customers[3];
      const page = await open(customer, isWide ? REDUCED_MOTION : { ...REDUCED_MOTION, viewport: NARROW });
      const found = await checkAll(page, isWide ? bothModes : narrowMode, seen);
      expect(found).to.deep.equal([]);
      await page.context().close();
    });
  }

  it('are all visited by these tests', () => {
    expect(EXPECTED_PAGES.filter((path) => !seen.has(path))).to.deep.equal([]);
  });

  it('have no violations in Arabic at 1280 px and in dark mode at 390 px', async () => {
    await portal.owner.query(`update users set locale = 'ar' where audience = 'customer'`);
    const found: string[] = [];
    for (const [customer, options] of [
      [customers[2]!, { ...REDUCED_MOTION, viewport: NARROW, colorScheme: 'dark' }],
      [customers[3]!, REDUCED_MOTION],
    ] as const) {
      const page = await open(customer, options);
      const check = async () => [...(await violations(page, 'rtl')), ...(await overflow(page))];
      found.push(...(await checkAll(page, check)));
      await page.context().close();
    }
    expect(found).to.deep.equal([]);
  });

  describe('say what is owed and why within two clicks', () => {
    before(() => portal.owner.query(`update users set locale = 'en' where audience = 'customer'`));

    const toInvoices = /^(Pay now|Open invoices)$/;

    for (const javaScriptEnabled of [true, false]) {
      it(`on a phone with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
        const page = await open(customers[0]!, { viewport: NARROW, javaScriptEnabled });
        const owed = await page.locator('#next-payment .stat').innerText();
        await page.locator('#next-payment').getByRole('link', { name: toInvoices }).click();
        const invoice = page.locator('#open-invoices tbody tr').first();
        expect(await invoice.innerText()).to.include(owed);
        await invoice.getByRole('link').click();
        expect(await page.locator('#payment').innerText()).to.include(owed);
        expect(await page.locator('.lines tbody tr').count()).to.be.greaterThan(0);
        expect(page.viewportSize()).to.deep.equal(NARROW);
        const { y, height } = (await page.locator('#payment').boundingBox())!;
        expect(y + height, 'what is owed is seen without scrolling').to.be.below(NARROW.height);
      });
    }

    it('with a keyboard, for each of two companies', async () => {
      const page = await open(customers[3]!, REDUCED_MOTION);
      const companies = await page.locator('.context').count();
      expect(companies).to.equal(2);
      let owing = 0;
      for (let n = 0; n < companies; n += 1) {
        await page.goto(portal.account('najd', '/account'));
        const context = page.locator('.context').nth(n);
        const stat = context.locator('.stat').first();
        if ((await stat.count()) === 0) {
          expect(await context.innerText()).to.include('Nothing to pay');
          continue;
        }
        const owed = await stat.innerText();
        owing += 1;
        await tabTo(page, context.getByRole('link', { name: toInvoices }));
        await page.keyboard.press('Enter');
        await page.waitForURL(/\/billing#open-invoices$/);
        await tabTo(page, page.locator('#open-invoices tbody a').first());
        await page.keyboard.press('Enter');
        await page.waitForURL(/\/billing\/invoices\//);
        expect(await page.locator('#payment').innerText()).to.include(owed);
        expect(await page.locator('.lines tbody tr').count()).to.be.greaterThan(0);
      }
      expect(owing).to.be.greaterThan(0);
    });
  });
});

const MAX_TABS = 30;

async function tabTo(page: Page, link: ReturnType<Page['locator']>): Promise<void> {
  for (let n = 0; n < MAX_TABS; n += 1) {
    await page.keyboard.press('Tab');
    if (await link.evaluate((element) => element === element.ownerDocument.activeElement)) return;
  }
  throw new Error(`${MAX_TABS} tabs do not reach the link`);
}

/** Follows the links of the customer portal, and checks one page of each kind. */
async function checkAll(
  page: Page,
  check: (page: Page) => Promise<string[]>,
  seen = new Set<string>(),
): Promise<string[]> {
  const visited = new Set<string>();
  const found: string[] = [];
  const paths = ['/account'];
  for (const path of paths) {
    const kind = kindOf(path);
    if (visited.has(kind)) continue;
    visited.add(kind);
    const response = await page.goto(new URL(path, page.url()).href);
    const problems = response!.status() === 200 ? await check(page) : [`status ${response!.status()}`];
    found.push(...problems.map((problem) => `${kind}: ${problem}`));
    paths.push(...(await linksOf(page)));
  }
  for (const kind of visited) seen.add(kind);
  return found;
}

/** Without downloads, and the pages of other tests. */
async function linksOf(page: Page): Promise<string[]> {
  const hrefs = await page
    .locator('a[href^="/account"]')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')!.replace(/#.*/, '')));
  return [...hrefs, ...(await quotesOf(page))].filter(
    (href) => !/[./](pdf|csv)\b|\/documents\/|\/(terms|security|profile\/)/.test(href),
  );
}

/** The step after the day of a move-out, which is reached with a form. */
async function quotesOf(page: Page): Promise<string[]> {
  const { pathname, search } = new URL(page.url());
  if (search !== '?kind=move_out') return [];
  return [`${pathname}${search}&wanted_on=${await page.locator('[name=wanted_on]').inputValue()}`];
}

/** Ids, days, years and places in a list do not make another page. */
function kindOf(path: string): string {
  return path
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')
    .replace(/\?(?!kind=).*/, '')
    .replace(/\d{4}-\d\d-\d\d/, ':day');
}
