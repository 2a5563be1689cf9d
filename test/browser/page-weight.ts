import { gzipSync } from 'node:zlib';
import type { Page, Response } from 'playwright-core';

const KB = 1024;

/** Opens the page. Returns its status, and what is heavier than the limits, compressed. */
export async function openAndWeigh(page: Page, address: string) {
  const responses: Response[] = [];
  // Without previews in frames, and the icon of the tab, which browsers fetch once, some time after the first page.
  const note = (response: Response) => {
    const request = response.request();
    if (request.resourceType() !== 'other' && request.frame() === page.mainFrame()) responses.push(response);
  };
  page.on('response', note);
  const status = (await page.goto(address))!.status();
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
  const excesses = limits
    .filter(([, amount, limit]) => amount > limit)
    .map(([what, amount, limit]) => `${what} ${amount} of ${limit}`);
  return { status, excesses };
}

async function weigh(response: Response) {
  const isRedirect = response.status() >= 300 && response.status() < 400;
  const bytes = isRedirect ? 0 : gzipSync(await response.body()).length;
  return { kind: response.request().resourceType(), bytes, isRedirect };
}
