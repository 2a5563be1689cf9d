import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Browser, Page, Response } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import type { ServedPortal } from '../support/serve-portal.ts';
import { serveDemo } from './demo.ts';
import { checkPages } from './page-checks.ts';
import { idsOf, pagesOf } from './pages.ts';

const KB = 1024;

describe('Page weight', function () {
  this.timeout(120_000);
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

  it('is at most 5 requests, 12 KB of HTML, 15 of CSS, 4 of JavaScript and 30 in total, compressed', async () => {
    const pages = pagesOf(await idsOf(portal, 'acme')).filter(({ path }) => !path.startsWith('/dev/'));
    const tooHeavy = await checkPages(browser, portal, { slug: 'acme', pages }, excessesOf);
    expect(tooHeavy).to.deep.equal([]);
  });
});

async function excessesOf(page: Page, address: string): Promise<string[]> {
  const responses: Response[] = [];
  // Without previews in frames, and the icon of the tab, which browsers fetch once, some time after the first page.
  const note = (response: Response) => {
    const request = response.request();
    if (request.resourceType() !== 'other' && request.frame() === page.mainFrame()) responses.push(response);
  };
  page.on('response', note);
  await page.goto(address);
  page.off('response', note);
  const weights = await Promise.all(responses.map(weigh));
  const of = (kind: string) =>
    weights.filter((each) => each.kind === kind).reduce((sum, { bytes }) => sum + bytes, 0);
  const all = weights.reduce((sum, { bytes }) => sum + bytes, 0);
  const limits: [string, number, number][] = [
    ['requests', weights.filter(({ isRedirect }) => !isRedirect).length, 5],
    ['HTML', of('document'), 12 * KB],
    ['CSS', of('stylesheet'), 15 * KB],
    ['JavaScript', of('script'), 4 * KB],
    ['all', all, 30 * KB],
  ];
  return limits
    .filter(([, amount, limit]) => amount > limit)
    .map(([what, amount, limit]) => `${what} ${amount} of ${limit}`);
}

async function weigh(response: Response) {
  const isRedirect = response.status() >= 300 && response.status() < 400;
  const bytes = isRedirect ? 0 : gzipSync(await response.body()).length;
  return { kind: response.request().resourceType(), bytes, isRedirect };
}
