import { expect } from 'chai';
import { invoiceDocument, type InvoiceRows } from '../../src/documents/invoice-document.ts';
import type { InvoiceAllocation } from '../../src/domain/invoice/invoice-queries.ts';
import { contextOf, sampleInvoice, sampleLine } from './sample-invoice.ts';

const documentOf = (rows: InvoiceRows, locale = 'en') => invoiceDocument(rows, contextOf(locale));

const allocation = (values: Partial<InvoiceAllocation>): InvoiceAllocation => ({
  id: 'allocation',
  source: 'payment',
  source_id: 'payment',
  amount_cents: 50_00n,
  reverses_id: null,
  effective_on: '2026-03-20',
  at: new Date('2026-03-20T08:00:00Z'),
  channel: null,
  payment_reference: null,
  received_on: null,
  ...values,
});

describe('the document of an invoice', () => {
  it('does not repeat the name of the tenant as the first line of its address', () => {
    const context = contextOf('en');
    const seller = { ...context.seller, address: `${context.seller.name}\n12 Harbour Lane` };
    const rows = sampleInvoice([sampleLine()], { seller: null });
    expect(invoiceDocument(rows, { ...context, seller }).seller).to.deep.equal({
      heading: context.seller.name,
      lines: ['12 Harbour Lane'],
    });
  });

  it('states why the amount of a line is a part of the price', () => {
    const line = sampleLine({
      unit_cents: 54_84n,
      starts_on: '2026-03-15',
      ends_on: '2026-03-31',
      days: 17,
      full_days: 31,
      full_cents: 100_00n,
    });
    const notes = (locale: string) => documentOf(sampleInvoice([line]), locale).lines[0]!.notes;
    expect(notes('en-GB')).to.eql([
      '15 Mar 2026 to 31 Mar 2026',
      'Why this amount: 17 of 31 days of US$100.00',
    ]);
    expect(notes('ar')[1]).to.include('17 من 31');
  });

  it('adds up the tax of each rate, and the lines to the total', () => {
    const taxed = (net_cents: bigint, tax_cents: bigint, tax_ppm: number) =>
      sampleLine({ unit_cents: net_cents, tax_cents, tax_ppm, tax_rate_id: 'rate' });
    const document = documentOf(
      sampleInvoice([taxed(55_55n, 12_78n, 230_000), taxed(11_11n, 2_56n, 230_000), sampleLine()]),
    );
    expect(document.totals.map(({ label, value }) => [label, value])).to.eql([
      ['Sum without tax', '$166.66'],
      ['Tax 23 % of $66.66', '$15.34'],
      ['Total', '$182.00'],
    ]);
    expect(document.lines.map(({ tax }) => tax)).to.eql(['23 %', '23 %', '—']);
  });

  it('states the amount with tax of a line whose unit price contains the tax', () => {
    const line = sampleLine({
      unit_cents: 10_00n,
      net_cents: 8_33n,
      tax_cents: 1_67n,
      tax_ppm: 200_000,
      tax_rate_id: 'rate',
    });
    const [shown] = documentOf(sampleInvoice([line])).lines;
    expect(shown).to.include({ price: '$10.00', amount: '$8.33', tax: '20 %' });
    expect(shown!.notes).to.eql(['$10.00 including tax']);
  });

  it('has the names and addresses of the day of issue', () => {
    const { seller, buyer } = documentOf(sampleInvoice([sampleLine()]));
    expect(seller).to.eql({
      heading: 'Acme Storage Ltd.',
      lines: ['1 Dock Road', 'London E1 4AB', 'Tax number GB123'],
    });
    expect(buyer.lines).to.eql(['Bolt & Sons', '5 High Street', 'Leeds']);
  });

  it('lists payments, credit notes and what was undone, and states what is due', () => {
    const allocations = [
      allocation({ channel: 'bank_transfer', payment_reference: 'TRX 1' }),
      allocation({ channel: 'cheque' }),
      allocation({ channel: 'cheque', reverses_id: 'cheque' }),
      allocation({ source: 'credit_note', source_id: 'note', amount_cents: 5_00n }),
      allocation({ source: 'credit', source_id: 'invoice', amount_cents: 1_00n }),
    ];
    const sums = { paid_cents: 51_00n, credited_cents: 5_00n };
    const credit_notes = [{ id: 'note', label: 'CN-1' }];
    const document = documentOf(sampleInvoice([sampleLine()], sums, { allocations, credit_notes }));
    expect(document.payments.rows.map(({ text, amount }) => [text, amount])).to.eql([
      ['Bank transfer, TRX 1', '$50.00'],
      ['Cheque', '$50.00'],
      ['Cheque · Taken back', '−$50.00'],
      ['Credit note CN-1', '$5.00'],
      ['Credit applied', '$1.00'],
    ]);
    expect(document.open).to.include({ label: 'Open', value: '$44.00' });
    expect(document.payment_note).to.include('RF-3456');
  });

  it('asks for no payment when nothing is due', () => {
    const document = documentOf(sampleInvoice([sampleLine()], { status: 'paid', paid_cents: 100_00n }));
    expect(document.open!.value).to.equal('$0.00');
    expect(document.payment_note).to.equal(null);
  });

  it('names the credited invoice and the reason on a credit note, and nothing due', () => {
    const values = {
      kind: 'credit_note' as const,
      status: 'paid' as const,
      label: 'CN-00007',
      due_on: null,
      credits_label: 'INV-00042',
      note: 'Moved out on 24 May',
    };
    const document = documentOf(sampleInvoice([sampleLine()], values));
    expect(document.title).to.equal('Credit note CN-00007');
    expect(document.facts.map(({ label, value }) => `${label}: ${value}`)).to.eql([
      'Issued: Mar 15, 2026',
      'Credits: INV-00042',
      'Reason: Moved out on 24 May',
      'Payment reference: RF-3456',
    ]);
    expect([document.open, document.payment_note]).to.eql([null, null]);
  });

  it('says of a deleted invoice when and why it was deleted, and nothing due', () => {
    const values = {
      status: 'deleted' as const,
      deleted_at: new Date('2026-04-01T09:00:00Z'),
      deleted_reason: 'Wrong customer',
    };
    const document = documentOf(sampleInvoice([sampleLine()], values));
    expect(document.notices).to.eql(['Deleted on Apr 1, 2026: Wrong customer']);
    expect([document.open, document.payment_note]).to.eql([null, null]);
  });

  it('of a draft has no number and the name of the tenant', () => {
    const values = { label: null, number: null, status: 'draft' as const, issued_on: null, seller: null };
    const document = documentOf(sampleInvoice([sampleLine()], values));
    expect(document.title).to.equal('Draft invoice');
    expect(document.seller).to.eql({ heading: 'Acme', lines: [] });
    expect(document.open).to.equal(null);
  });

  it('has the digits of its currency', () => {
    const { lines } = documentOf(sampleInvoice([sampleLine({ unit_cents: 1_234n })], { currency: 'JPY' }));
    expect(lines[0]!.amount).to.equal('¥1,234');
  });
});
