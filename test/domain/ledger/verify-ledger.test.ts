import { expect } from 'chai';
import { verifyLedger } from '../../../src/domain/ledger/verify-ledger.ts';
import { issueCreditNote } from '../../../src/domain/invoice/credit-note.ts';
import { deleteInvoice } from '../../../src/domain/invoice/invoice-actions.ts';
import { writeOff } from '../../../src/domain/invoice/write-off.ts';
import { undoPayment } from '../../../src/domain/payment/payment-actions.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor, TestAccount } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('verifyLedger', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let account: TestAccount;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
  });

  const verify = () => verifyLedger(portal.database, tenant.id);

  const issueAndPay = async () => {
    const invoice = await account.issue([
      { kind: 'item', description: 'Item', unit_cents: 100_00n },
      { kind: 'deposit', description: 'Deposit', unit_cents: 50_00n },
    ]);
    await account.pay(120_00n);
    return invoice;
  };

  it('finds no difference after every action', async () => {
    const { id } = await issueAndPay();
    await account.run(async (db, billing) => {
      const parts = [{ position: 1, net_cents: 60_00n }];
      await issueCreditNote(db, billingActor, billing, { invoice_id: id, parts, reason: 'Too much' });
    });
    const deleted = await account.issue(7_00n, { applies_credit: false });
    await account.run((db, billing) =>
      deleteInvoice(db, billingActor, billing, { id: deleted.id, reason: 'Mistake' }),
    );
    const lost = await account.issue(500_00n);
    await account.run((db, billing) => writeOff(db, billingActor, billing, { id: lost.id, reason: 'Lost' }));
    const paid = await account.pay(20_00n);
    await account.run((db, billing) =>
      undoPayment(db, billingActor, billing, { id: paid.ok ? paid.payment.id : '', reason: 'Twice' }),
    );
    expect(await verify()).to.eql({ accounts: 1, difference: null });
  });

  for (const [sum, change] of [
    [
      'billing_accounts.receivable_cents',
      'update billing_accounts set receivable_cents = receivable_cents + 1',
    ],
    ['billing_accounts.credit_cents', 'update billing_accounts set credit_cents = credit_cents + 1'],
    ['billing_accounts.deposit_cents', 'update billing_accounts set deposit_cents = deposit_cents + 1'],
    ['invoices.net_cents', 'update invoice_lines set net_cents = net_cents + 1'],
    ['invoices.tax_cents', 'update invoice_lines set tax_cents = tax_cents + 1'],
    ['invoices.paid_cents', `update allocations set amount_cents = amount_cents + 1`],
    ['invoices.credited_cents', 'update invoices set credited_cents = credited_cents + 1'],
    ['invoices.written_off_cents', 'update invoices set written_off_cents = written_off_cents + 1'],
    ['invoices.credit_noted_cents', 'update invoices set credit_noted_cents = credit_noted_cents + 1'],
    ['open invoices', `update invoices set status = 'deleted'`],
    ['payments.amount_cents', 'update payments set amount_cents = amount_cents + 1'],
  ] as const)
    it(`names ${sum} when it was changed`, async () => {
      await issueAndPay();
      await portal.owner.query(`${change} where tenant_id = $1`, [tenant.id]);
      expect((await verify()).difference).to.include({ sum });
    });

  it('ignores the rows of other tenants', async () => {
    const other = await createTenant(portal);
    const changed = new TestAccount(portal, other, await createCompany(portal, other));
    await changed.issue(10_00n);
    await issueAndPay();
    await portal.owner.query('update billing_accounts set credit_cents = 1 where tenant_id = $1', [other.id]);
    expect((await verify()).difference).to.equal(null);
    expect((await verifyLedger(portal.database, other.id)).difference).to.not.equal(null);
    expect(await account.balance()).to.include({ receivable: '3000' });
  });
});
