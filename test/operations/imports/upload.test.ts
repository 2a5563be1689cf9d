import { once } from 'node:events';
import { readdirSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { createLog } from '../../../src/log.ts';
import { purgeFiles } from '../../../src/tasks/purge-files.ts';
import { findAuditEvents } from '../../support/audit.ts';
import { createStaffRole, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { fileRows, storedSize } from '../../support/field-files.ts';
import { importIdOf, uploadImport, USERS_CSV } from '../../support/imports.ts';
import { startPortal, type OwnPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

const TIMES = { formMs: 1_000, uploadMs: 4_000, windowMs: 700, minWindowBytes: 2_000 };

describe('POST /imports', function () {
  this.timeout(20_000);
  let portal: OwnPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;

  before(async () => {
    portal = await startPortal({ requestTimes: TIMES });
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
  });
  after(() => portal.close());

  const imports = () => sql(portal, 'select * from imports where tenant_id = $1', [tenant.id]);
  const folder = () => path.join(fileURLToPath(portal.config.filesUrl), tenant.id);
  const files = () => {
    try {
      return readdirSync(folder());
    } catch {
      return [];
    }
  };
  const purge = () =>
    purgeFiles.run(
      { config: portal.config, database: portal.database, log: createLog('silent') } as Parameters<
        typeof purgeFiles.run
      >[0],
      () => false,
    );

  it('stores the file with its format and continues with its columns', async () => {
    const page = await uploadImport(manager, `\uFEFF${USERS_CSV.replaceAll(',', ';')}`);
    expect(page.h1).to.equal('Match columns');
    const [row] = await imports();
    expect(row).to.include({
      id: importIdOf(page),
      kind: 'users',
      mode: 'both',
      key: 'email',
      state: 'uploaded',
      file_name: 'users.csv',
      encoding: 'utf-8',
      delimiter: ';',
      requested_by: manager.person.id,
    });
    expect(row!['header']).to.eql(['Email', 'First name', 'Last name', 'Shoe size']);
    expect(await storedSize(portal, tenant.id, row!['file_id'] as string)).to.equal(
      Number(row!['byte_count']),
    );
    const [event] = await findAuditEvents(portal, tenant, 'import.uploaded');
    expect(event!.target_name).to.equal('users.csv');
  });

  it('creates rentals and opening balances only, for staff with the permissions of the kind', async () => {
    const fields = { kind: 'rentals', mode: 'update', key: 'main' };
    const refused = await uploadImport(manager, USERS_CSV, { fields });
    expect(refused.status).to.equal(422);
    expect(refused.text).to.include('Select Create Only');
    const chosen = await manager.visit('/imports/new?kind=rentals');
    expect(chosen.find('select[name="mode"] option[selected]')!.getAttribute('value')).to.equal('create');
    for (const mode of ['both', 'create']) {
      const created = await uploadImport(manager, USERS_CSV, { fields: { ...fields, mode } });
      expect(created.h1).to.equal('Match columns');
    }
    const modes = await sql(portal, `select mode from imports where tenant_id = $1 and kind = 'rentals'`, [
      tenant.id,
    ]);
    expect(modes).to.eql([{ mode: 'create' }, { mode: 'create' }]);
    const role = await createStaffRole(portal, tenant, ['imports.create', 'invoices.issue', 'rentals.edit']);
    const clerk = await signedInStaff(portal, tenant, role);
    const page = await uploadImport(clerk, USERS_CSV, {
      fields: { ...fields, kind: 'balances', mode: 'create' },
    });
    expect(page.status).to.equal(403);
  });

  it('keeps the file for 30 days, and the import without it', async () => {
    await uploadImport(manager);
    const kept = 'select expires_at > now() + $2::interval as is_kept from files where tenant_id = $1';
    expect((await sql(portal, kept, [tenant.id, '29 days']))[0]).to.eql({ is_kept: true });
    expect((await sql(portal, kept, [tenant.id, '31 days']))[0]).to.eql({ is_kept: false });
    await sql(portal, 'update files set expires_at = now() where tenant_id = $1', [tenant.id]);
    await purge();
    expect(files()).to.eql([]);
    const [row] = await imports();
    expect(row!['file_id']).to.equal(null);
    expect((await manager.visit(`/imports/${row!['id'] as string}/columns`)).text).to.include(
      'The file has expired',
    );
  });

  it('refuses other files beside the field and keeps nothing', async () => {
    for (const [content, error] of [
      [null, 'Select a file'],
      ['', 'Select a file that is not empty'],
      [gzipSync('a,b\n1,2\n'), 'This file is compressed'],
      ['%PDF-1.7\n', 'This file is a PDF'],
      ['Email\n', 'This file has no rows below its headings'],
      ['Email,Email\na,b\n', 'Two columns have the heading Email'],
      ['Email,Name\n"a,b\n', 'A quote in line 2 is not closed'],
    ] as const) {
      const page = await uploadImport(manager, content as string | Buffer | null);
      expect(page.status, error).to.equal(422);
      expect(page.errors[0]).to.include(error);
    }
    await purge();
    expect(await imports()).to.eql([]);
    expect(files()).to.eql([]);
    expect(await fileRows(portal, tenant)).to.eql([]);
  });

  it('refuses a key of another kind and an unknown kind', async () => {
    const page = await uploadImport(manager, USERS_CSV, { fields: { key: 'units.code' } });
    expect(page.errors).to.eql(['Select a key of what is imported']);
    const unknown = await uploadImport(manager, USERS_CSV, { fields: { kind: 'units', mode: 'all' } });
    expect(unknown.status).to.equal(422);
    expect(await imports()).to.eql([]);
  });

  it('needs the permissions of the kind', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    const page = await manager.visit('/imports/new');
    expect((await driver.uploadFrom(page, '/imports', {}, [])).status).to.equal(403);
    expect(await imports()).to.eql([]);
  });

  /** Begins to send a file of 1 MB in parts, and returns the response. */
  async function sendSlowly(
    visitor: Visitor,
    { parts, bytes, cut }: { parts: number; bytes: number; cut?: boolean },
  ) {
    const page = await visitor.visit('/imports/new');
    const fields = page.form('Upload').values() as Record<string, string>;
    const token = page.find('input[name="_csrf"]')!.getAttribute('value')!;
    const names = Object.entries({ ...fields, _csrf: token }).filter(([name]) => name !== 'file');
    const part = (head: string, value: string) =>
      `--cut\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`;
    const start =
      names.map(([name, value]) => part(`name="${name}"`, value)).join('') +
      `--cut\r\nContent-Disposition: form-data; name="file"; filename="slow.csv"\r\n\r\nEmail\r\n`;
    const line = `${'x'.repeat(bytes - 2)}\r\n`;
    const end = '--cut--\r\n';
    const length = Buffer.byteLength(start) + parts * bytes + end.length;
    const { port } = portal.server.address() as net.AddressInfo;
    const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    const received = text(socket).catch(() => '');
    socket.write(
      [
        'POST /imports HTTP/1.1',
        `Host: ${tenant.operations}`,
        `Origin: http://${tenant.operations}`,
        'Sec-Fetch-Site: same-origin',
        `Cookie: ${visitor.cookies.header({ isCrossSite: false })}`,
        'Content-Type: multipart/form-data; boundary=cut',
        'Connection: close',
        `Content-Length: ${length}`,
        '\r\n',
      ].join('\r\n') + start,
    );
    for (let sent = 0; sent < parts && socket.writable; sent++) {
      socket.write(line);
      await delay(100);
      if (cut && sent === 3) socket.destroy();
    }
    socket.write(end);
    return received;
  }

  it('takes longer than a form when the file arrives fast enough', async () => {
    expect(await sendSlowly(manager, { parts: 20, bytes: 1_000 })).to.match(/^HTTP\/1\.1 303 /);
    expect(await imports()).to.have.length(1);
  });

  it('ends with 408 and keeps nothing when the file arrives too slowly', async () => {
    expect(await sendSlowly(manager, { parts: 60, bytes: 50 })).to.match(/^HTTP\/1\.1 408 /);
    await delay(500);
    expect(await imports()).to.eql([]);
    expect(await fileRows(portal, tenant)).to.eql([]);
    expect(files()).to.eql([]);
  });

  it('keeps nothing of an upload that was cut off', async () => {
    await sendSlowly(manager, { parts: 20, bytes: 1_000, cut: true });
    await delay(500);
    expect(await imports()).to.eql([]);
    expect(await fileRows(portal, tenant)).to.eql([]);
    expect(files()).to.eql([]);
  });

  it('says so and keeps nothing when the file cannot be written', async () => {
    rmSync(folder(), { recursive: true, force: true });
    mkdirSync(path.dirname(folder()), { recursive: true });
    writeFileSync(folder(), 'not a folder');
    const page = await uploadImport(manager);
    expect(page.status).to.equal(503);
    expect(page.h1).to.equal('The file could not be stored');
    expect(await imports()).to.eql([]);
    rmSync(folder());
    expect((await uploadImport(manager)).h1).to.equal('Match columns');
  });
});
