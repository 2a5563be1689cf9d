import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { importIdOf, uploadImport } from '../../support/imports.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('Match columns', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const stored = async (id: string) => (await sql(portal, 'select * from imports where id = $1', [id]))[0]!;
  const chosen = (page: { form: (button: string) => { values: () => unknown } }) =>
    page.form('Check').values() as Record<string, string>;

  it('recognises headings, shows the first rows and stores what was chosen', async () => {
    const page = await uploadImport(
      manager,
      'userName,firstName,Shoe size,Joined\nada@x.example,Ada,38,13/01/2026\n',
    );
    expect(chosen(page)).to.include({
      column_0: 'email',
      column_1: 'first_name',
      column_2: '',
      date_order: 'dmy',
    });
    expect(page.text).to.include('ada@x.example').and.include('38');
    expect(page.text).to.include('Otherwise an empty cell leaves the stored value');
    expect(page.text).to.include('What the columns mean').and.include('Names or codes, separated by commas');
    await page.submit('Check', { column_2: 'phone', clears_empty: true });
    const row = await stored(importIdOf(page));
    expect(row['mapping']).to.eql(['email', 'first_name', 'phone', null]);
    expect(row['options']).to.eql({ date_order: 'dmy', has_decimal_comma: false, clears_empty: true });
    const [event] = await findAuditEvents(portal, tenant, 'import.columns_matched');
    expect(event!.changes).to.eql({ columns: 'email, first_name, phone' });
  });

  it('refuses a column that was chosen twice and a missing key', async () => {
    const page = await uploadImport(manager, 'Email,Other\na@x.example,b\n');
    const twice = await page.submit('Check', { column_1: 'email' });
    expect(twice.errors).to.eql(['Another heading is imported as Email already. Choose one of them']);
    const none = await twice.submit('Check', { column_0: '', column_1: '' });
    expect(none.errors).to.eql(['Choose a heading for: Email']);
    expect((await stored(importIdOf(page)))['mapping']).to.equal(null);
  });

  it('reads the file again with another encoding and delimiter', async () => {
    const page = await uploadImport(manager, Buffer.from('Email;Name\na@x.example;Zoë\n', 'latin1'));
    expect(page.text).to.include('Zoë');
    const refused = await page.submit('Read again', { encoding: 'utf-8' });
    expect(refused.status).to.equal(422);
    expect(refused.errors[0]).to.include('Line 2 has characters of another encoding');
    const again = await page.submit('Read again', { delimiter: ',' });
    expect(again.text).to.include('Email;Name');
    expect(await stored(importIdOf(page))).to.include({ delimiter: ',', mapping: null });
    expect(await findAuditEvents(portal, tenant, 'import.format_changed')).to.have.length(1);
  });

  it('saves a mapping and offers it for the same headings in any order', async () => {
    const page = await uploadImport(manager, 'Mail 1,Shoe\na@x.example,b\n');
    await page.submit('Check', { column_0: 'email', column_1: 'phone', save_as: 'Shop' });
    expect(await findAuditEvents(portal, tenant, 'import_mapping.saved')).to.have.length(1);
    const next = await uploadImport(manager, 'Shoe,Mail 1\nb,a@x.example\n');
    expect(next.text).to.include('The mapping Shop is used.');
    expect(chosen(next)).to.include({ column_0: 'phone', column_1: 'email' });
    const taken = await next.submit('Check', { save_as: 'shop' });
    expect(taken.errors).to.eql(['A mapping with the name shop already exists']);
    expect((await stored(importIdOf(next)))['mapping']).to.equal(null);
    const other = await uploadImport(manager, 'Mail 1,Boot\na@x.example,b\n');
    expect(chosen(other)).to.include({ column_0: '' });
    const used = await other.submit('Use', { saved: 'Shop' });
    expect(chosen(used)).to.include({ column_0: 'email', column_1: '' });
  });

  it('refuses a stale page and an import that has begun', async () => {
    const page = await uploadImport(manager);
    const id = importIdOf(page);
    await sql(portal, 'update imports set version = version + 1 where id = $1', [id]);
    expect((await page.submit('Check')).errors[0]).to.include('Someone changed this import');
    await sql(portal, `update imports set state = 'imported', imported_at = now() where id = $1`, [id]);
    expect((await manager.visit(`/imports/${id}/columns`)).path).to.equal(`/imports/${id}`);
  });

  it('takes more headings than other forms have fields', async () => {
    const header = Array.from({ length: 260 }, (_, n) => (n === 0 ? 'Email' : `Column ${n}`));
    const page = await uploadImport(manager, `${header.join(',')}\na@x.example${',1'.repeat(259)}\n`);
    await page.submit('Check', { column_259: 'phone' });
    expect((await stored(importIdOf(page)))['mapping']).to.have.length(260);
  });

  it('is not open to another tenant or without the permission', async () => {
    const path = `/imports/${importIdOf(await uploadImport(manager))}/columns`;
    const other = await signedInStaff(portal, await createTenant(portal));
    expect((await other.visit(path)).status).to.equal(404);
    expect((await (await signedInStaff(portal, tenant, 'driver')).visit(path)).status).to.equal(403);
  });
});
