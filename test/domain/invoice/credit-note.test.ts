import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import { issueCredit, issueCreditNote, type CreditedPart } from '../../../src/domain/invoice/credit-note.ts';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor, TestAccount } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('credit notes', () => {
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

  /** A line with 20 % tax, unless another rate is given. */
  const taxed = async (unit_cents: bigint, rate_ppm = 200_000) => {
    const id = newId();
    const tax = { id, code: id, code_norm: id, name: 'Tax', rate_ppm };
    await inTenant(portal.database, tenant.id, async (db) => {
      await db.insertInto('tax_rates', tax);
    });
    const tax_rate = { id, rate_ppm, is_inclusive: false };
    return { kind: 'item' as const, description: 'Item', unit_cents, tax_rate };
  };

  const credit = (invoice_id: string, ...parts: CreditedPart[]) =>
    account.run((db, billing) =>
      issueCreditNote(db, billingActor, billing, { invoice_id, parts, reason: 'Too much' }),
    );

  const totalOf = (result: Awaited<ReturnType<typeof credit>>) => {
    if (!result.ok) throw new Error(JSON.stringify(result.errors));
    return result.credit_note.total_cents;
  };

  it('split the tax of a line so that the parts add up to it', async () => {
    const { id } = await account.issue([await taxed(100_00n)]);
    const totals = [];
    for (const net_cents of [33_33n, 33_33n, 33_34n])
      totals.push(totalOf(await credit(id, { position: 1, net_cents })));
    expect(totals).to.eql([40_00n, 39_99n, 40_01n]);
    expect(await account.invoice(id)).to.include({ open: '0', status: 'paid', credit_noted: '12000' });
    expect(await account.ledger('tax')).to.equal('0');
    expect(await account.ledger('income')).to.equal('0');
  });

  it('split the amount with tax so that the parts add up to the line', async () => {
    const { id } = await account.issue([await taxed(100_00n)]);
    const totals = [];
    for (const total_cents of [33_33n, 33_33n, 53_34n])
      totals.push(totalOf(await credit(id, { position: 1, total_cents })));
    expect(totals).to.eql([33_33n, 33_33n, 53_34n]);
    expect(await account.ledger('tax')).to.equal('0');
    expect(await account.ledger('income')).to.equal('0');
  });

  it('lower the open part first, and the rest becomes credit', async () => {
    const { id } = await account.issue([await taxed(120_00n)]);
    await account.pay(100_00n);
    expect(totalOf(await credit(id, { position: 1, total_cents: 60_00n }))).to.equal(60_00n);
    expect(await account.invoice(id)).to.include({ status: 'paid', open: '0', credited: '4400' });
    expect(await account.balance()).to.include({ receivable: '0', credit: '1600' });
    expect(await account.ledger('income')).to.equal('-7000');
    expect(await account.ledger('tax')).to.equal('-1400');
  });

  it('are refused for more than the rest, which the refusal names', async () => {
    const { id } = await account.issue([await taxed(120_00n)]);
    await credit(id, { position: 1, total_cents: 60_00n });
    const result = await credit(id, { position: 1, total_cents: 90_00n });
    expect(result).to.deep.include({
      errors: [{ field: 'amount_1', code: 'line_credit_too_large', params: { rest: '84.00' } }],
    });
    expect(await account.invoice(id)).to.include({ credit_noted: '6000', open: '8400' });
  });

  it('are refused for more than the sum of an invoice with a discount', async () => {
    const discount = { kind: 'discount' as const, description: 'Discount', unit_cents: -30_00n };
    const { id } = await account.issue([
      { kind: 'rent', description: 'Rent', unit_cents: 100_00n },
      discount,
    ]);
    expect(await credit(id, { position: 1, net_cents: 100_00n })).to.deep.include({
      errors: [{ field: 'reason', code: 'credit_too_large', params: { rest: '70.00' } }],
    });
    expect(
      totalOf(await credit(id, { position: 1, net_cents: 100_00n }, { position: 2, net_cents: -30_00n })),
    ).to.equal(70_00n);
    expect(await account.invoice(id)).to.include({ status: 'paid', open: '0' });
    expect(await account.ledger('income')).to.equal('0');
  });

  it('are refused for a negative part, a line that the invoice does not have, and nothing', async () => {
    const { id } = await account.issue(100_00n);
    for (const part of [
      { position: 1, net_cents: -1n },
      { position: 2, net_cents: 1n },
      { position: 1, net_cents: 0n },
    ])
      expect((await credit(id, part)).ok).to.equal(false);
    expect(await account.invoice(id)).to.include({ credit_noted: '0', open: '10000' });
  });

  it('take back a deposit from the deposits that are held', async () => {
    const { id } = await account.issue([{ kind: 'deposit', description: 'Deposit', unit_cents: 100_00n }]);
    expect(await account.balance()).to.include({ deposit: '10000' });
    expect(await account.ledger('income')).to.equal('0');
    await account.pay(100_00n);
    await credit(id, { position: 1, net_cents: 100_00n });
    expect(await account.balance()).to.include({ deposit: '0', credit: '10000' });
    expect(await account.ledger('income')).to.equal('0');
  });

  it('credit the rest of a period at a move-out with the tax that was charged', async () => {
    for (const [price, ppm, kept, total] of [
      [120_00n, 200_000, 38_71n, 97_55n],
      [99_99n, 88_750, 39_28n, 66_09n],
    ] as const) {
      const { id } = await account.issue([await taxed(price, ppm)]);
      expect(totalOf(await credit(id, { position: 1, net_cents: price - kept }))).to.equal(total);
    }
  });

  it('keep the invoice of a payment on its way pending, with nothing open', async () => {
    const { id } = await account.issue(120_00n);
    await portal.owner.query(
      `update invoices set status = 'pending', pending_payment_id = gen_random_uuid() where id = $1`,
      [id],
    );
    await credit(id, { position: 1, net_cents: 120_00n });
    expect(await account.invoice(id)).to.include({ status: 'pending', open: '0' });
  });

  it('use numbers of their own and pay other open invoices with the credit', async () => {
    const paid = await account.issue(100_00n);
    await account.pay(100_00n);
    const open = await account.issue(30_00n);
    const result = await credit(paid.id, { position: 1, net_cents: 50_00n });
    expect(result)
      .to.have.nested.property('credit_note.label')
      .that.matches(/^CN-\d{5}$/);
    expect(await account.invoice(open.id)).to.include({ status: 'paid' });
    expect(await account.balance()).to.include({ receivable: '0', credit: '2000' });
  });

  it('without an invoice are a credit of income and tax', async () => {
    const { tax_rate } = await taxed(1n);
    const result = await account.run((db, billing) =>
      issueCredit(db, billingActor, billing, {
        customer: account.company.code,
        currency: 'USD',
        description: 'Goodwill',
        amount: 10_00n,
        tax_rate,
      }),
    );
    expect(totalOf(result)).to.equal(12_00n);
    expect(await account.balance()).to.include({ receivable: '0', credit: '1200' });
    expect([await account.ledger('income'), await account.ledger('tax')]).to.eql(['1000', '200']);
  });
});
