import axe from 'axe-core';
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { inTenant } from '../../src/database/in-tenant.ts';
import { mintToken, type TokenPurpose } from '../../src/domain/token/one-time-token.ts';
import { openBrowser } from '../support/browser.ts';
import type { ServedPortal } from '../support/serve-portal.ts';
import { addressOf, openAs, serveDemo } from './demo.ts';
import { idsOf, pagesOf, type SeenPage } from './pages.ts';

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 800 };
// Colours that are still on their way from light to dark are nobody's.
const STILL = { viewport: WIDE, reducedMotion: 'reduce' } as const;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

describe('Every page is accessible (WCAG 2.2 AA) and fits', function () {
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

  async function lookAt(
    slug: string,
    portals: readonly SeenPage['portal'][],
    options: BrowserContextOptions,
    look: (page: Page) => Promise<string[]>,
  ): Promise<string[]> {
    const pages = pagesOf(await idsOf(portal, slug)).filter((seen) => portals.includes(seen.portal));
    const found: string[] = [];
    for (const who of ['nobody', ...portals] as const) {
      const page = await openAs(browser, portal, { who, slug }, options);
      for (const seen of pages.filter((each) => (each.anonymous ? 'nobody' : each.portal) === who)) {
        const response = await page.goto(addressOf(portal, slug, seen));
        if (response!.status() >= 500) found.push(`${seen.name}: ${response!.status()}`);
        found.push(...(await look(page)).map((problem) => `${seen.name}: ${problem}`));
      }
      await page.context().close();
    }
    return found;
  }

  it('in light, in dark, and 390 px wide', async () => {
    const found = await lookAt('acme', ['account', 'operations', 'platform'], STILL, everyLook);
    expect(found).to.deep.equal([]);
  });

  it('behind the links of mails', async () => {
    const page = await openAs(browser, portal, { who: 'nobody', slug: 'acme' }, STILL);
    const found: string[] = [];
    for (const [purpose, path] of linkPages) {
      const token = await mintFor(portal, purpose);
      const response = await page.goto(portal.account('acme', `${path}?token=${token}`));
      if (response!.status() !== 200) found.push(`${path}: ${response!.status()}`);
      found.push(...(await everyLook(page)).map((problem) => `${path}: ${problem}`));
    }
    expect(found).to.deep.equal([]);
  });

  it('when a form is refused', async () => {
    const found: string[] = [];
    for (const visitor of ['nobody', 'operations', 'platform'] as const) {
      const page = await openAs(browser, portal, { who: visitor, slug: 'acme' }, STILL);
      for (const { path, portal: of } of refusingForms.filter((each) => each.visitor === visitor)) {
        await page.goto(addressOf(portal, 'acme', { portal: of, path }));
        await page.locator('main form .btn.primary').first().click();
        await page.getByText('There is a problem').waitFor();
        found.push(...(await everyLook(page)).map((problem) => `${path}: ${problem}`));
      }
    }
    expect(found).to.deep.equal([]);
  });

  it('right to left, on a phone, in the dark', async () => {
    const options = { viewport: NARROW, colorScheme: 'dark' } as const;
    const found = await lookAt('najd', ['account'], options, async (page) => [
      ...(await violations(page, 'rtl')),
      ...(await overflow(page)),
    ]);
    expect(found).to.deep.equal([]);
  });
});

const linkPages: [TokenPurpose, string][] = [
  ['invitation', '/account/invitation'],
  ['set_password', '/account/set-password'],
  ['reset_password', '/account/reset-password'],
  ['verify_email', '/account/verify-email'],
];

const refusingForms = [
  { visitor: 'nobody', portal: 'account', path: '/account/login' },
  { visitor: 'nobody', portal: 'account', path: '/account/forgot-password' },
  { visitor: 'nobody', portal: 'account', path: '/account/activate' },
  { visitor: 'operations', portal: 'operations', path: '/users/new' },
  { visitor: 'operations', portal: 'operations', path: '/customers/companies/new' },
  { visitor: 'operations', portal: 'operations', path: '/settings/custom-fields/new' },
  { visitor: 'operations', portal: 'operations', path: '/settings/team/new' },
  { visitor: 'platform', portal: 'platform', path: '/tenants/new' },
] as const;

/** A link of somebody of the demo who has no password yet. */
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

/** In light, in dark, and 390 px wide; what is not about colour is the same in the dark. */
async function everyLook(page: Page): Promise<string[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await violations(page, 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
  const dark = await violations(page, 'dark', ['color-contrast', 'link-in-text-block']);
  await page.setViewportSize(NARROW);
  const narrow = [...(await violations(page, '390 px')), ...(await overflow(page))];
  await page.setViewportSize(WIDE);
  return [...light, ...dark, ...narrow];
}

/** By axe in the page alone: a mail's frame takes no scripts, and would keep it waiting. */
async function violations(page: Page, look: string, rules?: string[]): Promise<string[]> {
  const runOnly = rules ? { type: 'rule', values: rules } : { type: 'tag', values: RULES };
  await page.evaluate(axe.source);
  const options = JSON.stringify({ runOnly, iframes: false, resultTypes: ['violations'] });
  const found = (await page.evaluate(
    `axe.run(document, ${options}).then((result) => result.violations)`,
  )) as axe.Result[];
  return found.map(
    ({ id, nodes }) => `${id} (${look}) at ${nodes.map((node) => String(node.target)).join(', ')}`,
  );
}

async function overflow(page: Page): Promise<string[]> {
  const root = 'document.documentElement';
  const pixels = Number(await page.evaluate(`${root}.scrollWidth - ${root}.clientWidth`));
  return pixels > 0 ? [`${pixels} px wider than the screen`] : [];
}
