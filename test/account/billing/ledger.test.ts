import { expect } from 'chai';
import { formatters } from '../../../src/locales/locales.ts';
import { createCompany, createTenant, signedInCustomer, type TestTenant } from '../../support/factories.ts';
import { PersonRentals, today } from '../../support/own-rentals.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('The balance of a customer', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  async function person(locale: 'en' | 'ar' = 'en') {
    const ada = await signedInCustomer(portal, tenant, { locale });
    return { ada, account: new PersonRentals(portal, tenant, ada.person) };
  }

  it('is proved by every movement of the year and what went before', async () => {
    const { ada, account } = await person();
    const year = (await today(account)).slice(0, 4);
    await account.issue(30_00n, { today: '2025-06-01' });
    const { id, label } = await account.issue(50_00n);
    await account.pay(100_00n, { reference: 'T-7' });
    const page = await ada.visit('/account/billing/ledger');
    expect(page.path).to.equal('/account/billing/ledger');
    expect(page.url).to.include(`year=${year}`);
    const rows = page.findAll('tbody tr').map((row) => row.text.replaceAll(/\s+/g, ' '));
    expect(rows[0]).to.match(/^Opening balance.*\$30\.00$/);
    expect(rows.some((row) => row.includes(label) && row.includes('$80.00'))).to.equal(true);
    expect(rows.at(-1)).to.match(/^Closing balance.*−\$20\.00$/);
    // The balance of the day, not of the end of the year.
    expect(rows.at(-1)).to.include(formatters('en', 'UTC').formatDay(await today(account)));
    expect(page.href(`Invoice ${label}`)).to.equal(`/account/billing/invoices/${id}`);
    expect(page.find('#proof')!.text).to.include('Both sums are equal.');
  });

  it('shows an earlier year without the balance of today', async () => {
    const { ada, account } = await person();
    await account.issue(30_00n, { today: '2025-06-01' });
    const page = await ada.visit('/account/billing/ledger?year=2025');
    expect(page.text).to.include('Closing balance').and.include('$30.00');
    expect(page.find('#proof')).to.equal(null);
  });

  it('is empty for a customer without invoices and does not show those of others', async () => {
    await (await person()).account.issue(30_00n);
    const { ada } = await person();
    expect((await ada.visit('/account/billing/ledger')).text).to.include('No invoices yet');
  });

  it('needs the permission to see invoices', async () => {
    const company = await createCompany(portal, tenant);
    const manager = await signedInCustomer(portal, tenant, { company, roles: ['unit_manager'] });
    expect((await manager.get(`/account/companies/${company.id}/billing/ledger`)).status).to.equal(403);
  });

  it('is in Arabic for a customer who reads Arabic', async () => {
    const { ada, account } = await person('ar');
    await account.issue(50_00n);
    const page = await ada.visit('/account/billing/ledger');
    expect(page.h1).to.equal('حركة الحساب');
    expect(page.text).to.include('المجموعان متساويان.');
  });
});
