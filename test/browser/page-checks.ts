import type axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page, ViewportSize } from 'playwright-core';
import { AXE_PATH, type ServedPortal } from '../support/serve-portal.ts';
import { addressOf, openAs } from './demo.ts';
import type { TestedPage } from './pages.ts';

const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 390, height: 800 };
// Otherwise axe measures the intermediate colours of transitions.
export const REDUCED_MOTION = { viewport: WIDE, reducedMotion: 'reduce' } as const;

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe reports. Excludes frames, because the frame of an email runs no scripts and axe would wait for it. */
export async function violations(page: Page, mode: string, rules?: string[]): Promise<string[]> {
  const runOnly = rules ? { type: 'rule', values: rules } : { type: 'tag', values: RULES };
  if (!(await page.evaluate('Boolean(window.axe)'))) await page.addScriptTag({ url: AXE_PATH });
  const options = JSON.stringify({ runOnly, iframes: false, resultTypes: ['violations'] });
  const found = (await page.evaluate(
    `axe.run(document, ${options}).then((result) => result.violations)`,
  )) as axe.Result[];
  return found.map(
    ({ id, nodes }) => `${id} (${mode}) at ${nodes.map((node) => String(node.target)).join(', ')}`,
  );
}

/** The rules whose result depends on the width of the page. */
export const RULES_OF_WIDTH = ['target-size', 'scrollable-region-focusable'];

/** At 1280 px in light mode and at 390 px in dark mode. */
export async function bothModes(page: Page): Promise<string[]> {
  const wide = await wideMode(page);
  await setMode(page, { viewport: NARROW, colorScheme: 'dark' });
  const narrow = [...(await violations(page, 'dark, 390 px')), ...(await overflow(page))];
  await setMode(page, { viewport: WIDE, colorScheme: 'light' });
  return [...wide, ...narrow];
}

/** In dark mode at 1280 px and in light mode at 390 px, for what a page shows only at one of these widths. */
export async function otherModes(page: Page): Promise<string[]> {
  await setMode(page, { viewport: WIDE, colorScheme: 'dark' });
  const wide = await violations(page, 'dark');
  await setMode(page, { viewport: NARROW, colorScheme: 'light' });
  const narrow = await violations(page, '390 px');
  await setMode(page, { viewport: WIDE, colorScheme: 'light' });
  return [...wide, ...narrow];
}

interface Mode {
  viewport: ViewportSize;
  colorScheme: 'light' | 'dark';
}

async function setMode(page: Page, { viewport, colorScheme }: Mode): Promise<void> {
  await page.setViewportSize(viewport);
  await page.emulateMedia({ colorScheme });
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
}

/** On a page that is 1280 px wide, in light mode. */
export async function wideMode(page: Page): Promise<string[]> {
  return [...(await violations(page, 'light')), ...(await overflow(page))];
}

/** On a page that is as wide as a phone. */
export async function narrowMode(page: Page): Promise<string[]> {
  return [...(await violations(page, '390 px')), ...(await overflow(page))];
}

/** By how much the page, or an element that can scroll, is wider than its box. */
export async function overflow(page: Page, selector = 'html'): Promise<string[]> {
  const widths = await page
    .locator(selector)
    .evaluateAll((boxes) => boxes.map((box) => box.scrollWidth - box.clientWidth));
  return widths.filter((pixels) => pixels > 0).map((pixels) => `${selector} is ${pixels} px too narrow`);
}

export interface Visits {
  slug: string;
  pages: readonly TestedPage[];
  options?: BrowserContextOptions;
}

type CheckPage = (page: Page, address: string, tested: TestedPage) => Promise<string[]>;

/** Calls `check` for each page, logged in where the page needs it. Two browser contexts share the pages, for two cores. */
export async function checkPages(
  browser: Browser,
  portal: ServedPortal,
  { pages, ...visits }: Visits,
  check: CheckPage,
): Promise<string[]> {
  const halves = [0, 1].map((half) => pages.filter((_page, n) => n % 2 === half));
  const found = halves.map((half) => checkHalf(browser, portal, { pages: half, ...visits }, check));
  return (await Promise.all(found)).flat();
}

async function checkHalf(
  browser: Browser,
  portal: ServedPortal,
  { slug, pages, options }: Visits,
  check: CheckPage,
): Promise<string[]> {
  const found: string[] = [];
  for (const who of ['anonymous', 'account', 'operations', 'platform'] as const) {
    const visited = pages.filter((each) => (each.anonymous ? 'anonymous' : each.portal) === who);
    if (visited.length === 0) continue;
    const page = await openAs(browser, portal, { who, slug }, options);
    for (const tested of visited) {
      const problems = await check(page, addressOf(portal, slug, tested), tested);
      found.push(...problems.map((problem) => `${tested.name}: ${problem}`));
    }
    await page.context().close();
  }
  return found;
}
