import type { Readable } from 'node:stream';
import { PdfWriter } from '../pdf/pdf-document.ts';
import { translator } from '../locales/translate.ts';
import type { DocumentBrand } from './document-brand.ts';
import type { InvoiceDocument } from './invoice-document.ts';

export async function invoicePdf(document: InvoiceDocument, brand: DocumentBrand): Promise<Readable> {
  const { locale, direction, title, seller } = document;
  const t = translator(locale);
  const pdf = await PdfWriter.open({ title, locale, direction, colour: brand.colour });
  pdf.letterhead(brand.logo, seller);
  pdf.title(title);
  pdf.beside(document.buyer, document.facts);
  for (const notice of document.notices) pdf.paragraph(notice);
  await writeLines(pdf, document);
  pdf.totals(document.totals);
  await writePayments(pdf, document);
  return pdf.finish(`${seller.heading} · ${title}`, (page, pages) =>
    t('Page {page} of {pages}', { page, pages }),
  );
}

async function writeLines(pdf: PdfWriter, { headings, lines }: InvoiceDocument): Promise<void> {
  await pdf.table(
    [
      { heading: headings.description, width: 0 },
      { heading: headings.quantity, width: 50, isAmount: true },
      { heading: headings.price, width: 80, isAmount: true },
      { heading: headings.tax, width: 45, isAmount: true },
      { heading: headings.amount, width: 80, isAmount: true },
    ],
    lines.map(({ description, notes, quantity, price, tax, amount }) => ({
      cells: [description, quantity, price, tax, amount],
      notes,
    })),
  );
}

async function writePayments(pdf: PdfWriter, document: InvoiceDocument): Promise<void> {
  const { payments, open, payment_note } = document;
  if (payments.rows.length > 0) {
    pdf.heading(payments.title);
    await pdf.table(
      [
        { heading: payments.headings.text, width: 0 },
        { heading: payments.headings.day, width: 80, isAmount: true },
        { heading: payments.headings.amount, width: 90, isAmount: true },
      ],
      payments.rows.map(({ day, text, amount }) => ({ cells: [text, day, amount] })),
    );
  }
  if (open) pdf.totals([open]);
  if (payment_note) pdf.paragraph(payment_note);
}
