import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { demoLogins, seedDemo, type DemoLogin } from '../../seeds/demo.ts';
import { createLog } from '../../src/log.ts';
import { finishDemoHistory } from '../../src/tasks/finish-demo-history.ts';
import { openPage } from '../support/browser.ts';
import { servePortal, type ServedPortal } from '../support/serve-portal.ts';
import type { TestedPage } from './pages.ts';

/** A portal with the demo data of `npm start`. */
export async function serveDemo(): Promise<ServedPortal> {
  const portal = await servePortal();
  await seedDemo(portal.database, portal.config);
  return portal;
}

/** With the two years of rentals, invoices and payments that a background task adds. */
export async function serveDemoWithHistory(): Promise<ServedPortal> {
  const portal = await serveDemo();
  await finishDemoHistory({ database: portal.database, log: createLog('error') });
  return portal;
}

export function addressOf(
  portal: ServedPortal,
  slug: string,
  page: Pick<TestedPage, 'portal' | 'path'>,
): string {
  return page.portal === 'platform' ? portal.platform(page.path) : portal[page.portal](slug, page.path);
}

/** Opens a browser page, logged in as a demo user of the portal unless anonymous. */
export async function openAs(
  browser: Browser,
  portal: ServedPortal,
  { who, slug }: { who: TestedPage['portal'] | 'anonymous'; slug: string },
  options: BrowserContextOptions = {},
): Promise<Page> {
  const { page } = await openPage(browser, options);
  if (who !== 'anonymous') await logIn(page, portal, slug, loginOf(who, slug));
  return page;
}

/** Opens a browser page, logged in as the demo customer with this description. */
export async function openAsCustomer(
  browser: Browser,
  portal: ServedPortal,
  { slug, description }: { slug: string; description: string },
  options: BrowserContextOptions = {},
): Promise<Page> {
  const { page } = await openPage(browser, options);
  const login = demoLogins.find((each) => each.tenant === slug && each.description === description)!;
  await logIn(page, portal, slug, login);
  return page;
}

export function loginOf(who: TestedPage['portal'], slug: string): DemoLogin {
  const isWanted = (login: DemoLogin) =>
    login.portal === who && (who === 'platform' || login.tenant === slug);
  // Customers of a company see more than customers without one.
  const found = demoLogins.filter(isWanted);
  return found.find((login) => Object.keys(login.companies ?? {}).length > 0) ?? found[0]!;
}

async function logIn(page: Page, portal: ServedPortal, slug: string, login: DemoLogin): Promise<void> {
  const path = login.portal === 'account' ? '/account/login' : '/login';
  await page.goto(addressOf(portal, slug, { portal: login.portal, path }));
  await page.locator('input[name=username]').fill(login.email);
  await page.locator('input[name=password]').fill(login.password);
  await page.locator('input[name=password]').press('Enter');
  await page.waitForURL((url) => url.pathname !== path);
}
