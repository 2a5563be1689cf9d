import { expect } from 'chai';
import { listStatementEntries, listSumsBefore } from '../../../src/domain/ledger/statement-queries.ts';
import { statementOf } from '../../../src/domain/ledger/statement.ts';
import { deleteInvoice } from '../../../src/domain/invoice/invoice-actions.ts';
import { writeOff } from '../../../src/domain/invoice/write-off.ts';
import { undoPayment } from '../../../src/domain/payment/payment-actions.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor, TestAccount } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('the statement of an account', () => {
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

  const read = async (first: string, last: string) => {
    const [row] = await sql(portal, 'select id from billing_accounts where company_id = $1', [
      account.company.id,
    ]);
    const id = row!['id'] as string;
    return account.run(async (db) =>
      statementOf(await listSumsBefore(db, id, first), await listStatementEntries(db, id, { first, last })),
    );
  };

  const movementsOf = ({ movements }: Awaited<ReturnType<typeof read>>) =>
    movements.map((each) => [each.effective_on, each.posting, each.amount_cents, each.balance_cents]);

  it('adds the movements of its days to the opening balance', async () => {
    await account.issue(120_00n, { today: '2026-01-10' });
    await account.pay(50_00n, { received_on: '2026-01-20' });
    await account.issue(70_00n, { today: '2026-02-10' });
    await account.pay(100_00n, { received_on: '2026-02-28' });
    await account.issue(30_00n, { today: '2026-03-01' });
    const statement = await read('2026-02-01', '2026-02-28');
    expect(statement.opening_cents).to.equal(70_00n);
    expect(movementsOf(statement)).to.eql([
      ['2026-02-10', 'issue', 70_00n, 140_00n],
      ['2026-02-28', 'payment', -100_00n, 40_00n],
    ]);
    expect(statement.closing_cents).to.equal(40_00n);
    expect((await read('2026-03-01', '2026-03-31')).opening_cents).to.equal(40_00n);
  });

  it('subtracts credit, and leaves out that it was applied', async () => {
    await account.issue(120_00n, { today: '2026-01-10' });
    await account.pay(150_00n, { received_on: '2026-01-20' });
    await account.issue(100_00n, { today: '2026-02-10' });
    const statement = await read('2026-01-01', '2026-12-31');
    expect(movementsOf(statement)).to.eql([
      ['2026-01-10', 'issue', 120_00n, 120_00n],
      ['2026-01-20', 'payment', -150_00n, -30_00n],
      ['2026-02-10', 'issue', 100_00n, 70_00n],
    ]);
    expect(await account.balance()).to.include({ receivable: '7000', credit: '0' });
  });

  it('shows what was undone, deleted and written off, with the label or the reference', async () => {
    const deleted = await account.issue(10_00n, { today: '2026-01-01' });
    const first = await account.issue(40_00n, { today: '2026-01-02' });
    await account.run(
      (db, billing) => deleteInvoice(db, billingActor, billing, { id: deleted.id, reason: 'Wrong' }),
      { today: '2026-01-03' },
    );
    const paid = await account.pay(40_00n, { received_on: '2026-01-04', reference: 'TRX 1' });
    if (!paid.ok) throw new Error('not recorded');
    const payment = { id: paid.payment.id, reason: 'Typed twice' };
    await account.run((db, billing) => undoPayment(db, billingActor, billing, payment), {
      today: '2026-01-05',
    });
    await account.run(
      (db, billing) => writeOff(db, billingActor, billing, { id: first.id, reason: 'Insolvent' }),
      { today: '2026-01-06' },
    );
    const statement = await read('2026-01-01', '2026-01-31');
    const texts = statement.movements.map((each) => [
      each.posting,
      each.invoice_label ?? each.payment_reference,
    ]);
    expect(texts).to.eql([
      ['issue', deleted.label],
      ['issue', first.label],
      ['reversal', deleted.label],
      ['payment', 'TRX 1'],
      ['reversal', 'TRX 1'],
      ['write_off', first.label],
    ]);
    expect(statement.closing_cents).to.equal(0n);
  });

  it('keeps deposits that are held apart from the balance', async () => {
    const deposit = { kind: 'deposit' as const, description: 'Deposit', unit_cents: 100_00n };
    await account.issue([deposit], { today: '2026-01-10' });
    await account.pay(100_00n, { received_on: '2026-01-11' });
    expect(await read('2026-01-01', '2026-01-31')).to.include({
      closing_cents: 0n,
      deposit_cents: 100_00n,
    });
    expect(await read('2025-01-01', '2025-12-31')).to.include({ closing_cents: 0n, deposit_cents: 0n });
  });
});
