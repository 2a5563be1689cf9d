import { expect } from 'chai';
import { createCompany, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('Statements of a company', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let account: TestAccount;
  let path: string;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });
  beforeEach(async () => {
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
    path = `/customers/companies/${account.company.id}/statements`;
  });

  it('are listed for the months of a year, linked from the invoices of the company', async () => {
    await account.issue(30_00n);
    const invoices = await manager.visit(`/customers/companies/${account.company.id}/invoices`);
    const page = await invoices.follow('Statements');
    expect(page.h1).to.equal(`Statements of ${account.company.name}`);
    const year = Number(page.form('Show').values()['year']);
    const last = await page.submit('Show', { Year: String(year - 1) });
    expect(last.findAll('tbody tr')).to.have.length(12);
    expect((await last.follow(`PDF January ${year - 1}`)).status).to.equal(200);
  });

  it('are downloaded as PDF and CSV with the movements of the month', async () => {
    await account.issue(30_00n, { today: '2026-04-30' });
    const { label } = await account.issue(50_00n, { today: '2026-05-31' });
    const csv = await manager.get(`${path}/csv?month=2026-05`);
    const lines = csv.text.trim().split(/\r?\n/);
    expect(lines).to.have.length(4);
    expect(lines[1]).to.include('30.00');
    expect(lines[2]).to.include(label).and.include('50.00').and.include('80.00');
    const pdf = await manager.get(`${path}/pdf?month=2026-05`);
    expect((pdf.body as Buffer).subarray(0, 5).toString()).to.equal('%PDF-');
  });

  it('are not found for a month that does not exist, without an account, and at another tenant', async () => {
    expect((await manager.get(`${path}/csv?month=2026-05`)).status).to.equal(404);
    await account.issue(30_00n);
    for (const month of ['2026-13', '2099-01', 'x'])
      expect((await manager.get(`${path}/pdf?month=${month}`)).status, month).to.equal(404);
    const other = await signedInStaff(portal, await createTenant(portal));
    for (const each of [path, `${path}/pdf?month=2026-05`, `${path}/csv?month=2026-05`])
      expect((await other.get(each)).status, each).to.equal(404);
  });

  it('need the permission to see invoices', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    for (const each of [path, `${path}/pdf`, `${path}/csv`])
      expect((await driver.get(each)).status, each).to.equal(403);
  });
});
