import { expect } from 'chai';
import { buffer } from 'node:stream/consumers';
import { statementCsv } from '../../src/documents/statement-csv.ts';
import { statementDocument } from '../../src/documents/statement-document.ts';
import { statementPdf } from '../../src/documents/statement-pdf.ts';
import type { StatementMovement } from '../../src/domain/ledger/statement.ts';
import { contextOf } from './sample-invoice.ts';
import { missingWords, needPdfReader } from '../support/read-pdf.ts';

const movement = (values: Partial<StatementMovement>): StatementMovement => ({
  effective_on: '2026-02-10',
  posting: 'issue',
  source_id: 'source',
  invoice_label: null,
  channel: null,
  payment_reference: null,
  amount_cents: 0n,
  balance_cents: 0n,
  ...values,
});

const MOVEMENTS = [
  movement({ invoice_label: 'INV-1', amount_cents: 1_070_00n, balance_cents: 1_140_00n }),
  movement({
    posting: 'payment',
    channel: 'bank_transfer',
    payment_reference: '=1+1, "x"',
    amount_cents: -100_00n,
    balance_cents: 1_040_00n,
  }),
  movement({ posting: 'reversal', channel: 'cheque', amount_cents: 5_00n, balance_cents: 1_045_00n }),
  movement({ posting: 'reversal', invoice_label: 'INV-1', amount_cents: -5_00n, balance_cents: 1_040_00n }),
  movement({
    posting: 'credit_note',
    invoice_label: 'CN-1',
    amount_cents: -40_00n,
    balance_cents: 1_000_00n,
  }),
  movement({ posting: 'write_off', invoice_label: 'INV-2', amount_cents: -10_00n, balance_cents: 990_00n }),
  movement({ posting: 'payment', channel: 'stripe', amount_cents: -90_00n, balance_cents: 900_00n }),
];

const documentIn = (locale: string) =>
  statementDocument(
    {
      statement: {
        opening_cents: 70_00n,
        movements: MOVEMENTS,
        closing_cents: 900_00n,
        deposit_cents: 25_00n,
      },
      buyer: { name: 'Bolt & Sons', address: null, tax_number: null },
      reference: 'RF-3456',
      currency: 'USD',
      first: '2026-02-01',
      last: '2026-02-28',
    },
    contextOf(locale),
  );

describe('the document of a statement', () => {
  it('names every movement between the opening and the closing balance', () => {
    const { rows, notes } = documentIn('en');
    expect(rows.map(({ text, amount, balance }) => [text, amount, balance])).to.eql([
      ['Opening balance', '', '$70.00'],
      ['Invoice INV-1', '$1,070.00', '$1,140.00'],
      ['Bank transfer, =1+1, "x"', '−$100.00', '$1,040.00'],
      ['Cheque · Taken back', '$5.00', '$1,045.00'],
      ['Invoice INV-1 deleted', '−$5.00', '$1,040.00'],
      ['Credit note CN-1', '−$40.00', '$1,000.00'],
      ['Invoice INV-2 written off', '−$10.00', '$990.00'],
      ['Online payment', '−$90.00', '$900.00'],
      ['Closing balance', '', '$900.00'],
    ]);
    expect(notes).to.eql(['Deposits held on Feb 28, 2026: $25.00']);
  });

  it('is a CSV file with days and decimals that programs read', () => {
    const lines = statementCsv(documentIn('en')).split('\r\n');
    expect(lines[0]).to.equal('\uFEFFDate,Description,Amount,Balance,Currency');
    expect(lines[1]).to.equal('2026-02-01,Opening balance,,70.00,USD');
    expect(lines[2]).to.equal('2026-02-10,Invoice INV-1,1070.00,1140.00,USD');
    expect(lines[3]).to.equal('2026-02-10,"Bank transfer, =1+1, ""x""",-100.00,1040.00,USD');
    expect(lines).to.have.length(11);
    expect(statementCsv(documentIn('ar')))
      .to.match(/INV-1,1070\.00,/)
      .and.not.match(/[\u2066-\u2069]/);
  });

  it('is a PDF with the same texts and figures', async function () {
    needPdfReader(this);
    const { locale: _, direction: __, file_name: ___, currency: ____, rows, ...document } = documentIn('en');
    const { currency: _____, ...headings } = document.headings;
    const printed = { ...document, headings, rows: rows.map(({ values: ______, ...row }) => row) };
    const pdf = await buffer(await statementPdf(documentIn('en'), { colour: '#0b6e75', logo: null }));
    expect(missingWords(printed, pdf)).to.eql([]);
  });
});
