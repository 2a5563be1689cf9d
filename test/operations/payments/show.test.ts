import { expect } from 'chai';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('A payment', () => {
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

  it('is undone with a reason, and both stay visible', async () => {
    const { id, label } = await account.issue(120_00n);
    const form = await manager.visit(`/payments/new?customer=${account.company.code}`);
    const payment = await form.submit('Record payment', { Amount: '200' });
    expect(payment.rows(label)[0]).to.include('$120.00');
    const undo = await payment.follow('Undo payment');
    expect((await undo.submit('Undo payment')).errors).to.eql(['Enter a reason']);
    const page = await undo.submit('Undo payment', { Reason: 'Typed twice' });
    expect(page.badges).to.include('Undone');
    expect(page.text).to.include(`by ${manager.person.name}: Typed twice`);
    expect(page.rows(label)).to.have.length(2);
    expect(await account.balance()).to.include({ receivable: '12000', credit: '0' });
    expect((await manager.visit(`/invoices/${id}`)).rows('Taken back')).to.have.length(1);
    const { rows } = await portal.owner.query<{ event: string }>(
      'select event from audit_events where target_id = $1 order by id',
      [payment.path.split('/').at(-1)],
    );
    expect(rows.map(({ event }) => event)).to.eql(['payment.recorded', 'payment.undone']);
  });

  it('cannot be undone after its credit was used, until a credit note gives the credit back', async () => {
    const form = await manager.visit(`/payments/new?customer=${account.company.code}`);
    const payment = await form.submit('Record payment', { Amount: '80' });
    const invoice = await account.issue(55_00n);
    const refused = await (await payment.follow('Undo payment')).submit('Undo payment', { Reason: 'X' });
    expect(refused.errors).to.eql([
      '55.00 of the credit from this payment was used: it has paid other invoices, or was refunded. Issue a credit note for one of these invoices first, then undo the payment',
    ]);
    expect(await account.balance()).to.include({ receivable: '0', credit: '2500' });
    const note = await manager.visit(`/invoices/${invoice.id}/credit-notes/new`);
    await note.submit('Issue credit note', { amount_1: '55', Reason: 'Charged again' });
    const undone = await (await payment.follow('Undo payment')).submit('Undo payment', { Reason: 'X' });
    expect(undone.badges).to.include('Undone');
    expect(await account.balance()).to.include({ receivable: '0', credit: '0' });
  });
});
