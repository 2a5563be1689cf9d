import { expect } from 'chai';
import { verifyLedger } from '../../../src/domain/ledger/verify-ledger.ts';
import { recordPayment, undoPayment } from '../../../src/domain/payment/payment-actions.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor, TestAccount } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('payments that staff record', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let account: TestAccount;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });
  beforeEach(async () => {
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
  });

  const undo = (id: string) =>
    account.run((db, billing) => undoPayment(db, billingActor, billing, { id, reason: 'Typed twice' }));

  const idOf = (result: Awaited<ReturnType<TestAccount['pay']>>) => {
    if (!result.ok) throw new Error(JSON.stringify(result.errors));
    return result.payment.id;
  };

  const opens = async (...invoices: { id: string }[]) =>
    Promise.all(invoices.map(async ({ id }) => (await account.invoice(id))['open']));

  it('pay the oldest due invoice first', async () => {
    const second = await account.issue(70_00n, { due_on: '2026-04-01' });
    const first = await account.issue(50_00n, { due_on: '2026-03-01' });
    await account.pay(100_00n);
    expect(await opens(first, second)).to.eql(['0', '2000']);
    expect((await account.invoice(first.id))['status']).to.equal('paid');
    expect((await account.invoice(second.id))['status']).to.equal('sent');
  });

  it('pay the lower number first of two invoices that are due on the same day', async () => {
    const january = await account.issue(40_00n, { due_on: '2026-01-01' });
    const february = await account.issue(60_00n, { due_on: '2026-02-01' });
    const later = await account.issue(25_00n, { due_on: '2026-02-01' });
    await account.pay(70_00n);
    expect(await opens(january, february, later)).to.eql(['0', '3000', '2500']);
  });

  it('pay chosen invoices and leave the others', async () => {
    const january = await account.issue(40_00n, { due_on: '2026-01-01' });
    const february = await account.issue(60_00n, { due_on: '2026-02-01' });
    const later = await account.issue(25_00n, { due_on: '2026-02-01' });
    await account.pay(65_00n, {
      chosen: [
        { invoice_id: later.id, amount_cents: 25_00n },
        { invoice_id: january.id, amount_cents: 40_00n },
      ],
    });
    expect(await opens(january, february, later)).to.eql(['0', '6000', '0']);
  });

  it('do not pay the disputed part of an invoice', async () => {
    const disputed = await account.issue(100_00n, { due_on: '2026-01-01' });
    const newer = await account.issue(50_00n, { due_on: '2026-02-01' });
    await portal.owner.query('update invoices set disputed_cents = 2000 where id = $1', [disputed.id]);
    await account.pay(110_00n);
    expect(await opens(disputed, newer)).to.eql(['2000', '2000']);
  });

  it('become credit where they are more than what is open, and the next invoice uses it', async () => {
    await account.issue(120_00n);
    await account.pay(150_00n);
    expect(await account.balance()).to.include({ receivable: '0', credit: '3000' });
    const next = await account.issue(100_00n);
    expect(await account.invoice(next.id)).to.include({ status: 'sent', open: '7000', paid: '3000' });
    await account.pay(70_00n);
    expect(await account.balance()).to.include({ receivable: '0', credit: '0' });
  });

  it('become credit that pays a smaller invoice when it is issued', async () => {
    await account.pay(80_00n, { is_deposit: true });
    const invoice = await account.issue(55_00n);
    expect(await account.invoice(invoice.id)).to.include({ status: 'paid', open: '0' });
    expect(await account.balance()).to.include({ receivable: '0', credit: '2500' });
  });

  it('stay on the account as a deposit, even if an invoice is open', async () => {
    const invoice = await account.issue(120_00n);
    await account.pay(50_00n, { is_deposit: true });
    expect(await opens(invoice)).to.eql(['12000']);
    expect(await account.balance()).to.include({ receivable: '12000', credit: '5000' });
  });

  it('are undone by reversing rows, which open the invoice again', async () => {
    const invoice = await account.issue(120_00n);
    const id = idOf(await account.pay(200_00n));
    expect(await account.balance()).to.include({ receivable: '0', credit: '8000' });
    expect((await undo(id)).ok).to.equal(true);
    expect(await account.balance()).to.include({ receivable: '12000', credit: '0' });
    expect(await account.invoice(invoice.id)).to.include({ status: 'sent', open: '12000', paid: '0' });
    expect(await account.ledger('cash')).to.equal('0');
    const { rows } = await portal.owner.query(
      'select 1 from allocations where source_id = $1 order by reverses_id nulls first',
      [id],
    );
    expect(rows).to.have.length(2);
    expect(await undo(id)).to.deep.include({
      ok: false,
      errors: [{ field: 'reason', code: 'already_undone' }],
    });
  });

  it('leave what they paid to other credit of the account when they are undone', async () => {
    const { id } = await account.issue(100_00n);
    const paid = await account.pay(100_00n);
    await account.pay(30_00n);
    await undo(idOf(paid));
    expect(await account.invoice(id)).to.include({ status: 'sent', open: '7000' });
    expect(await account.balance()).to.include({ receivable: '7000', credit: '0' });
  });

  it('cannot be undone after their credit was spent', async () => {
    const id = idOf(await account.pay(80_00n));
    await account.issue(55_00n);
    expect(await undo(id)).to.deep.include({
      ok: false,
      errors: [{ field: 'reason', code: 'credit_spent', params: { missing: '55.00' } }],
    });
    expect(await account.balance()).to.include({ receivable: '0', credit: '2500' });
  });

  it('are refused for more than is open of a chosen invoice, or than was received', async () => {
    const invoice = await account.issue(40_00n);
    const chosen = (amount_cents: bigint) => ({ chosen: [{ invoice_id: invoice.id, amount_cents }] });
    const more = await account.pay(50_00n, chosen(40_01n));
    expect(more).to.deep.include({
      errors: [{ field: `invoice_${invoice.id}`, code: 'allocation_too_large', params: { open: '40.00' } }],
    });
    const less = await account.pay(30_00n, chosen(40_00n));
    expect(less).to.deep.include({
      errors: [{ field: 'amount', code: 'allocations_too_large', params: { sum: '40.00' } }],
    });
    expect(await opens(invoice)).to.eql(['4000']);
  });

  it('never pay more than is open when several are recorded at the same time', async () => {
    const invoice = await account.issue(120_00n);
    await Promise.all(Array.from({ length: 10 }, () => account.pay(50_00n)));
    expect(await account.invoice(invoice.id)).to.include({ status: 'paid', paid: '12000' });
    expect(await account.balance()).to.include({ receivable: '0', credit: '38000' });
    expect((await verifyLedger(portal.database, tenant.id)).difference).to.equal(null);
  });

  it('count from the day of the receipt, but for an invoice not before the day of its issue', async () => {
    const before = await account.issue(50_00n, { today: '2026-01-10', due_on: '2026-01-10' });
    const after = await account.issue(50_00n, { today: '2026-03-10', due_on: '2026-03-10' });
    await account.run(
      (db, billing) =>
        recordPayment(db, billingActor, billing, {
          customer: account.company.code,
          currency: 'USD',
          amount: 120_00n,
          received_on: '2026-02-01',
          channel: 'cheque',
          reference: '4711',
          chosen: [],
          is_deposit: false,
        }),
      { today: '2026-04-01' },
    );
    const { rows } = await portal.owner.query<{ effective_on: string; credit: string; amount: string }>(
      `select l.effective_on::text, l.credit, l.amount_cents::text as amount from ledger_entries l
       join billing_accounts b on b.id = l.billing_account_id
       where b.company_id = $1 and l.posting = 'payment' order by l.id`,
      [account.company.id],
    );
    expect(rows).to.eql([
      { effective_on: '2026-02-01', credit: 'receivable', amount: '5000' },
      { effective_on: '2026-03-10', credit: 'receivable', amount: '5000' },
      { effective_on: '2026-02-01', credit: 'credit', amount: '2000' },
    ]);
    expect(await opens(before, after)).to.eql(['0', '0']);
  });

  it('are refused for an invoice of another account', async () => {
    const other = new TestAccount(portal, tenant, await createCompany(portal, tenant));
    const { id } = await other.issue(40_00n);
    const result = await account.pay(40_00n, { chosen: [{ invoice_id: id, amount_cents: 40_00n }] });
    expect(result).to.deep.include({ errors: [{ field: 'amount', code: 'invoice_not_open' }] });
    expect((await other.invoice(id))['open']).to.equal('4000');
  });
});
