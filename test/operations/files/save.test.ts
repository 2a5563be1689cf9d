import { expect } from 'chai';
import net from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { MAX_FILE_BYTES } from '../../../src/domain/custom-field/field-file.ts';
import { createLog } from '../../../src/log.ts';
import { purgeFiles } from '../../../src/tasks/purge-files.ts';
import { findAuditEvents } from '../../support/audit.ts';
import {
  createCustomer,
  createCustomField,
  createTenant,
  signedInStaff,
  type TestPerson,
  type TestTenant,
} from '../../support/factories.ts';
import { fileRows, PDF, storedSize, uploadFile } from '../../support/field-files.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('POST /files/:field_id/:id', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;
  let customer: TestPerson;
  let field: { id: string; code: string };
  let path: string;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
    customer = await createCustomer(portal, tenant);
    field = await createCustomField(portal, tenant, { type: 'file', title: 'Contract', code: 'contract' });
    path = `/files/${field.id}/${customer.id}`;
  });

  const custom = async () =>
    (
      await sql<{ custom: Record<string, unknown> }>(portal, 'select custom from users where id = $1', [
        customer.id,
      ])
    )[0]!.custom;
  const rows = () => fileRows(portal, tenant);
  const purge = () =>
    purgeFiles.run(
      { config: portal.config, database: portal.database, log: createLog('silent') } as Parameters<
        typeof purgeFiles.run
      >[0],
      () => false,
    );

  it('stores the file, and its name, size, type and key with the row', async () => {
    await uploadFile(manager, await manager.visit(path), { filename: 'C:\\folder\\Lease.PDF' });
    const [row] = await rows();
    expect(row).to.include({ is_kept: true, byte_count: PDF.length });
    expect(await custom()).to.eql({
      contract: { key: row!.id, name: 'Lease.PDF', size: PDF.length, type: 'application/pdf' },
    });
    expect(await storedSize(portal, tenant.id, row!.id)).to.equal(PDF.length);
    const [event] = await findAuditEvents(portal, tenant, 'custom_field.file_uploaded');
    expect(event!.target_name).to.equal(customer.name);
    expect(event!.changes).to.eql({ 'cf[contract]': [null, 'Lease.PDF'] });
    expect((await manager.visit(`/users/${customer.id}`)).text).to.include('File uploaded');
  });

  it('replaces and removes the file, which the next purge deletes', async () => {
    await uploadFile(manager, await manager.visit(path));
    const [first] = await rows();
    await uploadFile(manager, await manager.visit(path), { filename: 'second.png' });
    const [second] = await rows();
    expect(await rows()).to.deep.include({ ...first, is_kept: false, has_expired: true });
    await purge();
    expect(await storedSize(portal, tenant.id, first!.id)).to.equal(undefined);
    expect(await storedSize(portal, tenant.id, second!.id)).to.equal(PDF.length);

    const form = await manager.visit(path);
    const page = await uploadFile(manager, form, { filename: '', fields: { removes_file: 'on' } });
    expect(page.flashes).to.eql(['The file was removed.']);
    expect(await custom()).to.eql({});
    const [event] = await findAuditEvents(portal, tenant, 'custom_field.file_removed');
    expect(event!.changes).to.eql({ 'cf[contract]': ['second.png', null] });
    await purge();
    expect(await rows()).to.eql([]);
    expect(await storedSize(portal, tenant.id, second!.id)).to.equal(undefined);
    expect((await manager.get(`${path}/content`)).status).to.equal(404);
  });

  it('refuses no file, an empty, a too large and an active one beside the field, and keeps nothing', async () => {
    for (const [file, error] of [
      [{ filename: '' }, 'Select a file'],
      [{ content: Buffer.alloc(0) }, 'Select a file that is not empty'],
      [{ content: Buffer.alloc(MAX_FILE_BYTES + 1) }, 'Select a file of 10 MB or less'],
      [{ filename: 'page.html' }, 'Select a PDF, an image, a text or an Office document'],
      [{ filename: 'logo.svg' }, 'Select a PDF, an image, a text or an Office document'],
      [{ filename: 'pdf' }, 'Select a PDF, an image, a text or an Office document'],
    ] as const) {
      const page = await uploadFile(manager, await manager.visit(path), file);
      expect(page.status, error).to.equal(422);
      expect(page.errors).to.eql([error]);
    }
    expect(await custom()).to.eql({});
    expect((await rows()).every(({ has_expired }) => has_expired)).to.equal(true);
    await purge();
    expect(await rows()).to.eql([]);
  });

  it('accepts a file of exactly the limit', async () => {
    const page = await uploadFile(manager, await manager.visit(path), {
      content: Buffer.alloc(MAX_FILE_BYTES),
    });
    expect(page.status).to.equal(200);
    expect((await rows())[0]).to.include({ is_kept: true, byte_count: MAX_FILE_BYTES });
  });

  it('responds with 413 to a body far above the limit and keeps nothing of it', async () => {
    const form = await manager.visit(path);
    const file = { name: 'file', filename: 'a.pdf', content: Buffer.alloc(4 * MAX_FILE_BYTES + 1) };
    expect((await manager.uploadFrom(form, path, {}, [file])).status).to.equal(413);
    expect(await custom()).to.eql({});
    expect((await rows()).every(({ is_kept }) => !is_kept)).to.equal(true);
  });

  it('refuses a form whose file was replaced meanwhile, and shows the present one', async () => {
    const [one, other] = [await manager.visit(path), await manager.visit(path)];
    await uploadFile(manager, one, { filename: 'first.pdf' });
    const stale = await uploadFile(manager, other, { filename: 'second.pdf' });
    expect(stale.status).to.equal(422);
    expect(stale.errors[0]).to.include('This file was changed after you opened this page');
    expect(stale.text).to.include('first.pdf');
    expect((await uploadFile(manager, stale, { filename: 'second.pdf' })).status).to.equal(200);
    expect(await custom()).to.have.nested.property('contract.name', 'second.pdf');
  });

  it('refuses a stale CSRF token, a row of another tenant and a missing permission', async () => {
    const form = await manager.visit(path);
    const file = [{ name: 'file', filename: 'a.pdf', content: PDF }];
    expect((await manager.uploadFrom(form, path, { _csrf: 'stale' }, file)).status).to.equal(403);
    const foreign = await createTenant(portal);
    const theirs = await createCustomer(portal, foreign);
    expect((await manager.uploadFrom(form, `/files/${field.id}/${theirs.id}`, {}, file)).status).to.equal(
      404,
    );
    const driver = await signedInStaff(portal, tenant, 'driver');
    const page = await driver.visit('/units');
    expect((await driver.uploadFrom(page, path, {}, file)).status).to.equal(403);
    expect(await custom()).to.eql({});
    expect((await rows()).every(({ is_kept }) => !is_kept)).to.equal(true);
  });

  it('leaves no file behind when the browser disconnects in the middle', async () => {
    const form = await manager.visit(path);
    const socket = net.connect(portal.port, '127.0.0.1');
    const token = form.find('input[name="_csrf"]')!.getAttribute('value')!;
    const head = [
      `POST ${path} HTTP/1.1`,
      `Host: ${manager.host}`,
      `Origin: ${manager.origin}`,
      `Cookie: ${manager.cookies.header({ isCrossSite: false })}`,
      'Content-Type: multipart/form-data; boundary=limit',
      'Content-Length: 500000',
    ];
    const parts = [
      `--limit\r\nContent-Disposition: form-data; name="_csrf"\r\n\r\n${token}\r\n`,
      '--limit\r\nContent-Disposition: form-data; name="file"; filename="cut.pdf"\r\n\r\n',
      'x'.repeat(100_000),
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${parts.join('')}`);
    while ((await rows()).length === 0) await delay(20);
    const { id } = (await rows())[0]!;
    socket.destroy();
    await once(socket, 'close');
    while ((await rows()).length > 0) await delay(20);
    expect(await custom()).to.eql({});
    expect(await storedSize(portal, tenant.id, id)).to.equal(undefined);
  });
});
