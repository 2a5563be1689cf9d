import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import { createCompany, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('An invoice', () => {
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

  it('shows both sides, its lines with tax, and why the amount of a part of a period is what it is', async () => {
    await portal.owner.query(
      `update companies set address = $2, address_norm = lower($2), tax_number = 'TAX 5' where id = $1`,
      [account.company.id, 'Road 1\nTown'],
    );
    const rate = { id: newId(), rate_ppm: 230_000, is_inclusive: false };
    await account.run(async (db) => {
      await db.insertInto('tax_rates', { ...rate, code: rate.id, code_norm: rate.id, name: 'VAT' });
    });
    const part = { days: 17, full_days: 31, full_cents: 100_00n };
    const period = { starts_on: '2026-03-15', ends_on: '2026-03-31' };
    const { id, label } = await account.issue([
      { kind: 'rent', description: 'Unit U1', unit_cents: 54_84n, part, ...period },
      { kind: 'item', description: 'Boxes', unit_cents: 55_55n, tax_rate: rate },
      { kind: 'item', description: 'Tape', unit_cents: 11_11n, tax_rate: rate },
    ]);
    const page = await manager.visit(`/invoices/${id}`);
    expect(page.h1).to.equal(`Invoice ${label}`);
    expect(page.text).to.include(tenant.name);
    expect(page.rows('Unit U1')[0]).to.include('Why this amount: 17 of 31 days of $100.00');
    expect(page.rows('Unit U1')[0]).to.include('Mar 15, 2026 to Mar 31, 2026');
    expect(page.text).to.include('Tax 23 % of $66.66').and.include('$15.34').and.include('$136.84');
  });

  it('states the price with its tax like the file of the customer', async () => {
    const rate = { id: newId(), rate_ppm: 200_000, is_inclusive: true };
    await account.run(async (db) => {
      await db.insertInto('tax_rates', { ...rate, code: rate.id, code_norm: rate.id, name: 'VAT' });
    });
    const line = { kind: 'item' as const, description: 'Lock', unit_cents: 10_00n, tax_rate: rate };
    const { id } = await account.issue([line]);
    const [row] = (await manager.visit(`/invoices/${id}`)).rows('Lock');
    expect(row).to.include('$10.00 including tax').and.include('$8.33');
  });

  it('that is a draft is issued, and then has a number', async () => {
    const form = await manager.visit(`/invoices/new?customer=${account.company.code}`);
    const draft = await form.submit('Create invoice', { description_1: 'Item', amount_1: '10' });
    expect(draft.badges).to.include('Draft');
    const issued = await draft.submit('Issue invoice');
    expect(issued.h1).to.match(/^Invoice INV-/);
    expect(issued.badges).to.include('Sent');
    const again = await draft.submit('Issue invoice');
    expect(again.status).to.equal(422);
    expect(again.text).to.include('This invoice is not a draft any longer');
  });

  it('that is a draft is not issued with amounts that the user has not seen', async () => {
    const form = await manager.visit(`/invoices/new?customer=${account.company.code}`);
    const draft = await form.submit('Create invoice', { description_1: 'Item', amount_1: '10' });
    await (await draft.follow('Edit')).submit('Save changes', { amount_1: '1000' });
    const refused = await draft.submit('Issue invoice');
    expect(refused.errors).to.eql(['Someone else has changed this draft. Check it and try again.']);
    expect(refused.badges).to.include('Draft');
    expect((await refused.submit('Issue invoice')).text).to.include('$1,000.00');
  });

  it('shows what paid it, what was taken back, and its credit notes', async () => {
    const { id } = await account.issue(120_00n, { due_on: '2020-01-01' });
    expect((await manager.visit(`/invoices/${id}`)).badges).to.include('Overdue');
    await account.pay(50_00n, { reference: 'BANK 7' });
    const page = await manager.visit(`/invoices/${id}`);
    expect(page.rows('Bank transfer, BANK 7')[0]).to.include('$50.00');
    const credit = await (
      await page.follow('Credit note')
    ).submit('Issue credit note', {
      amount_1: '20',
      Reason: 'Broken',
    });
    expect(credit.links).to.include((await account.invoice(id))['label']);
    const after = await manager.visit(`/invoices/${id}`);
    expect(after.rows('Broken')[0]).to.include('$20.00');
    expect(await account.invoice(id)).to.include({ open: '5000' });
  });

  it('is paid by credit that staff apply', async () => {
    const { id } = await account.issue(30_00n);
    await account.pay(50_00n, { is_deposit: true });
    const page = await (await manager.visit(`/invoices/${id}`)).submit('Apply credit');
    expect(page.flashes[0]).to.match(/^The credit was applied to invoice/);
    expect(page.badges).to.include('Paid');
    const again = await manager.postFrom(page, `/invoices/${id}/credit`);
    expect(again.status).to.equal(422);
    expect(again.text).to.include('Nothing is open on this invoice');
  });

  it('has comments', async () => {
    const { id } = await account.issue(30_00n);
    const page = await (
      await manager.visit(`/invoices/${id}`)
    ).submit('Add comment', { Comment: 'Call them' });
    expect(page.find('#comments')!.text).to.include('Call them').and.include(manager.person.name);
    const refused = await page.submit('Add comment', { Comment: ' ' });
    expect(refused.status).to.equal(422);
    const { rows } = await portal.owner.query<{ event: string }>(
      `select event from audit_events where target_id = $1 and event = 'invoice.commented'`,
      [id],
    );
    expect(rows).to.have.length(1);
  });

  it('offers staff what they may do only', async () => {
    const { id } = await account.issue(30_00n);
    const operations = await signedInStaff(portal, tenant, 'operations');
    const page = await operations.visit(`/invoices/${id}`);
    expect(page.links).to.include('Record payment');
    for (const name of ['Credit note', 'Write off', 'Delete']) expect(page.links, name).to.not.include(name);
    expect((await operations.get(`/invoices/${id}/credit-notes/new`)).status).to.equal(403);
  });
});
