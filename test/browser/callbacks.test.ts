import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, openPage } from '../support/browser.ts';
import { createTenant } from '../support/factories.ts';
import { listTestMounts } from '../support/pipeline-routes.ts';
import { servePortal, type ServedPortal } from '../support/serve-portal.ts';

describe('Callbacks in a browser', function () {
  this.timeout(60_000);
  let browser: Browser;
  let portal: ServedPortal;
  let otherSite: Server;
  let slug: string;

  before(async function () {
    browser = await openBrowser(this);
    portal = await servePortal({ mounts: listTestMounts });
    ({ slug } = await createTenant(portal));
    otherSite = await serveForm(portal.account(slug, '/callbacks/sso'));
  });
  after(async () => {
    await browser?.close();
    otherSite?.close();
    await portal?.close();
  });

  it('receive the attempt with a form that another site submits', async () => {
    const { page, close } = await openPage(browser, { javaScriptEnabled: false });
    await page.goto(portal.account(slug, '/attempts/new'));
    const state = await page.locator('body').innerText();
    expect(await submitOn(otherSite, page, state)).to.include('"attempt":{"nonce":"n1"}');
    expect(await submitOn(otherSite, page, state)).to.include('We could not continue');
    await close();
  });
});

/** On 127.0.0.1, which is another site than `*.localhost`. */
async function serveForm(action: string): Promise<Server> {
  const server = createServer((req, res) => {
    const state = new URL(req.url!, 'http://127.0.0.1').searchParams.get('state');
    const input = `<input name="state" value="${state}">`;
    res.setHeader('Content-Type', 'text/html');
    res.end(`<form method="post" action="${action}">${input}<button>Continue</button></form>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function submitOn(site: Server, page: Page, state: string): Promise<string> {
  const { port } = site.address() as AddressInfo;
  await page.goto(`http://127.0.0.1:${port}/?state=${state}`);
  await page.locator('button').click();
  await page.waitForURL(/\/callbacks\/sso/);
  return page.content();
}
