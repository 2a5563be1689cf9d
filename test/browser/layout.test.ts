import { expect } from 'chai';
import type { Browser, Locator } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import type { ServedPortal } from '../support/serve-portal.ts';
import { openAs, serveDemo } from './demo.ts';

const NARROW = { viewport: { width: 390, height: 800 } };

describe('Layout of the customer portal', function () {
  this.timeout(60_000);
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

  const anonymousPage = (slug: string) => openAs(browser, portal, { who: 'anonymous', slug }, NARROW);
  const customerPage = (slug: string) => openAs(browser, portal, { who: 'account', slug }, NARROW);

  it('keeps a phone number and an email address in a sentence on one line', async () => {
    for (const slug of ['acme', 'najd']) {
      const page = await anonymousPage(slug);
      await page.goto(portal.account(slug, '/account/forgot-password'));
      await page.locator('[name=username]').fill('someone@example.com');
      await page.locator('[name=username]').press('Enter');
      await page.waitForURL(/sent/);
      for (let width = 320; width <= 460; width += 20) {
        await page.setViewportSize({ width, height: 800 });
        for (const link of await page.locator('a[href^="tel:"]').all())
          expect(await linesOf(link), `phone number at ${width} px`).to.equal(1);
        const { height } = await boxOf(page.locator('strong bdi'));
        expect(height, `address at ${width} px`).to.be.below(30);
      }
    }
  });

  it('breaks an email address that is wider than its line before the @', async () => {
    const page = await customerPage('acme');
    await page.goto(portal.account('acme', '/account/profile/email'));
    const address = page.locator('.lede bdi');
    await address.evaluate((bdi) => bdi.closest('p')!.style.setProperty('width', '10rem'));
    const lines = await address.evaluate((bdi) => {
      const range = bdi.ownerDocument.createRange();
      return [...bdi.childNodes]
        .filter((node) => node.nodeName === '#text')
        .map((node) => (range.selectNode(node), [node.textContent, range.getClientRects().length]));
    });
    expect(lines).to.deep.equal([
      ['rosa.bright', 1],
      ['@example.com', 1],
    ]);
    expect((await boxOf(address)).height).to.be.within(40, 60);
  });

  it('aligns fields for addresses, numbers and passwords with the labels of a right-to-left page', async () => {
    const page = await customerPage('najd');
    await page.goto(portal.account('najd', '/account/profile'));
    for (const name of ['phone', 'current_password']) {
      const field = page.locator(`[name=${name}]`);
      const style = await field.evaluate((input) => {
        const { direction, textAlign } = input.ownerDocument.defaultView!.getComputedStyle(input);
        return { direction, textAlign };
      });
      expect(style, name).to.deep.equal({ direction: 'ltr', textAlign: 'end' });
    }
    const field = await boxOf(page.locator('[name=current_password]'));
    const button = await boxOf(page.locator('[data-show=current_password]'));
    expect(button.x - field.x).to.be.below(10);
  });

  it('centres the footer of the login page', async () => {
    for (const slug of ['acme', 'najd']) {
      const page = await anonymousPage(slug);
      await page.goto(portal.account(slug, '/account/login'));
      for (const part of await page.locator('.foot > span, .foot li').all()) {
        const { x, width } = await boxOf(part);
        expect(x + width / 2).to.be.closeTo(NARROW.viewport.width / 2, 1);
      }
    }
  });

  it('keeps the navigation below the logo', async () => {
    for (const slug of ['acme', 'najd']) {
      const page = await customerPage(slug);
      await page.goto(portal.account(slug, '/account/billing'));
      const logo = await boxOf(page.locator('.top .brand img'));
      const current = await boxOf(page.locator('.top .nav [aria-current]'));
      expect(current.y).to.be.at.least(logo.y + logo.height + 4);
    }
  });

  it('does not cut off letters below the line in shortened texts', async () => {
    const viewport = { width: 1280, height: 800 };
    const staff = await openAs(browser, portal, { who: 'operations', slug: 'acme' }, { viewport });
    const customer = await openAs(browser, portal, { who: 'account', slug: 'najd' }, { viewport });
    for (const [page, url] of [
      [staff, portal.operations('acme', '/users')],
      [customer, portal.account('najd', '/account/billing')],
    ] as const) {
      await page.goto(url);
      const shortened = await page.locator(':is(.btn, td) *').evaluateAll((elements) =>
        elements
          .filter(
            (each) => each.ownerDocument.defaultView!.getComputedStyle(each).textOverflow === 'ellipsis',
          )
          .map((each) => {
            const text = each.ownerDocument.createRange();
            text.selectNodeContents(each);
            const [height, textHeight] = [each, text].map((box) => box.getBoundingClientRect().height);
            return { text: each.textContent.trim(), height: height!, textHeight: textHeight! };
          }),
      );
      expect(shortened, url).not.to.deep.equal([]);
      for (const { text, height, textHeight } of shortened) expect(height, text).to.be.at.least(textHeight);
    }
  });

  it('prints the Terms and Conditions without the frame of the page', async () => {
    const page = await anonymousPage('acme');
    await page.emulateMedia({ media: 'print' });
    await page.goto(portal.account('acme', '/account/terms'));
    const card = await page.locator('.auth-card').evaluate((element) => {
      const { borderTopWidth, paddingLeft, boxShadow } =
        element.ownerDocument.defaultView!.getComputedStyle(element);
      return [borderTopWidth, paddingLeft, boxShadow];
    });
    expect(card).to.deep.equal(['0px', '0px', 'none']);
    expect(await page.getByRole('link', { name: 'Back to login' }).isVisible()).to.equal(false);
    expect(await page.locator('.brand img').isVisible()).to.equal(true);
  });
});

function linesOf(element: Locator): Promise<number> {
  return element.evaluate((inline) => new Set([...inline.getClientRects()].map(({ top }) => top)).size);
}

async function boxOf(element: Locator) {
  return (await element.boundingBox())!;
}
