import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import {
  createInvoice,
  issueDraft,
  issueDraftsById,
  updateDraft,
  type InvoiceValues,
} from '../../../src/domain/invoice/draft-actions.ts';
import { applyCredit, deleteInvoice } from '../../../src/domain/invoice/invoice-actions.ts';
import { writeOff } from '../../../src/domain/invoice/write-off.ts';
import { findInvoiceForUpdate } from '../../../src/domain/invoice/invoice-queries.ts';
import { isOverdue } from '../../../src/domain/invoice/invoice.ts';
import { systemActor } from '../../../src/domain/actor.ts';
import { openAccount } from '../../../src/domain/billing-account/billing-account.ts';
import { calculateInvoices, issueInvoices } from '../../../src/domain/invoice/issue-invoices.ts';
import type { Billing } from '../../../src/domain/billing/billing-settings.ts';
import { issueCredit, issueCreditNote } from '../../../src/domain/invoice/credit-note.ts';
import { found } from '../../../src/errors.ts';
import { findEventsOf } from '../../support/audit.ts';
import { createCompany, createCustomer, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor, TestAccount } from '../../support/money.ts';
import { startPortal, type OwnPortal } from '../../support/portal.ts';

describe('invoices', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let account: TestAccount;

  before(async () => {
    portal = await startPortal({ poolSize: 10 });
    tenant = await createTenant(portal);
  });
  beforeEach(async () => {
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
  });
  after(() => portal.close());

  const create = (values: Partial<InvoiceValues> = {}, settings: Partial<Billing> = {}) =>
    account.run(
      (db, billing) =>
        createInvoice(db, billingActor, billing, {
          customer: account.company.code,
          currency: 'USD',
          lines: [{ kind: 'item', description: 'Item', unit_cents: 100_00n }],
          due_on: null,
          po_number: null,
          is_issued: false,
          ...values,
        }),
      settings,
    );

  const idOf = (result: Awaited<ReturnType<typeof create>>) => {
    if (!result.ok) throw new Error(JSON.stringify(result.errors));
    return result.invoice.id;
  };

  const issue = (id: string, values: Partial<Billing> = {}) =>
    account.run(async (db, billing) => {
      const { version } = found(await findInvoiceForUpdate(db, id));
      return issueDraft(db, billingActor, billing, { id, version });
    }, values);

  const remove = (id: string) =>
    account.run((db, billing) => deleteInvoice(db, billingActor, billing, { id, reason: 'Mistake' }));

  it('are drafts without number and postings until they are issued', async () => {
    const id = idOf(await create());
    expect(await account.invoice(id)).to.include({ status: 'draft', label: null, total: '10000' });
    expect(await account.balance()).to.include({ receivable: '0' });
    await issue(id);
    const issued = await account.invoice(id);
    expect(issued).to.include({ status: 'sent', open: '10000' });
    expect(issued['label']).to.match(/^INV-\d{5}$/);
    expect(await account.balance()).to.include({ receivable: '10000' });
    expect((await issue(id)).ok).to.equal(false);
    expect(await account.balance()).to.include({ receivable: '10000' });
  });

  it('use the credit of the account when they are issued, not before', async () => {
    await account.pay(30_00n, { is_deposit: true });
    const id = idOf(await create());
    expect(await account.balance()).to.include({ credit: '3000' });
    await issue(id);
    expect(await account.invoice(id)).to.include({ status: 'sent', open: '7000' });
    expect(await account.balance()).to.include({ receivable: '7000', credit: '0' });
  });

  it('are paid at once when nothing is to be paid', async () => {
    const id = idOf(await create({ lines: [{ kind: 'item', description: 'Gift', unit_cents: 0n }] }));
    await issue(id);
    expect(await account.invoice(id)).to.include({ status: 'paid', total: '0' });
  });

  it('are issued several at a time, in the order of their ids', async () => {
    const ids = [idOf(await create()), idOf(await create()), idOf(await create())];
    const issued = await account.run((db, billing) => issueDraftsById(db, billingActor, billing, ids));
    expect(issued.map(({ id }) => id)).to.eql(ids);
    expect(issued.map(({ number }) => number - issued[0]!.number)).to.eql([0n, 1n, 2n]);
    expect(await account.balance()).to.include({ receivable: '30000' });
  });

  it('state the address of the customer of the day of their issue', async () => {
    const id = idOf(await create());
    await portal.owner.query(
      `update companies set address = 'New street 1', address_norm = 'new street 1' where id = $1`,
      [account.company.id],
    );
    await issue(id);
    const { rows } = await portal.owner.query<{ address: string }>(
      `select buyer->>'address' as address from invoices where id = $1`,
      [id],
    );
    expect(rows[0]!.address).to.equal('New street 1');
  });

  it('get a new due day when they are issued after it', async () => {
    const id = idOf(await create({ due_on: '2026-01-01' }, { today: '2025-12-01' }));
    await issue(id, { today: '2026-04-20', payment_terms_days: 14 });
    const { rows } = await portal.owner.query<{ due_on: string }>(
      'select due_on::text from invoices where id = $1',
      [id],
    );
    expect(rows[0]!.due_on).to.equal('2026-05-04');
  });

  it('are changed as drafts only, and only by who has seen the last change', async () => {
    const id = idOf(await create());
    const lines = [{ kind: 'item' as const, description: 'Other', unit_cents: 20_00n }];
    const update = (version: number) =>
      account.run((db, billing) =>
        updateDraft(db, billingActor, billing, id, { lines, due_on: null, po_number: 'PO 1', version }),
      );
    expect((await update(1)).ok).to.equal(true);
    expect(await account.invoice(id)).to.include({ total: '2000' });
    expect(await update(1)).to.deep.include({ errors: [{ field: 'version', code: 'invoice_changed' }] });
    await issue(id);
    expect(await update(3)).to.deep.include({ errors: [{ field: 'version', code: 'not_a_draft' }] });
  });

  it('are refused for an unknown customer and without lines', async () => {
    expect(await create({ customer: 'nothing' })).to.deep.include({
      errors: [{ field: 'customer', code: 'unknown_customer' }],
    });
    expect(await create({ lines: [] })).to.deep.include({
      errors: [{ field: 'description_1', code: 'no_lines' }],
    });
  });

  it('belong to the person with the email address', async () => {
    const person = await createCustomer(portal, tenant);
    const id = idOf(await create({ customer: person.email }));
    const { rows } = await portal.owner.query<{ user_id: string }>(
      `select user_id from billing_accounts b join invoices i on i.billing_account_id = b.id where i.id = $1`,
      [id],
    );
    expect(rows[0]!.user_id).to.equal(person.id);
  });

  it('calculate tax per line and add the lines', async () => {
    const tax_rate = { id: newId(), rate_ppm: 230_000, is_inclusive: false };
    await account.run(async (db) => {
      await db.insertInto('tax_rates', {
        ...tax_rate,
        code: tax_rate.id,
        code_norm: tax_rate.id,
        name: 'VAT',
      });
    });
    const line = (unit_cents: bigint) => ({
      kind: 'item' as const,
      description: 'Item',
      unit_cents,
      tax_rate,
    });
    await portal.owner.query(`update companies set billing_emails = '{ap@example.com}' where id = $1`, [
      account.company.id,
    ]);
    const { id } = await account.issue([line(55_55n), line(11_11n)]);
    expect(await account.invoice(id)).to.include({ net: '6666', tax: '1534', total: '8200' });
    const { rows } = await portal.owner.query(
      `select variables->>'amount_cents' as total, variables->>'tax_cents' as tax from emails
       where variables->>'invoice_id' = $1`,
      [id],
    );
    expect(rows).to.eql([{ total: '8200', tax: '1534' }]);
  });

  describe('that are deleted', () => {
    it('lose nothing as drafts but their place in lists', async () => {
      const id = idOf(await create());
      expect((await remove(id)).ok).to.equal(true);
      expect(await account.invoice(id)).to.include({ status: 'deleted', label: null });
    });

    it('keep their number and owe nothing', async () => {
      const { id, label } = await account.issue(144_00n);
      expect((await remove(id)).ok).to.equal(true);
      expect(await account.invoice(id)).to.include({ status: 'deleted', label });
      expect(await account.balance()).to.include({ receivable: '0' });
      expect(await account.ledger('income')).to.equal('0');
      const { rows } = await portal.owner.query('select 1 from ledger_entries where source_id = $1', [id]);
      expect(rows).to.have.length(2);
    });

    it('are refused when a cent is paid, when a payment is on its way, and when they are paid', async () => {
      const { id } = await account.issue(144_00n);
      const notDeletable = { errors: [{ field: 'reason', code: 'not_deletable' }] };
      await portal.owner.query(
        `update invoices set status = 'pending', pending_payment_id = gen_random_uuid() where id = $1`,
        [id],
      );
      expect(await remove(id)).to.deep.include(notDeletable);
      await portal.owner.query(
        `update invoices set status = 'failed', pending_payment_id = null where id = $1`,
        [id],
      );
      await account.pay(1n);
      expect(await remove(id)).to.deep.include(notDeletable);
      await account.pay(143_99n);
      expect(await remove(id)).to.deep.include(notDeletable);
      expect(await account.invoice(id)).to.include({ status: 'paid' });
    });

    it('are allowed after the payment failed', async () => {
      const { id } = await account.issue(144_00n);
      await portal.owner.query(`update invoices set status = 'failed' where id = $1`, [id]);
      expect((await remove(id)).ok).to.equal(true);
    });
  });

  describe('that are written off', () => {
    it('are paid by bad debt, and a later payment is credit', async () => {
      const { id } = await account.issue(50_00n);
      await account.pay(20_00n);
      await account.run((db, billing) => writeOff(db, billingActor, billing, { id, reason: 'A year old' }));
      expect(await account.invoice(id)).to.include({ status: 'paid', open: '0', written_off: '3000' });
      expect(await account.ledger('bad_debt')).to.equal('3000');
      await account.pay(30_00n);
      expect(await account.balance()).to.include({ receivable: '0', credit: '3000' });
    });
  });

  describe('with credit', () => {
    it('are paid by it when staff apply it', async () => {
      const { id } = await account.issue(50_00n);
      await account.pay(20_00n, { is_deposit: true });
      const apply = () => account.run((db, billing) => applyCredit(db, billingActor, billing, id));
      expect(await apply()).to.include({ ok: true, amount_cents: 20_00n });
      expect(await account.invoice(id)).to.include({ status: 'sent', open: '3000' });
      expect(await apply()).to.deep.include({ errors: [{ field: 'credit', code: 'no_credit' }] });
    });
  });

  describe('that are due', () => {
    const sums = { kind: 'invoice', total_cents: 1n, paid_cents: 0n, credited_cents: 0n } as const;
    const due = {
      ...sums,
      written_off_cents: 0n,
      status: 'sent',
      due_on: '2026-04-01',
      due_again_on: null,
    } as const;
    const on = (today: string) => ({ today, overdue_after_days: 5 });

    it('are overdue after the days of the settings', () => {
      expect(isOverdue(due, on('2026-04-06'))).to.equal(false);
      expect(isOverdue(due, on('2026-04-07'))).to.equal(true);
      expect(isOverdue({ ...due, due_on: '2026-05-01' }, on('2026-05-06'))).to.equal(false);
      expect(isOverdue({ ...due, due_on: '2026-05-01' }, on('2026-05-07'))).to.equal(true);
    });

    it('are overdue after the days of the settings from the rejection of a dispute', () => {
      const rejected = { ...due, due_again_on: '2026-06-01' } as const;
      expect(isOverdue(rejected, on('2026-06-06'))).to.equal(false);
      expect(isOverdue(rejected, on('2026-06-07'))).to.equal(true);
    });

    it('are not overdue when they are paid, drafts or pending, but when a payment failed', () => {
      for (const status of ['draft', 'pending', 'paid', 'deleted'] as const)
        expect(isOverdue({ ...due, status }, on('2027-01-01')), status).to.equal(false);
      expect(isOverdue({ ...due, paid_cents: 1n }, on('2027-01-01'))).to.equal(false);
      expect(isOverdue({ ...due, status: 'failed' }, on('2027-01-01'))).to.equal(true);
    });
  });

  it('have numbers without gaps and doubles when every fifth of 50 issues on ten connections fails', async () => {
    const own = await createTenant(portal);
    const company = await createCompany(portal, own);
    const accounts = new TestAccount(portal, own, company);
    const issue = (isFailing: boolean) =>
      accounts.run(async (db, billing) => {
        const locked = await openAccount(db, accounts.owner, billing.currency);
        const buyer = { name: company.name, address: null, tax_number: null };
        const lines = [{ kind: 'item' as const, description: 'Item', unit_cents: 1_00n }];
        const invoice = {
          id: newId(),
          account: locked,
          buyer,
          lines,
          due_on: null,
          source: 'manual' as const,
        };
        await issueInvoices(db, billing, calculateInvoices(billing, [invoice]));
        if (isFailing) throw new Error('fails after its number');
      });
    const issueFive = async () => {
      for (let n = 0; n < 4; n += 1) await issue(false);
      await issue(true);
    };
    const results = await Promise.allSettled(Array.from({ length: 10 }, issueFive));
    expect(results.map((result) => String((result as PromiseRejectedResult).reason))).to.eql(
      Array(10).fill('Error: fails after its number'),
    );
    const { rows } = await portal.owner.query<{ number: string }>(
      'select i.number::text from invoices i where i.tenant_id = $1 order by i.number',
      [own.id],
    );
    expect(rows.map(({ number }) => number)).to.eql(Array.from({ length: 40 }, (_, n) => String(n + 1)));
    expect(await accounts.balance()).to.include({ receivable: '4000' });
  });

  it('record every change of money in the audit log', async () => {
    const draft = idOf(await create());
    const lines = [{ kind: 'item' as const, description: 'Other', unit_cents: 20_00n }];
    const [deleted, lost, credited] = [
      await account.issue(5_00n),
      await account.issue(5_00n),
      await account.issue(5_00n),
    ];
    const parts = [{ position: 1, net_cents: 1_00n }];
    const credit = {
      customer: account.company.code,
      currency: 'USD',
      description: 'Goodwill',
      amount: 1_00n,
    };
    const [note, own] = await account.run(async (db, billing) => {
      await updateDraft(db, billingActor, billing, draft, {
        lines,
        due_on: null,
        po_number: null,
        version: 1,
      });
      await deleteInvoice(db, billingActor, billing, { id: deleted.id, reason: 'Mistake' });
      await writeOff(db, billingActor, billing, { id: lost.id, reason: 'Lost' });
      return [
        await issueCreditNote(db, billingActor, billing, {
          invoice_id: credited.id,
          parts,
          reason: 'Broken',
        }),
        await issueCredit(db, billingActor, billing, { ...credit, tax_rate: null }),
      ];
    });
    const eventsOf = async (id: string) => (await findEventsOf(portal, id)).at(-1)!;
    expect(await eventsOf(draft)).to.deep.include({
      event: 'invoice.updated',
      changes: { total: ['100.00 USD', '20.00 USD'] },
    });
    expect(await eventsOf(deleted.id)).to.deep.include({
      event: 'invoice.deleted',
      changes: { total: ['5.00 USD', null], reason: [null, 'Mistake'] },
    });
    expect(await eventsOf(lost.id)).to.deep.include({
      event: 'invoice.written_off',
      changes: { amount: [null, '5.00 USD'], reason: [null, 'Lost'] },
    });
    const idsOf = [note, own].map((result) => (result.ok ? result.credit_note.id : ''));
    expect(await eventsOf(idsOf[0]!)).to.deep.include({
      event: 'credit_note.issued',
      changes: { invoice: [null, credited.label], amount: [null, '1.00 USD'], reason: [null, 'Broken'] },
    });
    expect(await eventsOf(idsOf[1]!)).to.deep.include({
      event: 'credit.issued',
      changes: { amount: [null, '1.00 USD'] },
    });
  });

  it('are recorded in the audit log', async () => {
    const id = idOf(await create());
    await issue(id);
    await account.pay(10_00n, { is_deposit: true });
    await account.run((db, billing) => applyCredit(db, systemActor('Tests'), billing, id));
    const { rows } = await portal.owner.query<{ event: string }>(
      'select event from audit_events where target_id = $1 order by id',
      [id],
    );
    expect(rows.map(({ event }) => event)).to.eql(['invoice.created', 'invoice.issued', 'credit.applied']);
  });
});
