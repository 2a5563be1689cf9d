import { once } from 'node:events';
import net from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { listMounts } from '../../../src/app.ts';
import { MAX_DOCUMENT_BYTES, MAX_STORED_BYTES } from '../../../src/domain/document/document.ts';
import type { Pipeline } from '../../../src/http/pipelines.ts';
import { findAuditEvents } from '../../support/audit.ts';
import { PDF, sendFile } from '../../support/documents.ts';
import { createCustomer, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { fileRows, storedSize } from '../../support/field-files.ts';
import type { StaffVisitor } from '../../support/operations.ts';
import { startPortal, type OwnPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { zipFile } from '../../support/zip-file.ts';

const REFUSED =
  'Select a PDF, an image (PNG, JPEG, GIF, WebP), a text, or a Word, Excel or OpenDocument file. What the file contains counts, not its name';

describe('POST /users/:id/documents', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let user: string;
  let path: string;
  let isDiskFull = false;

  before(async () => {
    portal = await startPortal({ mounts: withFailingStore });
  });
  beforeEach(async () => {
    isDiskFull = false;
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
    user = (await createCustomer(portal, tenant)).id;
    path = `/users/${user}/documents`;
  });
  after(() => portal.close());

  /** The file store of uploads fails after its first bytes while `isDiskFull`. */
  function withFailingStore(...[pipelines, config]: Parameters<typeof listMounts>) {
    const fail: Pipeline['handlers'][number] = (req, _res, next) => {
      const { fileStore } = req;
      if (isDiskFull)
        req.fileStore = {
          ...fileStore,
          put: (key, content) =>
            fileStore.put(
              key,
              (async function* () {
                for await (const chunk of Readable.from(content)) {
                  yield chunk as Uint8Array;
                  throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
                }
              })(),
            ),
        };
      next();
    };
    const { uploads } = pipelines;
    return listMounts(
      { ...pipelines, uploads: { ...uploads, handlers: [fail, ...uploads.handlers] } },
      config,
    );
  }

  const upload = async (file: Parameters<typeof sendFile>[3] = {}, fields = {}) =>
    sendFile(manager, await manager.visit(path), 'Upload document', file, fields);
  const documents = () =>
    sql(
      portal,
      'select file_id, title, name, type, byte_count, is_visible_to_customer, is_confidential from documents where tenant_id = $1 order by id',
      [tenant.id],
    );
  const storedBytes = async () =>
    (
      await sql<{ byte_count: string }>(
        portal,
        'select byte_count from document_storage where tenant_id = $1',
        [tenant.id],
      )
    )[0]?.byte_count;

  it('stores the file with its type by content and records it', async () => {
    const page = await upload(
      { filename: 'C:\\x\\Lease.PDF' },
      { Title: 'Lease of 4', 'Visible to the customer': true },
    );
    expect(page.flashes).to.eql(['Lease of 4 was uploaded.']);
    expect(page.text)
      .to.include('Lease.PDF')
      .and.include('Documents 1')
      .and.include('Visible to the customer');
    const [row] = await documents();
    expect(row).to.include({
      name: 'Lease.PDF',
      title: 'Lease of 4',
      type: 'pdf',
      byte_count: PDF.length,
      is_visible_to_customer: true,
      is_confidential: false,
    });
    expect(await storedSize(portal, tenant.id, row!['file_id'] as string)).to.equal(PDF.length);
    expect(Number(await storedBytes())).to.equal(PDF.length);
    const [event] = await findAuditEvents(portal, tenant, 'document.uploaded');
    expect(event!.changes).to.eql({ document: [null, 'Lease of 4'], visible_to_customer: true });
  });

  it('goes by the content, not by the name', async () => {
    const docx = zipFile({ '[Content_Types].xml': '', 'word/document.xml': '' });
    await upload({ filename: 'letter.zip', content: docx });
    await upload({ filename: 'photo.jpg', content: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1') });
    await upload({ filename: 'page.html', content: Buffer.from('Only words') });
    expect((await documents()).map(({ name, type }) => [name, type])).to.eql([
      ['letter.zip.docx', 'docx'],
      ['photo.jpg.png', 'png'],
      ['page.html.txt', 'text'],
    ]);
  });

  it('refuses what is no document beside the field, and keeps nothing', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>';
    for (const [file, error] of [
      [{ filename: '' }, 'Select a file'],
      [{ content: Buffer.alloc(0) }, 'Select a file that is not empty'],
      [{ content: Buffer.from('<!DOCTYPE html><script>alert(1)</script>') }, REFUSED],
      [{ filename: 'logo.png', content: Buffer.from(svg) }, REFUSED],
      [{ filename: 'text.pdf', content: Buffer.from('Only words') }, REFUSED],
      [{ filename: 'a.docx', content: zipFile({ 'a.html': '<p>' }) }, REFUSED],
    ] as const) {
      const page = await upload(file);
      expect(page.status, error).to.equal(422);
      expect(page.errors).to.eql([error]);
    }
    expect(await documents()).to.eql([]);
    expect((await fileRows(portal, tenant)).every(({ has_expired }) => has_expired)).to.equal(true);
  });

  it('accepts 20 MB and refuses one byte more', async () => {
    const content = Buffer.concat([PDF, Buffer.alloc(MAX_DOCUMENT_BYTES + 1 - PDF.length)]);
    expect((await upload({ content })).errors).to.eql(['Select a file of 20 MB or less']);
    expect((await upload({ content: content.subarray(0, -1) })).status).to.equal(200);
    expect((await documents())[0]).to.include({ byte_count: MAX_DOCUMENT_BYTES });
  });

  it('cleans the name of the file', async () => {
    await upload({ filename: 'invoice\u202efdp.exe' });
    expect((await documents())[0]).to.include({ name: 'invoicefdp.exe.pdf' });
  });

  it('refuses files beyond 2 GB of the tenant, also two at once', async () => {
    await sql(portal, 'insert into document_storage (tenant_id, byte_count) values ($1, $2)', [
      tenant.id,
      MAX_STORED_BYTES - PDF.length,
    ]);
    const pages = await Promise.all([upload(), upload()]);
    expect(pages.map(({ status }) => status)).to.have.members([200, 422]);
    expect(pages.flatMap(({ errors }) => errors)).to.eql([
      'There is no space for this file. All documents together can have 2 GB',
    ]);
    expect(Number(await storedBytes())).to.equal(MAX_STORED_BYTES);
    expect(await documents()).to.have.length(1);
  });

  it('says that the disk is full, and leaves neither row nor file', async () => {
    const form = await manager.visit(path);
    isDiskFull = true;
    const content = Buffer.concat([PDF, Buffer.alloc(1_000_000)]);
    const page = await sendFile(manager, form, 'Upload document', { content });
    expect(page.status).to.equal(507);
    expect(page.h1).to.equal('There is no space for this file');
    expect(await documents()).to.eql([]);
    expect(await fileRows(portal, tenant)).to.eql([]);
    isDiskFull = false;
    expect((await sendFile(manager, form, 'Upload document')).status).to.equal(200);
  });

  it('leaves neither row nor file when the browser disconnects in the middle', async () => {
    const form = await manager.visit(path);
    const socket = net.connect(portal.port, '127.0.0.1');
    const head = [
      `POST ${path} HTTP/1.1`,
      `Host: ${manager.host}`,
      `Origin: ${manager.origin}`,
      `Cookie: ${manager.cookies.header({ isCrossSite: false })}`,
      'Content-Type: multipart/form-data; boundary=limit',
      'Content-Length: 500000',
    ];
    const { fields } = form.form('Upload document').submission({});
    const parts = fields
      .filter(([name]) => name !== 'file')
      .map(
        ([name, value]) => `--limit\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      );
    const file = '--limit\r\nContent-Disposition: form-data; name="file"; filename="cut.pdf"\r\n\r\n';
    socket.write(`${head.join('\r\n')}\r\n\r\n${parts.join('')}${file}${PDF.toString('latin1')}`);
    socket.write('x'.repeat(100_000));
    while ((await fileRows(portal, tenant)).length === 0) await delay(20);
    const { id } = (await fileRows(portal, tenant))[0]!;
    socket.destroy();
    await once(socket, 'close');
    while ((await fileRows(portal, tenant)).length > 0) await delay(20);
    expect(await documents()).to.eql([]);
    expect(await storedBytes()).to.equal(undefined);
    expect(await storedSize(portal, tenant.id, id)).to.equal(undefined);
  });

  it('stores a form that is submitted twice once', async () => {
    const form = await manager.visit(path);
    await sendFile(manager, form, 'Upload document');
    await sendFile(manager, form, 'Upload document');
    expect(await documents()).to.have.length(1);
  });

  it('needs the permission and a user of the tenant', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    const page = await driver.visit(`/users/${user}`);
    const file = [{ name: 'file', filename: 'a.pdf', content: PDF }];
    expect((await driver.uploadFrom(page, path, {}, file)).status).to.equal(403);
    const foreign = await createCustomer(portal, await createTenant(portal));
    const form = await manager.visit(path);
    expect((await manager.uploadFrom(form, `/users/${foreign.id}/documents`, {}, file)).status).to.equal(404);
    expect(await documents()).to.eql([]);
  });
});
