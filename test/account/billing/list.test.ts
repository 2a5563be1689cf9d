import { expect } from 'chai';
import { isolate } from '../../../src/isolate.ts';
import { StatementCounter } from '../../support/count-statements.ts';
import { createCompany, createTenant, signedInCustomer, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { moveIn, PersonRentals } from '../../support/own-rentals.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Billing', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  async function inRole(role: string) {
    const company = await createCompany(portal, tenant);
    const visitor = await signedInCustomer(portal, tenant, { company, roles: [role] });
    return Object.assign(visitor, { account: new TestAccount(portal, tenant, company) });
  }

  async function person(locale: 'en' | 'ar' = 'en') {
    const ada = await signedInCustomer(portal, tenant, { locale });
    return { ada, account: new PersonRentals(portal, tenant, ada.person) };
  }

  it('shows empty payment details and an empty billing history without action buttons', async () => {
    const page = await (await inRole('accounts_payable')).visit('/account/billing');
    expect(page.h1).to.equal('Billing');
    for (const words of ['Payment details', 'No payment details yet', 'Billing history', 'No invoices yet'])
      expect(page.text).to.include(words);
    expect(page.buttons).to.deep.equal(['Log out']);
  });

  it('shows the total and the next payment first, then open invoices and how to pay', async () => {
    const { ada, account } = await person();
    const later = await account.issue(70_00n, { due_on: '2099-04-01' });
    const first = await account.issue(50_00n, { due_on: '2099-03-01' });
    const page = await ada.visit('/account/billing');
    expect(page.text).to.include('Total due $120.00');
    expect(page.text).to.include(`Next payment $50.00 Invoice ${first.label} due Mar 1, 2099`);
    const [open] = page.findAll('#open-invoices tbody').map((body) => body.text);
    expect(open!.indexOf(first.label)).to.be.lessThan(open!.indexOf(later.label));
    const [{ reference }] = (
      await portal.owner.query('select reference from billing_accounts where user_id = $1', [ada.person.id])
    ).rows as [{ reference: string }];
    expect(page.find('#payment-details')!.text).to.include(reference);
    expect(page.href(first.label)).to.equal(`/account/billing/invoices/${first.id}`);
  });

  it('adds up everything that is due as the next payment, like the first page', async () => {
    const { ada, account } = await person();
    await account.issue(50_00n, { due_on: '2026-01-01' });
    await account.issue(20_00n, { due_on: '2026-02-01' });
    await account.issue(70_00n, { due_on: '2099-03-01' });
    const billing = (await ada.visit('/account/billing')).text;
    expect(billing).to.include('Next payment $70.00 2 invoices was due on Jan 1, 2026');
    const first = (await ada.visit('/account')).find('#next-payment')!.text;
    expect(first).to.include('$70.00').and.include('was due on Jan 1, 2026');
  });

  it('says what each invoice is for, in the language of the customer', async () => {
    const { ada, account } = await person('ar');
    const id = await moveIn(account, '2026-03-01', { deposit: 50_00n });
    const [{ unit_code }] = (
      await portal.owner.query(
        'select u.code as unit_code from units u join rentals r on r.unit_id = u.id where r.id = $1',
        [id],
      )
    ).rows as [{ unit_code: string }];
    const page = await ada.visit('/account/billing');
    expect(page.find('#billing-history .what')!.text.replace(/\s+/g, ' ')).to.include(
      `إيجار الوحدة ${isolate(unit_code)}`,
    );
  });

  it('shows what is overdue, credit and nothing to pay', async () => {
    const { ada, account } = await person();
    const { id } = await account.issue(50_00n, { due_on: '2026-01-01' });
    const overdue = await ada.visit('/account/billing');
    expect(overdue.badges).to.include('Overdue');
    expect(overdue.text).to.include('was due on Jan 1, 2026');
    await account.pay(80_00n);
    expect((await account.invoice(id))['status']).to.equal('paid');
    const paid = await ada.visit('/account/billing');
    expect(paid.text)
      .to.include('Total due $0.00')
      .and.include('Nothing to pay')
      .and.include('Credit $30.00');
    expect(paid.find('#open-invoices')).to.equal(null);
  });

  it('filters the history by year and status', async () => {
    const { ada, account } = await person();
    const old = await account.issue(10_00n, { today: '2025-05-05', due_on: '2025-05-05' });
    const paid = await account.issue(20_00n, { due_on: '2025-01-01' });
    await account.pay(20_00n, { chosen: [{ invoice_id: paid.id, amount_cents: 20_00n }] });
    const page = await ada.visit('/account/billing');
    const history = (each: typeof page) => each.find('#billing-history')!.text;
    expect(history(page)).to.include(old.label).and.include(paid.label);
    const ofYear = await ada.visit('/account/billing?year=2025');
    expect(history(ofYear)).to.include(old.label).and.not.include(paid.label);
    const ofStatus = await ada.visit('/account/billing?status=overdue');
    expect(history(ofStatus)).to.include(old.label);
    const none = await ada.visit('/account/billing?year=2024');
    expect(history(none)).to.include('No invoice matches');
  });

  it('shows neither drafts nor invoices of another person, company or tenant', async () => {
    const { ada, account } = await person();
    const own = await account.issue(10_00n);
    const foreign = [
      await (await person()).account.issue(11_00n),
      await (await inRole('company_admin')).account.issue(12_00n),
    ];
    await portal.owner.query(
      `update invoices set status = 'draft', number = null, label = null where id = $1`,
      [(await account.issue(13_00n)).id],
    );
    const page = await ada.visit('/account/billing');
    expect(page.text).to.include(own.label).and.not.include('13.00');
    for (const { label } of foreign) expect(page.text).to.not.include(label);
  });

  it('shows the money of a company at the address of the company', async () => {
    const admin = await inRole('company_admin');
    const { id, label } = await admin.account.issue(10_00n);
    const page = await admin.visit('/account/billing');
    const base = `/account/companies/${admin.account.company.id}`;
    expect(page.path).to.equal(`${base}/billing`);
    expect(page.href(label)).to.equal(`${base}/billing/invoices/${id}`);
  });

  it('shows only the billing history to a role without access to payment details', async () => {
    const page = await (await inRole('view_only')).visit('/account/billing');
    expect(page.text).to.include('Billing history').and.not.include('Payment details');
  });

  it('is in Arabic for a customer who reads Arabic', async () => {
    const { ada, account } = await person('ar');
    await account.issue(10_00n);
    const page = await ada.visit('/account/billing');
    expect(page.text).to.include('إجمالي المستحق').and.include('الفواتير المفتوحة').and.include('مرجع الدفع');
  });

  it('sends the same statements for many invoices as for one, and shows them page by page', async () => {
    const { ada, account } = await person();
    const counter = new StatementCounter(portal.database.app);
    await account.issue(10_00n);
    counter.start();
    await ada.visit('/account/billing');
    const one = counter.counted.statements.length;
    for (let n = 0; n < 30; n++)
      await account.issue(1_00n, { today: `2025-${String((n % 12) + 1).padStart(2, '0')}-01` });
    counter.start();
    const page = await ada.visit('/account/billing');
    expect(counter.counted.statements).to.have.length(one);
    expect(page.findAll('#billing-history tbody tr')).to.have.length(25);
    const next = await page.follow('Next');
    expect(next.findAll('#billing-history tbody tr')).to.have.length(6);
  });

  it('responds with 403 and the missing permission to a role without access', async () => {
    const page = await (await inRole('unit_manager')).visit('/account/billing');
    expect(page.status).to.equal(403);
    expect(page.h1).to.equal('You do not have access to this page');
    expect(page.text).to.include('Ask a Company Admin for a role with this permission: See billing history.');
  });

  it('redirects anonymous users to the login page', async () => {
    const login = await new Visitor(portal, tenant.account).visit('/account/billing');
    expect(login.path).to.equal('/account/login');
    expect(login.form('Log in').values()['next']).to.equal('/account/billing');
  });
});
