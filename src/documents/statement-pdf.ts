import type { Readable } from 'node:stream';
import { PdfWriter } from '../pdf/pdf-document.ts';
import { translator } from '../locales/translate.ts';
import type { DocumentBrand } from './document-brand.ts';
import type { StatementDocument } from './statement-document.ts';

export async function statementPdf(document: StatementDocument, brand: DocumentBrand): Promise<Readable> {
  const { locale, direction, title, seller, headings } = document;
  const t = translator(locale);
  const pdf = await PdfWriter.open({ title, locale, direction, colour: brand.colour });
  pdf.letterhead(brand.logo, seller);
  pdf.title(title);
  pdf.beside(document.buyer, document.facts);
  await pdf.table(
    [
      { heading: headings.text, width: 0 },
      { heading: headings.day, width: 80, isAmount: true },
      { heading: headings.amount, width: 90, isAmount: true },
      { heading: headings.balance, width: 90, isAmount: true },
    ],
    document.rows.map(({ text, day, amount, balance, is_strong }) => ({
      cells: [text, day, amount, balance],
      is_strong,
    })),
  );
  for (const note of document.notes) pdf.paragraph(note);
  return pdf.finish(`${seller.heading} · ${title}`, (page, pages) =>
    t('Page {page} of {pages}', { page, pages }),
  );
}
