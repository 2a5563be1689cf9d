import axe from 'axe-core';
import type { Page } from 'playwright-core';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe reports. Excludes frames, because the frame of an email runs no scripts and axe would wait for it. */
export async function violations(page: Page, mode: string, rules?: string[]): Promise<string[]> {
  const runOnly = rules ? { type: 'rule', values: rules } : { type: 'tag', values: RULES };
  if (!(await page.evaluate('Boolean(window.axe)'))) await page.evaluate(axe.source);
  const options = JSON.stringify({ runOnly, iframes: false, resultTypes: ['violations'] });
  const found = (await page.evaluate(
    `axe.run(document, ${options}).then((result) => result.violations)`,
  )) as axe.Result[];
  return found.map(
    ({ id, nodes }) => `${id} (${mode}) at ${nodes.map((node) => String(node.target)).join(', ')}`,
  );
}

/** By how much the page, or an element that can scroll, is wider than its box. */
export async function overflow(page: Page, selector = 'html'): Promise<string[]> {
  const widths = await page
    .locator(selector)
    .evaluateAll((boxes) => boxes.map((box) => box.scrollWidth - box.clientWidth));
  return widths.filter((pixels) => pixels > 0).map((pixels) => `${selector} is ${pixels} px too narrow`);
}
