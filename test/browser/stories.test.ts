import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, openPage } from '../support/browser.ts';
import { createCompany, createCustomField, createStaff, createTenant } from '../support/factories.ts';
import { servePortal, type ServedPortal } from '../support/serve-portal.ts';

const STAFF_PASSWORD = 'quiet harbour, seven gulls';
const CUSTOMER_PASSWORD = 'green kettle on the hob';

for (const javaScriptEnabled of [true, false]) {
  describe(`Both stories in Chromium with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, function () {
    this.timeout(60_000);
    let browser: Browser;
    let portal: ServedPortal;

    before(async function () {
      browser = await openBrowser(this);
      portal = await servePortal();
    });
    after(async () => {
      await browser?.close();
      await portal?.close();
    });

    async function staffPage(slug: string): Promise<{ page: Page; problems: string[] }> {
      const { page, problems } = await openPage(browser, { javaScriptEnabled });
      await page.goto(portal.operations(slug, '/login'));
      await page.getByLabel('Email address').fill(`manager@${slug}.example`);
      await page.getByLabel('Password', { exact: true }).fill(STAFF_PASSWORD);
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor();
      return { page, problems };
    }

    async function logIn(page: Page, email: string): Promise<void> {
      await page.getByLabel('Email address').fill(email);
      await page.getByLabel('Password', { exact: true }).fill(CUSTOMER_PASSWORD);
      await page.getByRole('button', { name: 'Log in' }).click();
    }

    it('let a user that staff created log in after a password reset', async () => {
      const tenant = await createTenant(portal, { name: 'Harbour Storage' });
      await createStaff(portal, tenant, {
        email: `manager@${tenant.slug}.example`,
        password: STAFF_PASSWORD,
      });
      await createCustomField(portal, tenant, { title: 'Gate code', code: 'gate_code' });

      const { page: staff, problems } = await staffPage(tenant.slug);
      await staff
        .getByRole('navigation', { name: 'Main' })
        .getByRole('link', { name: 'Users', exact: true })
        .click();
      await staff.getByRole('link', { name: 'Add user' }).click();
      await staff.getByLabel('First name').fill('Noor');
      await staff.getByLabel('Last name').fill('Haddad');
      await staff.getByLabel('Email', { exact: true }).fill('noor@example.com');
      await staff.getByLabel('Gate code').fill('4417');
      await staff.getByRole('button', { name: 'Create user' }).click();
      await staff.getByText('Noor Haddad was created. No email has been sent.').waitFor();
      expect(await staff.locator('textarea').first().inputValue()).to.contain('/account/login');
      await staff
        .getByRole('navigation', { name: 'Main' })
        .getByRole('link', { name: 'Users', exact: true })
        .click();
      await staff.getByRole('link', { name: 'Noor Haddad' }).waitFor();
      expect(await staff.getByText('Not verified').count()).to.be.greaterThan(0);

      const { page, problems: customerProblems } = await openPage(browser, { javaScriptEnabled });
      await page.goto(portal.account(tenant.slug, '/account/login'));
      await page.getByRole('link', { name: 'Forgot password?' }).click();
      await page.getByLabel('Email address').fill('noor@example.com');
      await page.getByRole('button', { name: 'Send password reset email' }).click();
      await page.getByRole('heading', { name: 'Check your email' }).waitFor();
      const mail = await portal.mailbox.next('noor@example.com');
      expect(mail.subject).to.equal('Reset your Harbour Storage password');
      await page.goto(mail.link);
      expect(page.url()).not.to.contain('token');
      await page.getByLabel('New password').fill(CUSTOMER_PASSWORD);
      await page.getByLabel('I agree to the Terms and Conditions').check();
      await page.getByRole('button', { name: 'Save password' }).click();
      await logIn(page, 'noor@example.com');
      await page.getByText('Your email address is verified.').waitFor();

      for (const name of ['Payment details', 'Units', 'Billing history'])
        await page.getByRole('main').getByRole('link', { name }).first().waitFor();
      await page.goto(portal.account(tenant.slug, '/account/profile'));
      await page.getByText('Noor').first().waitFor();
      expect(await page.locator('input[name=first_name], input[name=last_name]').count()).to.equal(0);
      expect([...problems, ...customerProblems]).to.deep.equal([]);
    });

    it('let a customer that staff added to a company activate the account and log in', async () => {
      const tenant = await createTenant(portal, { name: 'Northgate Supplies' });
      await createStaff(portal, tenant, {
        email: `manager@${tenant.slug}.example`,
        password: STAFF_PASSWORD,
      });
      await createCompany(portal, tenant, { name: 'Bramble & Sons', code: 'BRM' });

      const { page: staff, problems } = await staffPage(tenant.slug);
      await staff
        .getByRole('navigation', { name: 'Main' })
        .getByRole('link', { name: 'Customers', exact: true })
        .click();
      await staff.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Companies' }).click();
      await staff.getByLabel('Search').fill('bramble');
      await staff.getByLabel('Search').press('Enter');
      await staff.getByRole('link', { name: 'more details' }).click();
      await staff.getByRole('link', { name: 'Add customer' }).click();
      await staff.getByLabel('Username').fill('buyer@example.com');
      await staff.getByLabel('Accounts Payable').check();
      await staff.getByLabel('Email template').selectOption({ label: 'accountActivation-EJS' });
      await staff.getByRole('button', { name: 'Add', exact: true }).click();
      await staff.getByRole('heading', { level: 1, name: 'buyer@example.com' }).waitFor();
      await staff.getByText('An activation email has been sent to buyer@example.com').waitFor();

      const { page, problems: customerProblems } = await openPage(browser, { javaScriptEnabled });
      const activation = await portal.mailbox.next('buyer@example.com');
      expect(activation.html).to.contain('Activate Account');
      await page.goto(activation.link);
      await page.getByLabel('Username').fill('buyer@example.com');
      await page.getByRole('button', { name: 'Submit' }).click();
      const setPassword = await portal.mailbox.next('buyer@example.com');
      expect(setPassword.html).to.contain('Set password');
      await page.goto(setPassword.link);
      await page.getByLabel('New password').fill(CUSTOMER_PASSWORD);
      await page.getByLabel('I agree to the Terms and Conditions').check();
      await page.getByRole('button', { name: 'Submit' }).click();
      await page.getByRole('link', { name: 'Click here to login' }).click();
      await logIn(page, 'buyer@example.com');
      await page.getByText('Bramble & Sons').first().waitFor();
      expect([...problems, ...customerProblems]).to.deep.equal([]);
    });

    it('let an invited customer log in with one email and two pages', async () => {
      const tenant = await createTenant(portal, { name: 'Quay Lockers' });
      await createStaff(portal, tenant, {
        email: `manager@${tenant.slug}.example`,
        password: STAFF_PASSWORD,
      });
      const company = await createCompany(portal, tenant, { name: 'Tidewater Ltd' });
      const { page: staff } = await staffPage(tenant.slug);
      await staff.goto(portal.operations(tenant.slug, `/customers/companies/${company.id}/customers/new`));
      await staff.getByLabel('Username').fill('guest@example.com');
      await staff.getByLabel('Company Admin').check();
      await staff.getByLabel('Email template').selectOption('accountInvitation');
      await staff.getByRole('button', { name: 'Add', exact: true }).click();

      const { page } = await openPage(browser, { javaScriptEnabled });
      const mail = await portal.mailbox.next('guest@example.com');
      const pages: string[] = [];
      page.on('framenavigated', (frame) => pages.push(new URL(frame.url()).pathname));
      await page.goto(mail.link);
      await page.getByText('Tidewater Ltd').first().waitFor();
      await page.getByLabel('New password').fill(CUSTOMER_PASSWORD);
      await page.getByLabel('I agree to the Terms and Conditions').check();
      await page.getByRole('button', { name: 'Accept invitation' }).click();
      await page.getByRole('link', { name: 'Billing history' }).first().waitFor();
      expect(pages).to.deep.equal(['/account/invitation', '/account']);
      expect(portal.mailbox.messages.filter((each) => each.to === 'guest@example.com')).to.have.length(1);
    });
  });
}
