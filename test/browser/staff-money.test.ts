import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { runToEnd } from '../../src/tasks/billing-runs.ts';
import { createStaff, createTenant } from '../support/factories.ts';
import { openBrowser, openPage } from '../support/browser.ts';
import type { ServedPortal } from '../support/serve-portal.ts';
import { openAs, serveDemoWithHistory } from './demo.ts';
import {
  bothModes,
  checkPages,
  NARROW,
  narrowMode,
  overflow,
  REDUCED_MOTION,
  RULES_OF_WIDTH,
  violations,
  wideMode,
} from './page-checks.ts';
import { emptyMoneyPages, staffMoneyPages } from './staff-money-pages.ts';
import type { TestedPage } from './pages.ts';

const LONG_NAME = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3).slice(0, 90);

describe('Pages of staff about units, rentals and invoices', function () {
  this.timeout(400_000);
  let browser: Browser;
  let portal: ServedPortal;

  before(async function () {
    browser = await openBrowser(this);
    portal = await serveDemoWithHistory();
    await billToday(portal);
    for (const statement of LONG_VALUES) await portal.owner.query(statement, [LONG_NAME]);
  });
  after(async () => {
    await browser?.close();
    await portal?.close();
  });

  const openStaff = (slug: string) => openAs(browser, portal, { who: 'operations', slug }, REDUCED_MOTION);

  it('have no violations with the rows of acme and long names, nor scroll sideways at 320 px', async () => {
    const elsewhere = new Set((await staffMoneyPages(portal, 'najd')).map(({ name }) => name));
    const visits = { slug: 'acme', pages: await staffMoneyPages(portal, 'acme'), options: REDUCED_MOTION };
    const found = await checkPages(browser, portal, visits, async (page, address, { name }) => [
      ...(await open(page, address)),
      // The next test checks the others in dark mode at 390 px.
      ...(await (elsewhere.has(name) ? wideMode : bothModes)(page)),
      ...(await problemsOfWidth(page)),
    ]);
    expect(found).to.deep.equal([]);
  });

  it('have no violations in dark mode at 390 px with the rows of najd', async () => {
    const options = { ...REDUCED_MOTION, viewport: NARROW, colorScheme: 'dark' as const };
    const visits = { slug: 'najd', pages: await staffMoneyPages(portal, 'najd'), options };
    const found = await checkPages(browser, portal, visits, async (page, address) => [
      ...(await open(page, address)),
      ...(await narrowMode(page)),
    ]);
    expect(found).to.deep.equal([]);
  });

  it('have no violations while a tenant has no rows', async () => {
    const page = await openNewTenant(browser, portal);
    const found: string[] = [];
    for (const { path } of emptyMoneyPages()) {
      const address = new URL(path, page.url()).href;
      const problems = [...(await open(page, address)), ...(await bothModes(page))];
      found.push(...problems.map((problem) => `${path}: ${problem}`));
    }
    expect(found).to.deep.equal([]);
  });

  it('have no violations on forms with errors, and link each error to its field', async () => {
    const page = await openStaff('acme');
    const found: string[] = [];
    for (const { path, name } of await formsOf(portal)) {
      await page.goto(portal.operations('acme', path));
      await submitEmpty(page);
      const problems = [...(await unlinkedErrors(page)), ...(await violations(page, 'light'))];
      found.push(...problems.map((problem) => `${name}: ${problem}`));
    }
    expect(found).to.deep.equal([]);
  });

  it('let the keyboard reach the fields of each form from top to bottom, with a visible focus', async () => {
    const page = await openStaff('acme');
    const found: string[] = [];
    for (const { path, name } of await formsOf(portal)) {
      await page.goto(portal.operations('acme', path));
      found.push(...(await problemsOfFocus(page)).map((problem) => `${name}: ${problem}`));
    }
    expect(found).to.deep.equal([]);
  });
});

async function billToday(portal: ServedPortal): Promise<void> {
  const { rows } = await portal.owner.query<{ id: string }>('select id from tenants');
  const local_date = new Date().toISOString().slice(0, 10);
  for (const { id } of rows) await runToEnd(portal.database, id, { kind: 'rent', local_date });
}

const OF_ACME = "tenant_id = (select id from tenants where slug = 'acme')";

/** With the long name as their parameter. */
const LONG_VALUES = [
  `update sites set name = left(id::text, 8) || $1, address = repeat($1, 2) where ${OF_ACME}`,
  `update unit_types set name = left(id::text, 8) || $1 where ${OF_ACME}`,
  `update companies set name = left(id::text, 8) || $1 where ${OF_ACME}`,
  `update users set name = left(id::text, 8) || $1, first_name = $1, last_name = $1
   where audience = 'customer' and ${OF_ACME}`,
  `update invoice_lines set description = $1 where ${OF_ACME}`,
  `update payments set reference = $1 where ${OF_ACME}`,
  `update requests set comment = repeat($1, 4) where ${OF_ACME}`,
];

async function open(page: Page, address: string): Promise<string[]> {
  const status = (await page.goto(address))!.status();
  return status === 200 ? [] : [String(status)];
}

/** On a phone. */
async function problemsOfWidth(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 800 });
    found.push(...(await overflow(page)).map((problem) => `${problem} at ${width} px`));
  }
  found.push(...(await violations(page, '320 px', RULES_OF_WIDTH)));
  await page.setViewportSize(REDUCED_MOTION.viewport);
  return found;
}

async function openNewTenant(browser: Browser, portal: ServedPortal): Promise<Page> {
  const tenant = await createTenant(portal);
  const staff = await createStaff(portal, tenant);
  const { page } = await openPage(browser, REDUCED_MOTION);
  await page.goto(portal.operations(tenant.slug, '/login'));
  await page.locator('input[name=username]').fill(staff.email);
  await page.locator('input[name=password]').fill(staff.password);
  await page.locator('input[name=password]').press('Enter');
  await page.waitForURL((url) => url.pathname !== '/login');
  return page;
}

/** The forms with a required field. */
async function formsOf(portal: ServedPortal): Promise<TestedPage[]> {
  const pages = await staffMoneyPages(portal, 'acme');
  return pages.filter(({ name }) => FORMS.includes(name));
}

const FORMS = [
  '/sites/new',
  '/unit-types/new',
  '/unit-types/:id/edit',
  '/units/new',
  '/units/:id/edit',
  '/units/:id/block',
  '/rentals/new',
  '/rentals/:id/notice',
  '/rentals/:id/transfer',
  '/rentals/:id/rent',
  '/rentals/:id/charges/new',
  '/rentals/:id/agreement',
  '/rentals/:id/cancellation',
  '/rentals/:id/transfer/cancellation',
  '/requests/:id',
  '/invoices/new',
  '/invoices/charges/new',
  '/invoices/credits/new',
  '/invoices/:id/edit',
  '/invoices/:id/credit-notes/new',
  '/invoices/:id/write-off',
  '/invoices/:id/deletion',
  '/payments/new',
  '/payments/deposits/new',
  '/payments/:id/reversal',
  '/settings/billing',
  '/settings/billing/late-fees/new',
  '/settings/taxes/new',
  '/settings/agreement/new?language=en',
];

/** Of the last form of the page. */
async function submitEmpty(page: Page): Promise<void> {
  const form = page.locator('main form:has(.form-actions)').last();
  for (const field of await form.locator('input.input, textarea.input').all()) await field.fill('');
  await form.locator('.form-actions .btn').first().click();
  await page.getByText('There is a problem').waitFor();
}

/** Errors of the summary without a field that is invalid and describes itself with the error. */
async function unlinkedErrors(page: Page): Promise<string[]> {
  return page.locator('.note.bad a[href^="#"]').evaluateAll((links) =>
    links.flatMap((link) => {
      const field = link.ownerDocument.getElementById(link.getAttribute('href')!.slice(1));
      const isLinked =
        field?.getAttribute('aria-describedby')?.includes('-error') &&
        field.getAttribute('aria-invalid') === 'true';
      return isLinked ? [] : [`no field for the error ${link.textContent}`];
    }),
  );
}

interface Focused {
  name: string;
  top: number;
  bottom: number;
  isOutlined: boolean;
}

async function problemsOfFocus(page: Page): Promise<string[]> {
  const form = page.locator('main form:has(.form-actions)').first();
  const fields = form.locator('input:not([type=hidden]):not([hidden]), select, textarea, button, a');
  await fields.first().focus();
  const focused: Focused[] = [];
  // A date has several stops of the keyboard.
  for (let stops = 0; stops < 4 * (await fields.count()); stops += 1) {
    const seen = await readFocus(page);
    if (!seen) break;
    focused.push(seen);
    await page.keyboard.press('Tab');
  }
  return focused.flatMap(({ name, top, isOutlined }, n) => [
    ...(isOutlined ? [] : [`no visible focus on ${name}`]),
    ...(n > 0 && top < focused[n - 1]!.top - 60 ? [`${name} comes after ${focused[n - 1]!.name}`] : []),
  ]);
}

/** Undefined outside of the first form. */
async function readFocus(page: Page): Promise<Focused | undefined> {
  return page.evaluate(`(() => {
    const element = document.activeElement;
    if (!document.querySelector('main form:has(.form-actions)').contains(element)) return undefined;
    const { top, bottom } = element.getBoundingClientRect();
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const isOutlined = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
    return { name: element.name || element.textContent.trim(), top: top + scrollY, bottom: bottom + scrollY, isOutlined };
  })()`);
}
