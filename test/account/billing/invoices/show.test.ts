import { expect } from 'chai';
import { rejectShortPayment } from '../../../../src/domain/payment/short-payment-decisions.ts';
import { isolate } from '../../../../src/isolate.ts';
import { findEventsOf } from '../../../support/audit.ts';
import {
  createCompany,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../../support/factories.ts';
import { CustomerPayments } from '../../../support/customer-payments.ts';
import { billingActor, TestAccount } from '../../../support/money.ts';
import { moveIn, PersonRentals } from '../../../support/own-rentals.ts';
import { sharedPortal, type TestPortal } from '../../../support/portal.ts';
import { needPdfReader, readPages } from '../../../support/read-pdf.ts';
import { sql } from '../../../support/rows.ts';

describe('An invoice of a customer', () => {
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

  it('shows both sides, why the amount of a part of a period is what it is, and how to pay', async () => {
    const { ada, account } = await person();
    const billing = { cycle: 'day_of_month', invoice_day: 1 } as const;
    const id = await moveIn(account, '2026-03-15', { billing });
    const [invoice] = await account.invoices(id);
    const page = await ada.visit(`/account/billing/invoices/${invoice!['id']}`);
    expect(page.text).to.include('17 of 31 days of $100.00').and.include('$54.84');
    for (const text of [tenant.name, 'Total', 'Pay by bank transfer. State the reference PRT-'])
      expect(page.text).to.include(text);
  });

  it('shows payments, credit and what is open', async () => {
    const { ada, account } = await person();
    const { id } = await account.issue(50_00n);
    await account.pay(20_00n, { reference: 'T-1' });
    const page = await ada.visit(`/account/billing/invoices/${id}`);
    expect(page.text).to.include('T-1').and.include('$30.00');
  });

  it('can be paid where the tenant has a payment service, until a payment is started', async () => {
    const payments = await CustomerPayments.on(portal);
    const { visitor, account } = await payments.person();
    const { id } = await account.issue(50_00n);
    const page = await visitor.visit(`/account/billing/invoices/${id}`);
    expect(page.text).to.not.include('Pay by bank transfer');
    const form = await page.submit('Pay now');
    expect(form.h1).to.equal('Pay invoices');
    const started = await form.submit('Pay now', { method: 'page' });
    const pending = await visitor.visit(`/account/billing/invoices/${id}`);
    expect(pending.buttons).to.not.include('Pay now');
    expect(pending.href('A payment is not finished')).to.equal(started.path);
    const reader = await payments.inRole('view_only');
    const other = await reader.account.issue(50_00n);
    const read = await reader.visitor.visit(`${reader.base}/billing/invoices/${other.id}`);
    expect(read.buttons).to.not.include('Pay now');
  });

  it('shows what is disputed, why, and what was decided', async () => {
    const payments = await CustomerPayments.on(portal);
    const { visitor, account } = await payments.person();
    const { id } = await account.issue(50_00n);
    const form = await visitor.visit(`/account/billing/payments/new?invoice=${id}`);
    await form.submit('Pay now', { Amount: '0', Reason: 'Not received', Comment: 'Where is it?' });
    const disputes = async () =>
      (await visitor.visit(`/account/billing/invoices/${id}`)).find('#disputes')!.text;
    expect(await disputes())
      .to.include('$50.00')
      .and.include('Not received · Waiting for a decision')
      .and.include('Where is it?');
    const [short] = await sql<{ id: string }>(portal, 'select id from short_payments where invoice_id = $1', [
      id,
    ]);
    await account.run((db, billing) =>
      rejectShortPayment(db, billingActor, billing, { id: short!.id, reason: 'It was delivered.' }),
    );
    expect(await disputes())
      .to.include('Not received · Rejected')
      .and.include('It was delivered.');
  });

  it('is downloaded as PDF with its number', async () => {
    const { ada, account } = await person();
    const { id, label } = await account.issue(50_00n);
    const pdf = await ada.get(`/account/billing/invoices/${id}.pdf`);
    expect(pdf.status).to.equal(200);
    expect(pdf.headers['content-type']).to.equal('application/pdf');
    expect(pdf.headers['content-disposition']).to.include(label);
    expect((pdf.body as Buffer).subarray(0, 5).toString()).to.equal('%PDF-');
  });

  it('gets comments of the customer, which staff see and the audit log records', async () => {
    const { ada, account } = await person();
    const { id } = await account.issue(50_00n);
    const path = `/account/billing/invoices/${id}`;
    const page = await (await ada.visit(path)).submit('Add comment', { Comment: 'Why so much?' });
    expect(page.path).to.equal(path);
    expect(page.text).to.include('Why so much?').and.include(ada.person.name);
    expect((await findEventsOf(portal, id)).at(-1)).to.deep.include({
      event: 'invoice.commented',
      actor_name: ada.person.name,
    });
    const staff = await signedInStaff(portal, tenant);
    const invoice = await staff.visit(`/invoices/${id}`);
    expect(invoice.text).to.include('Why so much?');
    await invoice.submit('Add comment', { Comment: 'Because of March.' });
    const answered = await ada.visit(path);
    expect(answered.text).to.include('Because of March.').and.not.include(staff.person.name);
  });

  it('refuses an empty comment', async () => {
    const { ada, account } = await person();
    const { id } = await account.issue(50_00n);
    const page = await ada.visit(`/account/billing/invoices/${id}`);
    expect((await page.submit('Add comment', { Comment: ' ' })).status).to.equal(422);
    expect(await sql(portal, 'select id from invoice_comments where invoice_id = $1', [id])).to.eql([]);
  });

  it('is not found when it is a draft, or that of another person or company', async () => {
    const { ada, account } = await person();
    const own = await account.issue(50_00n);
    const draft = await account.issue(50_00n);
    await sql(portal, `update invoices set status = 'draft', number = null, label = null where id = $1`, [
      draft.id,
    ]);
    const company = await createCompany(portal, tenant);
    const foreign = [
      await (await person()).account.issue(11_00n),
      await new TestAccount(portal, tenant, company).issue(12_00n),
    ];
    const page = await ada.visit(`/account/billing/invoices/${own.id}`);
    for (const { id } of [draft, ...foreign]) {
      const path = `/account/billing/invoices/${id}`;
      expect((await ada.get(path)).status).to.equal(404);
      expect((await ada.get(`${path}.pdf`)).status).to.equal(404);
      expect((await ada.postFrom(page, `${path}/comments`, { body: 'Hello' })).status).to.equal(404);
      expect(await sql(portal, 'select id from invoice_comments where invoice_id = $1', [id])).to.eql([]);
    }
  });

  it('of a company is found only at the address of that company', async () => {
    const [one, other] = [await createCompany(portal, tenant), await createCompany(portal, tenant)];
    const admin = await signedInCustomer(portal, tenant, { companies: [one, other] });
    const { id } = await new TestAccount(portal, tenant, one).issue(12_00n);
    const statusIn = async (company: { id: string }) =>
      (await admin.get(`/account/companies/${company.id}/billing/invoices/${id}`)).status;
    expect([await statusIn(one), await statusIn(other)]).to.eql([200, 404]);
  });

  it('needs the permission to see invoices', async () => {
    const company = await createCompany(portal, tenant);
    const manager = await signedInCustomer(portal, tenant, { company, roles: ['unit_manager'] });
    const { id } = await new TestAccount(portal, tenant, company).issue(12_00n);
    const path = `/account/companies/${company.id}/billing/invoices/${id}`;
    expect((await manager.get(path)).status).to.equal(403);
    expect((await manager.get(`${path}.pdf`)).status).to.equal(403);
  });

  it('is in Arabic for a customer who reads Arabic', async () => {
    const { ada, account } = await person('ar');
    const { id, label } = await account.issue(50_00n);
    const page = await ada.visit(`/account/billing/invoices/${id}`);
    expect(page.h1).to.equal(`فاتورة ${isolate(label)}`);
    expect(page.text).to.include('إضافة تعليق').and.include('المبلغ');
  });

  it('has the lines of a rental in the language of the reader, on the page and in the PDF', async function () {
    needPdfReader(this);
    const { ada, account } = await person('ar');
    const part = { days: 17, full_days: 31, full_cents: 100_00n };
    const { id } = await account.issue([
      {
        kind: 'rent',
        description: 'Rent of unit {unit}',
        description_params: { unit: 'A-12' },
        unit_cents: 54_84n,
        part,
      },
      { kind: 'item', description: 'Deposit', unit_cents: 5_00n },
    ]);
    const path = `/account/billing/invoices/${id}`;
    const page = await ada.visit(path);
    expect(page.text)
      .to.include(`إيجار الوحدة ${isolate('A-12')}`)
      .and.include('Deposit')
      .and.include('عدد الأيام 17 من 31')
      .and.not.include('Rent of unit');
    const [pdf] = readPages((await ada.get(`${path}.pdf`)).body as Buffer);
    expect(pdf).to.include('A-12').and.include('Deposit').and.not.include('Rent');
    await sql(portal, `update users set locale = 'en' where id = $1`, [ada.person.id]);
    expect((await ada.visit(path)).text)
      .to.include('Rent of unit A-12')
      .and.include('17 of 31 days');
  });
});
