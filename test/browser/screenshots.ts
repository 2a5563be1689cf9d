import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { openBrowser } from '../support/browser.ts';
import { addressOf, openAs, openAsCustomer, serveDemoWithHistory } from './demo.ts';

/** `npm run screenshots`: takes the README's pictures from the demo. */
const folder = path.resolve(import.meta.dirname, '../../docs/screenshots');

// Where Inter is installed (Debian's fonts-inter): most systems look closer to it than to a fallback font.
const FONT = { content: ':root { --font: Inter, system-ui, sans-serif; }' };

const pictures = [
  { file: 'account', portal: 'account', path: '/account' },
  { file: 'dashboard', portal: 'operations', path: '/dashboard' },
  { file: 'operations', portal: 'operations', path: '/users' },
  { file: 'platform', portal: 'platform', path: '/tenants' },
] as const;

describe('screenshots', function () {
  this.timeout(180_000);

  it('are saved to docs/screenshots', async function () {
    mkdirSync(folder, { recursive: true });
    const browser = await openBrowser(this);
    const portal = await serveDemoWithHistory();
    for (const { file, portal: who, path: page } of pictures) {
      const viewport = { width: 1200, height: 760 };
      const options = { viewport, reducedMotion: 'reduce', bypassCSP: true } as const;
      // She has a card, autopay and an open invoice.
      const ada = { slug: 'acme', description: 'rents for herself' };
      const visitor = await (who === 'account'
        ? openAsCustomer(browser, portal, ada, options)
        : openAs(browser, portal, { who, slug: 'acme' }, options));
      await visitor.goto(addressOf(portal, 'acme', { portal: who, path: page }));
      await visitor.addStyleTag(FONT);
      await visitor.evaluate('document.fonts.ready');
      await visitor.screenshot({ path: path.join(folder, `${file}.png`) });
    }
    await browser.close();
    await portal.close();
  });
});
