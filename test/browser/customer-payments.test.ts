import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { addDays } from '../../src/domain/billing/civil-date.ts';
import { translator } from '../../src/locales/translate.ts';
import { CARDS } from '../support/gateway.ts';
import { openBrowser, openPage } from '../support/browser.ts';
import { CustomerPayments } from '../support/customer-payments.ts';
import { createCustomer, PASSWORD } from '../support/factories.ts';
import { PersonRentals, today } from '../support/own-rentals.ts';
import { servePortal, type ServedPortal } from '../support/serve-portal.ts';
import { bothModes, NARROW, overflow, REDUCED_MOTION, violations } from './page-checks.ts';

function wordsIn(locale: 'en' | 'ar') {
  const t = translator(locale);
  return {
    add: t('Add payment details'),
    go: t('Continue to the payment page'),
    save: t('Save card'),
    card: t('Card number'),
    expiry: t('Expiry'),
    code: t('Security code'),
    waiting: t('We are waiting for the payment service. This page shows the result as soon as it is known.'),
    added: t('{method} was added.', {
      method: t('{name} ending {digits}', { name: 'Visa', digits: '4242' }),
    }),
    select: t('Pay selected invoices'),
    pay: t('Pay now'),
    paid: t('Paid. We have received your payment. Thank you.'),
  };
}

interface Journey {
  locale: 'en' | 'ar';
  options: BrowserContextOptions;
  check: (page: Page) => Promise<string[]>;
}

const journeys: Record<string, Journey> = {
  'in English, at 1280 px in light mode and at 390 px in dark mode': {
    locale: 'en',
    options: REDUCED_MOTION,
    check: bothModes,
  },
  'in Arabic, in dark mode at 390 px': {
    locale: 'ar',
    options: { viewport: NARROW, colorScheme: 'dark', reducedMotion: 'reduce' },
    check: async (page) => [...(await violations(page, 'rtl')), ...(await overflow(page))],
  },
  'in English without JavaScript at 390 px': {
    locale: 'en',
    options: { viewport: NARROW, javaScriptEnabled: false },
    check: () => Promise.resolve([]),
  },
};

describe('A customer in Chromium', function () {
  this.timeout(120_000);
  let browser: Browser;
  let portal: ServedPortal;
  let payments: CustomerPayments;

  before(async function () {
    browser = await openBrowser(this);
    portal = await servePortal();
    payments = await CustomerPayments.on(portal);
  });
  after(async () => {
    await browser?.close();
    await portal?.close();
  });

  async function customer({ locale, options }: Journey) {
    const { tenant } = payments;
    const person = await createCustomer(portal, tenant, { locale });
    const { page, problems, close } = await openPage(browser, options);
    await page.goto(portal.account(tenant.slug, '/account/login'));
    await page.locator('input[name=username]').fill(person.email);
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.locator('input[name=password]').press('Enter');
    await page.waitForURL((url) => url.pathname === '/account');
    return { account: new PersonRentals(portal, tenant, person), page, problems, close };
  }

  async function enterCard(page: Page, { locale }: Journey): Promise<void> {
    const text = wordsIn(locale);
    await page.getByLabel(text.card).fill(CARDS.succeeds);
    await page.getByLabel(text.expiry).fill('12/45');
    await page.getByLabel(text.code).fill('123');
    await page.getByRole('button', { name: text.save }).click();
  }

  for (const [name, journey] of Object.entries(journeys)) {
    it(`adds a card, pays an invoice and sees the receipt ${name}`, async () => {
      const text = wordsIn(journey.locale);
      const { account, page, problems, close } = await customer(journey);
      const found: string[] = [];
      const check = async (step: string) =>
        found.push(...(await journey.check(page)).map((problem) => `${step}: ${problem}`));
      const invoice = await account.issue(120_00n, { due_on: '2099-03-01' });
      await account.issue(50_00n, { due_on: '2099-04-01' });
      await page.goto(portal.account(payments.tenant.slug, '/account/billing'));
      await check('billing');
      await page.getByRole('button', { name: text.add }).click();
      await check('add payment details');
      await page.getByRole('button', { name: text.add, exact: true }).click();
      await check('link to the payment page');
      await page.getByRole('link', { name: text.go }).click();
      await enterCard(page, journey);
      await page.getByText(text.waiting).waitFor();
      // It opens itself again after a few seconds, which would interrupt axe.
      await page.evaluate('stop()');
      await check('return page');
      await page.reload();
      await payments.runWorkers();
      // The page opens itself again, also without JavaScript.
      await page.getByText(text.added).waitFor();
      await check('added');

      await page.goto(portal.account(payments.tenant.slug, '/account/billing'));
      await check('billing with a card');
      await page.locator(`input[name=invoice][value="${invoice.id}"]`).check();
      await page.getByRole('button', { name: text.select }).click();
      await check('pay');
      await page.getByRole('button', { name: text.pay }).click();
      await page.getByText(text.paid).waitFor();
      await check('receipt');
      await page.goto(portal.account(payments.tenant.slug, '/account/billing/payments'));
      await check('payments');
      expect(found).to.eql([]);
      expect(problems).to.eql([]);
      expect((await account.invoice(invoice.id))['status']).to.equal('paid');
      await close();
    });
  }

  it('sees pages without violations of what is declined, scheduled, open, to be confirmed and removed', async () => {
    const journey = journeys['in English, at 1280 px in light mode and at 390 px in dark mode']!;
    const { account, page, close } = await customer(journey);
    const found: string[] = [];
    const check = async (step: string) => {
      // Some pages open themselves again after a few seconds, which would interrupt axe.
      await page.evaluate('stop()');
      found.push(...(await bothModes(page)).map((problem) => `${step}: ${problem}`));
    };
    const billing = portal.account(payments.tenant.slug, '/account/billing');
    const pay = async (cents: bigint, values: { method?: string; day?: string } = {}) => {
      const { id } = await account.issue(cents);
      await page.goto(`${billing}/payments/new?invoice=${id}`);
      if (values.method) await page.locator('select[name=method]').selectOption(values.method);
      if (values.day) await page.locator('input[name=scheduled_on]').fill(values.day);
      await page.getByRole('button', { name: values.day ? 'Schedule payment' : 'Pay now' }).click();
      await page.locator('#state').waitFor();
    };
    await payments.addMethod(account.owner, CARDS.insufficient_funds);
    const other = { is_default: false };
    const asking = await payments.addMethod(account.owner, CARDS.authentication_required, other);
    await pay(10_00n);
    await check('declined');
    await pay(20_00n, { method: asking });
    await check('to be confirmed');
    await pay(30_00n, { method: 'page' });
    await check('open page');
    await pay(40_00n, { method: asking, day: addDays(await today(account), 2) });
    await check('scheduled');
    await page.goto(billing);
    await check('billing');
    await page.goto(`${billing}/payment-methods/${asking}/removal`);
    await check('removal');
    await page.goto(`${billing}/payments/new?invoice=${(await account.issue(50_00n)).id}`);
    await page.getByLabel('Amount').fill('60');
    await page.getByRole('button', { name: 'Pay now' }).click();
    await check('refused amount');
    expect(found).to.eql([]);
    await close();
  });
});
