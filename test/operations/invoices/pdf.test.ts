import { expect } from 'chai';
import { createCompany, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { needPdfReader, readPages } from '../../support/read-pdf.ts';
import { sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('GET /invoices/:id.pdf', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let account: TestAccount;
  let invoice: { id: string; label: string };

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant, { name: 'Bolt & Sons' }));
    invoice = await account.issue([
      { kind: 'item', description: 'Keys (2)', unit_cents: 12_50n, quantity_milli: 2_000n },
    ]);
    await account.pay(10_00n, { reference: 'TRX-889' });
  });

  const pathOf = ({ id }: { id: string }) => `/invoices/${id}.pdf`;

  it('shows the invoice in the browser under its number, and stores it nowhere', async () => {
    const { status, headers, body } = await manager.get(pathOf(invoice));
    expect(status).to.equal(200);
    expect(headers).to.include({
      'content-type': 'application/pdf',
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'content-disposition': `inline; filename="${invoice.label}.pdf"; filename*=UTF-8''${invoice.label}.pdf`,
    });
    expect(headers['content-security-policy']).to.include("default-src 'none'");
    expect((body as Buffer).toString('latin1', 0, 5)).to.equal('%PDF-');
  });

  it('has the lines, the payments and the amount due', async function () {
    needPdfReader(this);
    const { body } = await manager.get(pathOf(invoice));
    const [page] = readPages(body as Buffer);
    expect(page).to.include(`Invoice ${invoice.label}`).and.include('Bolt & Sons');
    expect(page).to.match(/Keys \(2\) +2 +\$12\.50 +— +\$25\.00/);
    expect(page).to.match(/Bank transfer, TRX-889 .* \$10\.00/);
    expect(page).to.match(/Open +\$15\.00/);
  });

  it('has no text or figure that the page does not have', async function () {
    needPdfReader(this);
    const { body } = await manager.get(pathOf(invoice));
    const page = await manager.visit(`/invoices/${invoice.id}`);
    const words = (text: string) => text.split(/\s+/).filter((word) => /\w/.test(word));
    const [pdf = ''] = readPages(body as Buffer);
    // The rest is how to pay, and the bottom of the page.
    const printed = words(pdf.split('State the reference')[0]!);
    const shown = new Set(words(page.text).flatMap((word) => [word, word.replace(/[:.]$/, '')]));
    expect(printed.filter((word) => !shown.has(word))).to.eql([]);
    expect(printed).to.include.members(['Keys', '$12.50', '$25.00', '$15.00', 'TRX-889']);
  });

  it('keeps the name of the customer on the day of issue', async function () {
    needPdfReader(this);
    const company = await createCompany(portal, tenant, { name: 'Old name' });
    const issued = await new TestAccount(portal, tenant, company).issue(5_00n);
    await sql(portal, `update companies set name = 'New name' where id = $1`, [company.id]);
    const { body } = await manager.get(pathOf(issued));
    expect(readPages(body as Buffer)[0])
      .to.include('Old name')
      .and.not.include('New name');
  });

  it('is in the language of the tenant', async function () {
    needPdfReader(this);
    const najd = await createTenant(portal, { locale: 'ar', currency: 'SAR' });
    const other = new TestAccount(portal, najd, await createCompany(portal, najd, { name: 'شركة جدة' }));
    const { id } = await other.issue(12_50n);
    const staff = await signedInStaff(portal, najd);
    const [page] = readPages((await staff.get(pathOf({ id }))).body as Buffer);
    expect(page).to.include('فاتورة').and.include('جدة').and.include('12.50');
  });

  it('responds with 403 to staff without the permission', async () => {
    const staff = await signedInStaff(portal, tenant, 'driver');
    expect((await staff.get(pathOf(invoice))).status).to.equal(403);
  });

  it('redirects anonymous users to the login page', async () => {
    const page = await new Visitor(portal, tenant.operations).visit(pathOf(invoice));
    expect(page.path).to.match(/^\/login/);
  });

  it('responds with 404 for an invoice of another tenant and for no id', async () => {
    const other = await createTenant(portal);
    const foreign = await new TestAccount(portal, other, await createCompany(portal, other)).issue(5_00n);
    expect((await manager.get(pathOf(foreign))).status).to.equal(404);
    expect((await manager.get('/invoices/x.pdf')).status).to.equal(404);
  });
});
