import { expect } from 'chai';
import express, { type Response } from 'express';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { invoiceDocument } from '../../src/documents/invoice-document.ts';
import { sendInvoicePdf } from '../../src/documents/send-document.ts';
import { contextOf, sampleInvoice, sampleLine } from './sample-invoice.ts';

const documentOf = (label: string) =>
  invoiceDocument(sampleInvoice([sampleLine()], { label }), contextOf('en'));

/** The response to a request, and how sending it ended. */
async function send(label: string, prepare: (res: Response) => unknown = () => undefined) {
  const app = express();
  let sent: Promise<void> | undefined;
  app.get('/', async (_req, res) => {
    await prepare(res);
    sent = sendInvoicePdf(res, documentOf(label), { colour: '#0b6e75', logo: null });
    await sent.catch(() => res.end());
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
  await response?.arrayBuffer();
  server.close();
  return { response, sent };
}

describe('sending the PDF of an invoice', () => {
  it('names the file for old programs with ASCII characters only', async () => {
    const { response } = await send('فاتورة/7 "a"');
    expect(response!.headers.get('content-disposition')).to.equal(
      `inline; filename="______-7 -a-.pdf"; filename*=UTF-8''${encodeURIComponent('فاتورة-7 -a-.pdf')}`,
    );
  });

  it('ends without an error when the browser has closed the connection', async () => {
    const close = async (res: Response) => {
      res.socket!.destroy();
      await once(res, 'close');
    };
    const { response, sent } = await send('INV-1', close);
    expect(response).to.equal(undefined);
    await sent;
  });
});
