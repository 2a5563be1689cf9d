import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { invoiceDocument, type InvoiceRows } from '../../src/documents/invoice-document.ts';
import { invoicePdf } from '../../src/documents/invoice-pdf.ts';
import { missingWords, needPdfReader, readPages, readTitle, readWords } from '../support/read-pdf.ts';
import { contextOf, sampleInvoice, sampleLine } from './sample-invoice.ts';

const LONG = 'Supply of various items as ordered, with installation and carriage to the site '
  .repeat(4)
  .trim();
const logo = { image: readFileSync('seeds/demo/logos/acme.png'), width: 120, height: 40 };

const documentOf = (rows: InvoiceRows, locale = 'en') => invoiceDocument(rows, contextOf(locale));

const write = async (rows: InvoiceRows, locale = 'en') => {
  const document = documentOf(rows, locale);
  return { document, pdf: await buffer(await invoicePdf(document, { colour: '#0b6e75', logo })) };
};

const taxedLine = sampleLine({
  unit_cents: 54_84n,
  tax_cents: 10_97n,
  tax_ppm: 200_000,
  tax_rate_id: 'rate',
  starts_on: '2026-03-15',
  ends_on: '2026-03-31',
  days: 17,
  full_days: 31,
  full_cents: 100_00n,
});

describe('the PDF of an invoice', () => {
  before(function () {
    needPdfReader(this);
  });

  it('has every text and figure of the document', async () => {
    const { document, pdf } = await write(sampleInvoice([taxedLine, sampleLine({ description: LONG })]));
    const { locale: _, direction: __, file_name: ___, ...texts } = document;
    const { payments: ____, ...printed } = texts;
    expect(missingWords(printed, pdf)).to.eql([]);
    expect(readPages(pdf)).to.have.length(1);
  });

  it('has its title and language for programs', async () => {
    const { pdf } = await write(sampleInvoice([taxedLine]), 'ar');
    const text = pdf.toString('latin1');
    expect(text).to.match(/\/Lang \(ar\)/);
    expect(text).to.include('/DisplayDocTitle true');
    expect(readTitle(pdf)).to.equal('فاتورة INV-00042');
  });

  it('repeats the headings and numbers the pages when the lines need several', async () => {
    const month = { starts_on: '2026-03-01', ends_on: '2026-03-31' };
    const lines = Array.from({ length: 60 }, (_, n) =>
      sampleLine({ ...month, description: `Item ${n + 1}` }),
    );
    const pages = readPages((await write(sampleInvoice(lines))).pdf);
    expect(pages).to.have.length(3);
    pages.forEach((page, n) => {
      expect(page).to.match(/Description +Quantity +Price +Tax +Amount/);
      expect(page)
        .to.include(`Page ${n + 1} of 3`)
        .and.include('Acme Storage Ltd. · Invoice INV-00042');
    });
    const found = pages.join('\n').match(/Item \d+/g);
    expect(found).to.eql(lines.map(({ description }) => description));
  });

  it('wraps a long description within its column, also over pages', async () => {
    const description = `${LONG} ${'x'.repeat(300)} ${LONG.repeat(12)}`;
    const { pdf } = await write(sampleInvoice([sampleLine({ description })]));
    const words = readWords(pdf);
    const quantity = words.find(({ text }) => text === 'Quantity')!;
    const wrapped = words.filter(({ text }) => /^(Supply|installation|x+)$/.test(text));
    expect(wrapped.length).to.be.greaterThan(40);
    expect(wrapped.filter(({ right }) => right > quantity.right - 50)).to.eql([]);
    expect(Math.max(...words.map(({ page }) => page))).to.be.greaterThan(1);
    expect(Math.max(...words.map(({ top }) => top))).to.be.lessThan(842);
    const letters = words.map(({ text }) => (/^x+$/.test(text) ? text.length : 0));
    expect(letters.reduce((sum, count) => sum + count)).to.equal(300);
  });

  it('has the columns from the right to the left in Arabic', async () => {
    const positions = async (locale: string) => {
      const { document, pdf } = await write(sampleInvoice([taxedLine]), locale);
      const { description, quantity, tax, amount } = document.headings;
      const words = readWords(pdf);
      const { top } = words.find(({ text }) => text === quantity)!;
      const headings = words.filter((word) => word.top === top);
      return [description, quantity, tax, amount].map(
        (heading) => headings.find(({ text }) => text === heading)!.left,
      );
    };
    const english = await positions('en');
    const arabic = await positions('ar');
    expect(english).to.eql(english.toSorted((one, other) => one - other));
    expect(arabic).to.eql(arabic.toSorted((one, other) => other - one));
  });

  it('copies out Arabic words, numbers and Latin codes as they are written', async () => {
    const line = sampleLine({ description: 'مخزن رقم A-12 (مستودع جدة) 3.5 م' });
    const { pdf } = await write(sampleInvoice([{ ...taxedLine, ...line, tax_cents: 0n }]), 'ar');
    const text = readPages(pdf).join('\n');
    for (const word of ['فاتورة', 'INV-00042', 'مخزن رقم', 'A-12', 'مستودع جدة', '3.5', '100.00', 'صفحة'])
      expect(text).to.include(word);
  });

  it('draws all letters of Latin, Greek, Cyrillic, Hebrew and Arabic names and the signs of currencies', async () => {
    const names = ['Łukasz', 'Ωmega', 'Иван', 'שלום', 'مخزن', '25 ₪', '25 €', '25 £', '25 ₺'];
    const lines = names.map((description) => sampleLine({ description }));
    const { pdf } = await write(sampleInvoice(lines));
    expect(missingWords(names, pdf)).to.eql([]);
  });

  it('serves other requests while it writes many lines', async () => {
    const lines = Array.from({ length: 500 }, (_, n) => sampleLine({ description: `مخزن رقم ${n}` }));
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await write(sampleInvoice(lines), 'ar');
    clearInterval(timer);
    expect(turns).to.be.greaterThan(20);
  });
});
