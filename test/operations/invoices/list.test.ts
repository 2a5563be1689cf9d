import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createCompany, createCustomField, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Invoices', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let account: TestAccount;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });
  beforeEach(async () => {
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
  });

  it('are listed with their customer, state and amounts, the latest first', async () => {
    const { label } = await account.issue(120_00n, { due_on: '2030-01-31' });
    await account.pay(20_00n);
    const page = await manager.visit('/invoices');
    expect(page.h1).to.equal('Invoices');
    const row = page.rows(label)[0]!;
    for (const text of [account.company.name, 'Sent', 'Jan 31, 2030', '$120.00', '$100.00'])
      expect(row, text).to.include(text);
  });

  it('are found by state, year, customer and the beginning of the number', async () => {
    const overdue = await account.issue(10_00n, { due_on: '2020-01-01' });
    const paid = await account.issue(5_00n, { due_on: '2019-01-01' });
    await account.pay(5_00n);
    const find = async (query: string) => (await manager.visit(`/invoices?${query}`)).rows().join('\n');
    const customer = `customer=${account.company.id}`;
    expect(await find(`${customer}&status=overdue`))
      .to.include(overdue.label)
      .and.not.include(paid.label);
    expect(await find(`${customer}&status=overdue`)).to.include('Overdue');
    await account.rejectShortPayment(overdue.id, new Date().toISOString().slice(0, 10));
    expect(await find(`${customer}&status=overdue`)).to.not.include(overdue.label);
    expect(await find(`${customer}&status=paid`))
      .to.include(paid.label)
      .and.not.include(overdue.label);
    expect(await find(`q=${overdue.label.toLowerCase()}`)).to.include(overdue.label);
    expect(await find(`${customer}&year=2001`)).to.not.include(overdue.label);
    expect(await find(`customer=${tenant.id}`)).to.not.include(overdue.label);
  });

  it('are exported as CSV with exactly the filtered rows, also beyond the first page', async () => {
    await sql(portal, `update companies set name = '=1+1' where id = $1`, [account.company.id]);
    const { label } = await account.issue(1234_50n, { due_on: '2020-01-31', today: '2020-01-01' });
    await account.issue(-20_00n, { today: '2020-01-02' });
    for (let n = 0; n < 26; n += 1) await account.issue(1_00n, { today: '2019-01-01' });
    const customer = `customer=${account.company.id}`;
    const page = await manager.visit(`/invoices?${customer}&year=2020`);
    const response = await manager.get(page.href('Export CSV'));
    expect(response.headers['content-type']).to.equal('text/csv; charset=utf-8');
    expect(response.headers['content-disposition']).to.include('filename="Invoices.csv"');
    const lines = response.text.split('\r\n');
    expect(lines[0]).to.equal('\uFEFFNumber,Customer,Status,Issued,Due,Currency,Total,Open');
    expect(lines[1])
      .to.match(/^CN-\d+,'=1\+1,Credit note,2020-01-02,/)
      .and.to.match(/,USD,-20\.00,0\.00$/);
    expect(lines.slice(2)).to.eql([`${label},'=1+1,Overdue,2020-01-01,2020-01-31,USD,1234.50,1234.50`, '']);
    const all = await manager.get(`/invoices?${customer}&format=csv`);
    expect(all.text.match(/'=1\+1/g)).to.have.length(28);
  });

  it('are created as drafts or issued at once', async () => {
    const form = await manager.visit(`/invoices/new?customer=${account.company.code}`);
    const draft = await form.submit('Create invoice', {
      description_1: 'Boxes',
      quantity_1: '2.5',
      amount_1: '4,00',
      po_number: 'PO 7',
    });
    expect(draft.h1).to.equal('Draft invoice');
    expect(draft.text).to.include('Boxes').and.include('$10.00').and.include('PO 7');
    const issued = await (
      await manager.visit(`/invoices/new?customer=${account.company.code}`)
    ).submit('Create invoice', { description_1: 'Lock', amount_1: '٩٫٥٠', is_issued: true });
    expect(issued.h1).to.match(/^Invoice INV-/);
    expect(await account.balance()).to.include({ receivable: '950' });
  });

  it('ask for the required custom fields, also as a charge, and record them', async () => {
    const field = { entity: 'invoice', code: 'order', title: 'Order', is_required: true } as const;
    const { id } = await createCustomField(portal, tenant, field);
    const customOf = async (invoice: string) =>
      (await sql(portal, 'select custom from invoices where id = $1', [invoice]))[0]!['custom'];
    const line = { description_1: 'Boxes', amount_1: '4' };
    const form = await manager.visit(`/invoices/new?customer=${account.company.code}`);
    const refused = await form.submit('Create invoice', line);
    expect(refused.errors).to.eql(['Enter Order']);
    expect(await account.balance()).to.equal(undefined);
    const draft = await refused.submit('Create invoice', { Order: 'A1' });
    expect(draft.text).to.include('Order A1');
    expect(await customOf(draft.path.split('/')[2]!)).to.eql({ order: 'A1' });
    const created = await findAuditEvents(portal, tenant, 'invoice.created');
    expect(created.at(-1)!.changes).to.deep.include({ 'cf[order]': [null, 'A1'] });

    const second = await manager.visit(`/invoices/new?customer=${account.company.code}`);
    const page = await second.submit('Create invoice', { ...line, Order: 'A2', is_issued: true });
    expect(page.text).to.include('Order A2');
    const charge = await manager.visit(`/invoices/charges/new?customer=${account.company.code}`);
    const values = { Description: 'Cleaning', Amount: '25' };
    expect((await charge.submit('Issue a Charge', values)).errors).to.eql(['Enter Order']);
    expect((await charge.submit('Issue a Charge', { ...values, Order: 'A3' })).text).to.include('Order A3');
    const events = await findAuditEvents(portal, tenant, 'invoice.issued');
    expect(
      events.map(({ changes }) => (changes as Record<string, unknown>)['cf[order]']),
    ).to.deep.include.members([
      [null, 'A2'],
      [null, 'A3'],
    ]);
    await sql(portal, 'update custom_fields set retired_at = now() where id = $1', [id]);
  });

  it('are refused with a sentence at each wrong field', async () => {
    const form = await manager.visit(`/invoices/new?customer=${account.company.code}`);
    const errorsOf = async (fields: Record<string, string>) =>
      (await form.submit('Create invoice', { description_1: 'Item', amount_1: '1', ...fields })).errors;
    for (const amount of ['ten', '1.234'])
      expect(await errorsOf({ amount_1: amount }), amount).to.eql(['Enter an amount like 12.50']);
    expect(await errorsOf({ amount_1: `1${'0'.repeat(18)}` })).to.eql(['Enter 10000000000000.00 or less']);
    for (const amount of ['-1', '0'])
      expect(await errorsOf({ amount_1: amount })).to.eql(['Enter an amount above 0']);
    expect(await errorsOf({ amount_1: '' })).to.eql(['Enter an amount']);
    expect(await errorsOf({ description_1: '', amount_1: '' })).to.eql(['Enter a description and an amount']);
    expect(await errorsOf({ customer: 'C-404' })).to.eql([
      'No person has this email address, and no company this code',
    ]);
    expect(await errorsOf({ amount_1: '9999999999999.99', quantity_1: '999999' })).to.eql([
      'The quantity times the amount is too much',
    ]);
    expect(await errorsOf({ quantity_1: '0' })).to.eql(['Enter a quantity like 1 or 2.5']);
    expect(await errorsOf({ due_on: '2030-02-30' })).to.eql(['Enter a day that exists']);
    expect(await errorsOf({ due_on: '2020-01-01' })).to.eql(['Enter today or a later day']);
    expect(await errorsOf({ due_on: '2199-01-01' })).to.eql(['Enter a day within a year']);
    expect(await account.balance()).to.equal(undefined);
  });

  it('are hidden from staff without the permission and from anonymous users', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.visit('/users')).links).to.not.include('Invoices');
    expect((await driver.get('/invoices')).status).to.equal(403);
    const operations = await signedInStaff(portal, tenant, 'operations');
    expect((await operations.visit('/users')).links).to.include('Invoices');
    expect((await operations.get('/invoices/new')).status).to.equal(403);
    const response = await new Visitor(portal, tenant.operations).get('/invoices');
    expect(response.headers['location']).to.match(/^\/login/);
  });
});
