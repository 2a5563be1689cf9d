import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import type { ServedPortal } from '../support/serve-portal.ts';
import { openAs, serveDemo } from './demo.ts';

describe('The search of the operations portal', function () {
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

  for (const javaScriptEnabled of [true, false])
    it(`opens a person and a page with the keyboard ${javaScriptEnabled ? 'and the key /' : 'without JavaScript'}`, async () => {
      const page = await openAs(browser, portal, { who: 'operations', slug: 'acme' }, { javaScriptEnabled });
      await page.goto(portal.operations('acme', '/settings'));
      if (javaScriptEnabled) await page.keyboard.press('/');
      else await page.focus('#search-all');
      await page.keyboard.type('ada');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/search\?q=ada$/);
      await page.focus('main section li a');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/users\/[^/]+$/);
      await page.goto(portal.operations('acme', '/search?q=custom+fields'));
      await page.focus('main section li a');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/settings\/custom-fields$/);
      await page.context().close();
    });

  it('leaves the key / to the search of a list', async () => {
    const page = await openAs(browser, portal, { who: 'operations', slug: 'acme' });
    await page.goto(portal.operations('acme', '/users'));
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.id')).to.equal('q');
    await page.goto(portal.operations('acme', '/reports'));
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.id')).to.equal('search-all');
    await page.context().close();
  });
});
