import { AxeBuilder } from '@axe-core/playwright';
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import type { ServedPortal } from '../support/serve-portal.ts';
import { addressOf, openAs, serveDemo } from './demo.ts';
import { idsOf, pagesOf, type SeenPage } from './pages.ts';

const looks: { name: string; slug: string; options: BrowserContextOptions }[] = [
  { name: 'light', slug: 'acme', options: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' } },
  { name: 'dark', slug: 'acme', options: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' } },
  {
    name: '390 px wide',
    slug: 'acme',
    options: { viewport: { width: 390, height: 800 }, colorScheme: 'light' },
  },
  {
    name: 'right to left, 390 px wide, dark',
    slug: 'najd',
    options: { viewport: { width: 390, height: 800 }, colorScheme: 'dark' },
  },
];

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

  for (const { name, slug, options } of looks) {
    it(name, async () => {
      const pages = pagesOf(await idsOf(portal, slug));
      const found: string[] = [];
      for (const who of ['nobody', 'account', 'operations', 'platform'] as const) {
        const page = await openAs(browser, portal, { who, slug }, options);
        for (const seen of pages.filter((each) => (each.anonymous ? 'nobody' : each.portal) === who))
          found.push(...(await problemsOf(page, addressOf(portal, slug, seen), seen)));
        await page.context().close();
      }
      expect(found).to.deep.equal([]);
    });
  }
});

async function problemsOf(page: Page, address: string, { name }: SeenPage): Promise<string[]> {
  const response = await page.goto(address);
  const status = response?.status() ?? 0;
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  const overflow = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  return [
    ...(status >= 500 ? [`${name}: ${status}`] : []),
    ...(Number(overflow) > 0 ? [`${name}: ${String(overflow)} px wider than the screen`] : []),
    ...violations.map(
      ({ id, nodes }) => `${name}: ${id} at ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
    ),
  ];
}
