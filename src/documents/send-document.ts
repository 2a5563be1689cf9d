import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { csvParts } from '../csv.ts';
import type { FileKey, FileStore } from '../files/file-store.ts';
import type { DocumentBrand } from './document-brand.ts';
import type { InvoiceDocument } from './invoice-document.ts';
import { statementCsv } from './statement-csv.ts';
import type { StatementDocument } from './statement-document.ts';

/** pdfkit and the fonts are loaded by the first request, because few processes write documents. */
export async function sendInvoicePdf(
  res: Response,
  document: InvoiceDocument,
  brand: DocumentBrand,
): Promise<void> {
  const { invoicePdf } = await import('./invoice-pdf.ts');
  await sendPdf(res, document.file_name, await invoicePdf(document, brand));
}

export async function sendStatementPdf(
  res: Response,
  document: StatementDocument,
  brand: DocumentBrand,
): Promise<void> {
  const { statementPdf } = await import('./statement-pdf.ts');
  await sendPdf(res, document.file_name, await statementPdf(document, brand));
}

export function sendStatementCsv(res: Response, document: StatementDocument): void {
  setHeaders(res, 'text/csv; charset=utf-8', contentDisposition('attachment', `${document.file_name}.csv`));
  res.send(statementCsv(document));
}

/** Writes the rows as they are read. */
export async function sendCsv(
  res: Response,
  name: string,
  ...rows: Parameters<typeof csvParts>
): Promise<void> {
  setHeaders(res, 'text/csv; charset=utf-8', contentDisposition('attachment', `${name}.csv`));
  await writeTo(res, Readable.from(csvParts(...rows)));
}

/** A file whose parts are stored one by one. */
export async function sendStoredCsv(
  res: Response,
  name: string,
  files: FileStore,
  parts: readonly (FileKey & { byte_count: number })[],
): Promise<void> {
  setHeaders(res, 'text/csv; charset=utf-8', contentDisposition('attachment', `${name}.csv`));
  res.set('Content-Length', String(parts.reduce((sum, { byte_count }) => sum + byte_count, 0)));
  await writeTo(res, Readable.from(readParts(files, parts), { objectMode: false }));
}

/** As a download, which no browser runs. */
export async function sendFile(
  res: Response,
  files: FileStore,
  key: FileKey,
  { name, size, type }: { name: string; size: number; type: string },
): Promise<void> {
  setHeaders(res, type, contentDisposition('attachment', name));
  res.set({ 'Content-Length': String(size), 'Content-Security-Policy': "default-src 'none'; sandbox" });
  await writeTo(res, files.open(key));
}

async function* readParts(files: FileStore, parts: readonly FileKey[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield* files.open(part) as AsyncIterable<Uint8Array>;
}

async function sendPdf(res: Response, name: string, pdf: Readable): Promise<void> {
  setHeaders(res, 'application/pdf', contentDisposition('inline', `${name}.pdf`));
  await writeTo(res, pdf);
}

async function writeTo(res: Response, file: Readable): Promise<void> {
  await pipeline(file, res).catch((error: NodeJS.ErrnoException) => {
    // The browser has closed the connection.
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

function setHeaders(res: Response, type: string, disposition: string): void {
  res.set({
    'Content-Type': type,
    'Content-Disposition': disposition,
    'Cache-Control': 'private, no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  });
}

/** Old programs read the name with ASCII characters only. */
function contentDisposition(type: 'inline' | 'attachment', given: string): string {
  const name = given.replace(/[\p{Cc}/\\:*?"<>|]/gu, '-').toWellFormed();
  const ascii = name.replace(/[^\x20-\x7e]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return `${type}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
