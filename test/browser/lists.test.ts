import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import { listAllCustomFields } from '../../src/domain/custom-field/custom-field-queries.ts';
import { storeCustomValues } from '../../src/domain/custom-field/store-values.ts';
import { openBrowser } from '../support/browser.ts';
import { createCustomer, createCustomField } from '../support/factories.ts';
import { createLabel } from '../support/labels.ts';
import { sql } from '../support/rows.ts';
import type { ServedPortal } from '../support/serve-portal.ts';
import { loginOf, openAs, serveDemo } from './demo.ts';
import { bothModes, NARROW, overflow, REDUCED_MOTION, violations } from './page-checks.ts';

const STAFF = { who: 'operations', slug: 'acme' } as const;
const GATE = '[id="cf.gate"]';
const FLOOR = '[id="cf.floor"]';

describe('A list of staff', function () {
  this.timeout(240_000);
  let browser: Browser;
  let portal: ServedPortal;
  let tenant: { id: string };
  let customer: { id: string };
  let file: { id: string };
  let view: string;

  before(async function () {
    browser = await openBrowser(this);
    portal = await serveDemo();
    tenant = (await sql<{ id: string }>(portal, "select id from tenants where slug = 'acme'"))[0]!;
    await createFields();
    customer = await createCustomer(portal, tenant, {
      first_name: 'Zoë',
      last_name: 'Ångström',
      password: null,
    });
    await inTenant(portal.database, tenant.id, async (db) => {
      const values = { gate: 'North 4', floor: ['Upper floor'] };
      storeCustomValues(db, 'user', await listAllCustomFields(db, 'user'), [{ id: customer.id, values }]);
    });
    for (const name of ['VIP', 'A label with a name as long as'])
      await createLabel(portal, tenant, name, { user: customer.id });
    view = await createViews(18);
  });
  after(async () => {
    await browser?.close();
    await portal?.close();
  });

  /** So many that their filters fold. */
  async function createFields(): Promise<void> {
    const add = (
      code: string,
      title: string,
      type: 'text' | 'number' | 'date' | 'file' | 'choices' = 'text',
    ) =>
      createCustomField(portal, tenant, {
        code,
        title,
        type,
        choices: type === 'choices' ? ['Upper floor', 'Ground floor'] : [],
        is_searchable: type !== 'file',
      });
    await add('gate', 'Gate code');
    await add('floor', 'Floor', 'choices');
    await add('long', 'A field whose title is as long as one that no phone can show in a line');
    for (const n of [1, 2, 3, 4]) await add(`text_${n}`, `Text ${n}`);
    for (const n of [1, 2]) await add(`number_${n}`, `Number ${n}`, 'number');
    for (const n of [1, 2]) await add(`date_${n}`, `Date ${n}`, 'date');
    file = await add('contract', 'Contract', 'file');
  }

  /** Returns the id of one of them. */
  async function createViews(count: number): Promise<string> {
    const owner = await sql<{ id: string }>(
      portal,
      "select id from users where tenant_id = $1 and audience = 'staff' and email = $2",
      [tenant.id, loginOf('operations', 'acme').email],
    );
    const views = Array.from({ length: count }, (_, n) => {
      const name = n === 0 ? 'A view with a name as long as the form for views accepts it' : `View ${n}`;
      const query = 'status=enabled';
      return {
        id: newId(),
        list: 'users',
        owner_id: owner[0]!.id,
        name,
        name_norm: name,
        query,
        row_count: n,
      };
    });
    await inTenant(portal.database, tenant.id, (db) => db.insertInto('saved_views', views));
    return views[0]!.id;
  }

  const open = async (page: Page, path: string) => {
    const response = await page.goto(portal.operations('acme', path));
    expect(response!.status(), path).to.equal(200);
  };

  const shownNames = (page: Page) => page.locator('tbody td.name a').allInnerTexts();

  it('is searched, filtered by two custom fields, saved as a view and exported with the keyboard alone', async () => {
    const page = await openAs(browser, portal, STAFF);
    await open(page, '/users');
    await page.keyboard.press('/');
    await page.keyboard.type('angstrom zoe');
    await enter(page, (url) => url.searchParams.get('q') === 'angstrom zoe');
    expect(await shownNames(page)).to.eql(['Zoë Ångström']);

    await page.keyboard.press('/');
    await tabTo(page, '.folded > details:not(.menu) > summary');
    await page.keyboard.press('Enter');
    await tabTo(page, `summary:has(+ fieldset ${FLOOR})`);
    await page.keyboard.press('Enter');
    await tabTo(page, FLOOR);
    await page.keyboard.press('Space');
    await tabTo(page, GATE);
    await page.keyboard.type('north');
    await enter(page, ({ searchParams }) => searchParams.get('cf.gate') === 'north');
    expect(new URL(page.url()).searchParams.get('cf.floor')).to.equal('Upper floor');
    expect(await shownNames(page)).to.eql(['Zoë Ångström']);

    await tabTo(page, 'a[href^="/views/new"]');
    await enter(page, ({ pathname }) => pathname === '/views/new');
    await tabTo(page, '#name');
    await page.keyboard.type('North, upper floor');
    await tabTo(page, '#is_shared');
    await page.keyboard.press('Space');
    await tabTo(page, 'main .btn.primary');
    await enter(page, ({ pathname }) => pathname === '/users');
    await expectSaved(page, 'North, upper floor');

    await tabTo(page, 'a[href*="format=csv"]');
    await expectExported(page, () => page.keyboard.press('Enter'));

    await tabTo(page, '#all-rows');
    await page.keyboard.press('Space');
    await tabTo(page, '#selection .btn');
    await expectExported(page, () => page.keyboard.press('Enter'));
    await page.context().close();
  });

  it('is searched, filtered by two custom fields, saved as a view and exported on a phone', async () => {
    const options = { viewport: NARROW, hasTouch: true, isMobile: true };
    const page = await openAs(browser, portal, STAFF, options);
    await open(page, '/users');
    await page.locator('#q').tap();
    await page.locator('#q').fill('angstrom zoe');
    await page.locator('.fold summary', { hasText: 'Filters' }).tap();
    await page.locator('.folded > details:not(.menu) > summary').tap();
    expect(await overflow(page)).to.eql([]);
    expect(await overflow(page, '.folded, .folded .inline')).to.eql([]);
    await page.locator(`summary:has(+ fieldset ${FLOOR})`).tap();
    await page.locator(FLOOR).tap();
    await page.locator(GATE).fill('north');
    await page.getByRole('button', { name: 'Search', exact: true }).tap();
    await page.waitForURL(({ searchParams }) => searchParams.get('cf.floor') === 'Upper floor');
    expect(await shownNames(page)).to.eql(['Zoë Ångström']);
    expect(await page.locator('.filters .fold').innerText()).to.equal('Filters (2)');
    expect(await page.locator(GATE).isVisible()).to.equal(false);

    await page.getByRole('link', { name: 'Save view' }).tap();
    await page.getByLabel('Name').fill('On the phone');
    await page.getByRole('button', { name: 'Save view' }).tap();
    await expectSaved(page, 'On the phone');
    await expectExported(page, () => page.getByRole('link', { name: 'Export CSV' }).tap());
    await page.getByLabel('Select Zoë Ångström').tap();
    await expectExported(page, () => page.locator('#selection .btn').tap());
    await page.context().close();
  });

  it('has rows of 40 px that show names whole at 1280 px', async () => {
    const page = await openAs(browser, portal, STAFF, REDUCED_MOTION);
    for (const path of ['/users', '/settings/team', '/emails']) {
      await open(page, path);
      const heights = await page
        .locator('tbody tr')
        .evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height));
      expect([...new Set(heights)], path).to.eql([40]);
      expect(await overflow(page, '.table-wrap')).to.eql([]);
    }
    await open(page, '/users?q=angstrom');
    expect(await overflow(page, 'tbody td.name a, tbody td.name .sub')).to.eql([]);
    await page.context().close();
  });

  it('has no violations with views, filters of custom fields, labels and a selection', async () => {
    const page = await openAs(browser, portal, STAFF, REDUCED_MOTION);
    await open(page, '/users?q=angstrom&col=cf.gate&col=cf.floor&col=labels');
    await page.locator('.folded > details:not(.menu) > summary').click();
    await page.getByLabel('This page').check();
    expect(await bothModes(page)).to.eql([]);
    for (const menu of await page.locator('.filter-choices summary').all()) {
      await menu.click();
      expect(await violations(page, `${await menu.innerText()} is open`)).to.eql([]);
      await page.keyboard.press('Escape');
    }
    await page.setViewportSize(NARROW);
    await page.locator('.fold summary', { hasText: 'Filters' }).click();
    expect([...(await violations(page, 'filters on a phone')), ...(await overflow(page))]).to.eql([]);
    await page.context().close();
  });

  it('has no violations on the pages of views, labels and files', async () => {
    const page = await openAs(browser, portal, STAFF, REDUCED_MOTION);
    const found: string[] = [];
    const check = async (name: string) => {
      found.push(...(await bothModes(page)).map((problem) => `${name}: ${problem}`));
    };
    for (const path of [
      `/views/${view}`,
      `/views/${view}?query=status%3Ddisabled`,
      `/users?view=${newId()}`,
      `/users/${customer.id}`,
      `/files/${file.id}/${customer.id}`,
    ]) {
      await open(page, path);
      await check(path);
    }
    await page.locator('main .btn.primary').click();
    await check('a missing file');
    await open(page, '/users');
    await page.locator('#selection .btn').click();
    await page.getByText('Select at least one row.').waitFor();
    await check('an empty selection');
    await page.getByLabel('Select all').check();
    await page.getByLabel('With selected').selectOption('Add label…');
    await page.locator('#selection .btn').click();
    await page.getByRole('heading', { name: 'Add label' }).waitFor();
    await check('a label for selected rows');
    expect(found).to.eql([]);
    await page.context().close();
  });
});

/** Fails if the element, which must show that it has the focus, is not reached. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let n = 0; n < 150; n += 1) {
    await page.keyboard.press('Tab');
    const focused = page.locator(`${selector}:focus`);
    if ((await focused.count()) === 0) continue;
    // The box around the field of a filter has its outline.
    const outlines = await page
      .locator(`${selector}, :has(> ${selector})`)
      .evaluateAll((boxes) =>
        boxes.map((box) => box.ownerDocument.defaultView!.getComputedStyle(box).outlineStyle),
      );
    if (outlines.includes('solid')) return;
    throw new Error(`${selector} does not show that it has the focus`);
  }
  throw new Error(`The key Tab does not reach ${selector}`);
}

async function enter(page: Page, isNext: (url: URL) => boolean): Promise<void> {
  await page.keyboard.press('Enter');
  await page.waitForURL(isNext);
}

async function expectSaved(page: Page, name: string): Promise<void> {
  await page.getByText(`The view ${name} was saved.`).waitFor();
  expect(await page.locator('.tabs a[aria-current]').innerText()).to.match(new RegExp(`^${name}`));
  expect(await page.locator('tbody tr').count()).to.equal(1);
}

async function expectExported(page: Page, act: () => Promise<void>): Promise<void> {
  const [download] = await Promise.all([page.waitForEvent('download'), act()]);
  const lines = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\r\n');
  expect(lines).to.have.lengthOf(2);
  expect(lines[1]).to.match(/^Zoë Ångström,/);
}
