import { expect } from 'chai';
import { createCompany, createTenant, signedInCustomer, type TestTenant } from '../../support/factories.ts';
import { PersonRentals, today } from '../../support/own-rentals.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('Statements of a customer', () => {
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

  it('are listed for the months of a year until today', async () => {
    const { ada, account } = await person();
    await account.issue(30_00n);
    const now = await today(account);
    const page = await ada.visit('/account/billing/statements');
    expect(page.findAll('tbody tr')).to.have.length(Number(now.slice(5, 7)));
    const last = await page.submit('Show', { Year: String(Number(now.slice(0, 4)) - 1) });
    expect(last.findAll('tbody tr')).to.have.length(12);
  });

  it('are downloaded as PDF and CSV with the movements of the month', async () => {
    const { ada, account } = await person();
    await account.issue(30_00n, { today: '2026-04-30' });
    const { label } = await account.issue(50_00n, { today: '2026-05-31' });
    const csv = await ada.get('/account/billing/statements/csv?month=2026-05');
    expect(csv.status).to.equal(200);
    const lines = csv.text.trim().split(/\r?\n/);
    expect(lines).to.have.length(4);
    expect(lines[1]).to.include('30.00');
    expect(lines[2]).to.include(label).and.include('50.00').and.include('80.00');
    const pdf = await ada.get('/account/billing/statements/pdf?month=2026-05');
    expect((pdf.body as Buffer).subarray(0, 5).toString()).to.equal('%PDF-');
  });

  for (const month of ['2026-13', '2026-1', '2099-01', 'x', '0000-00']) {
    it(`do not exist for ${month}`, async () => {
      const { ada, account } = await person();
      await account.issue(30_00n);
      expect((await ada.get(`/account/billing/statements/csv?month=${month}`)).status).to.equal(404);
    });
  }

  it('do not exist without an account, and never show that of another person', async () => {
    await (await person()).account.issue(30_00n);
    const { ada } = await person();
    expect((await ada.get('/account/billing/statements/csv?month=2026-05')).status).to.equal(404);
    expect((await ada.visit('/account/billing/statements')).text).to.include('No statements yet');
  });

  it('need the permission to see invoices', async () => {
    const company = await createCompany(portal, tenant);
    const manager = await signedInCustomer(portal, tenant, { company, roles: ['unit_manager'] });
    const base = `/account/companies/${company.id}/billing/statements`;
    for (const path of [base, `${base}/pdf?month=2026-05`, `${base}/csv?month=2026-05`])
      expect((await manager.get(path)).status).to.equal(403);
  });

  it('are in Arabic for a customer who reads Arabic', async () => {
    const { ada, account } = await person('ar');
    await account.issue(30_00n, { today: '2026-05-01' });
    expect((await ada.visit('/account/billing/statements')).h1).to.equal('كشوف الحساب');
    expect((await ada.get('/account/billing/statements/csv?month=2026-05')).text).to.include('الرصيد');
  });
});
