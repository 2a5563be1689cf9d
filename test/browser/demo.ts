import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { demoLogins, seedDemo, type DemoLogin } from '../../seeds/demo.ts';
import { openPage } from '../support/browser.ts';
import { servePortal, type ServedPortal } from '../support/serve-portal.ts';
import type { SeenPage } from './pages.ts';

/** The demo, as `npm start` fills it in. */
export async function serveDemo(): Promise<ServedPortal> {
  const portal = await servePortal();
  await seedDemo(portal.database, portal.config);
  return portal;
}

export function addressOf(
  portal: ServedPortal,
  slug: string,
  page: Pick<SeenPage, 'portal' | 'path'>,
): string {
  return page.portal === 'platform' ? portal.platform(page.path) : portal[page.portal](slug, page.path);
}

/** A browser page of the first demo person of that portal, or of nobody. */
export async function openAs(
  browser: Browser,
  portal: ServedPortal,
  { who, slug }: { who: SeenPage['portal'] | 'nobody'; slug: string },
  options: BrowserContextOptions = {},
): Promise<Page> {
  const { page } = await openPage(browser, options);
  if (who !== 'nobody') await logIn(page, portal, slug, loginOf(who, slug));
  return page;
}

function loginOf(who: SeenPage['portal'], slug: string): DemoLogin {
  const isWanted = (login: DemoLogin) =>
    login.portal === who && (who === 'platform' || login.tenant === slug);
  // Customers of a company see more than those who stand for themselves.
  const found = demoLogins.filter(isWanted);
  return found.find((login) => login.companies?.length) ?? found[0]!;
}

async function logIn(page: Page, portal: ServedPortal, slug: string, login: DemoLogin): Promise<void> {
  const path = login.portal === 'account' ? '/account/login' : '/login';
  await page.goto(addressOf(portal, slug, { portal: login.portal, path }));
  await page.locator('input[name=username]').fill(login.email);
  await page.locator('input[name=password]').fill(login.password);
  await page.locator('input[name=password]').press('Enter');
  await page.waitForURL((url) => url.pathname !== path);
}
