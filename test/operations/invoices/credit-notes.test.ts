import { expect } from 'chai';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('A credit note for an invoice', () => {
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

  it('credits an amount per line and prints the reason', async () => {
    const { id, label } = await account.issue([
      { kind: 'item', description: 'Boxes', unit_cents: 100_00n },
      { kind: 'item', description: 'Tape', unit_cents: 20_00n },
    ]);
    const form = await (await manager.visit(`/invoices/${id}`)).follow('Credit note');
    const page = await form.submit('Issue credit note', { amount_2: '20', Reason: 'Not received' });
    expect(page.h1).to.match(/^Credit note CN-/);
    expect(page.links).to.include(label);
    expect(page.text).to.include('Not received').and.include('Tape').and.not.include('Boxes');
    expect(await account.invoice(id)).to.include({ open: '10000', credit_noted: '2000' });
  });

  it('names what can still be credited of a line, and refuses one without amounts', async () => {
    const { id } = await account.issue(144_00n);
    const form = await manager.visit(`/invoices/${id}/credit-notes/new`);
    await form.submit('Issue credit note', { amount_1: '60', Reason: 'Broken' });
    const again = await manager.visit(`/invoices/${id}/credit-notes/new`);
    const refused = await again.submit('Issue credit note', { amount_1: '90', Reason: 'Broken' });
    expect(refused.errors).to.eql(['84.00 of this line can still be credited']);
    const nothing = await again.submit('Issue credit note', { Reason: 'Broken' });
    expect(nothing.errors).to.eql(['Enter the amount to credit of at least one line']);
    expect(await account.invoice(id)).to.include({ credit_noted: '6000' });
  });

  it('credits a line of an invoice with 250 lines', async () => {
    const lines = Array.from({ length: 250 }, (_, n) => ({
      kind: 'item' as const,
      description: `Unit ${n + 1}`,
      unit_cents: 1_00n,
    }));
    const { id } = await account.issue(lines);
    const form = await manager.visit(`/invoices/${id}/credit-notes/new`);
    const note = await form.submit('Issue credit note', { amount_250: '0.40', Reason: 'Damaged' });
    expect(note.rows('Unit 250')[0]).to.include('0.40');
    expect(await account.invoice(id)).to.include({ open: '24960' });
  });

  it('refuses a line that the invoice does not have', async () => {
    const { id } = await account.issue(10_00n);
    const form = await manager.visit(`/invoices/${id}/credit-notes/new`);
    const response = await manager.postFrom(form, `/invoices/${id}/credit-notes`, {
      amount_7: '1',
      reason: 'X',
    });
    expect(response.status).to.equal(422);
    expect(await account.invoice(id)).to.include({ credit_noted: '0' });
  });
});
