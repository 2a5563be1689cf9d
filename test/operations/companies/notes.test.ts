import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createCompany, createCustomer, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('The notes of a company', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('are added, pinned to its first page, changed and deleted', async () => {
    const { id, name } = await createCompany(portal, tenant);
    const path = `/customers/companies/${id}`;
    const form = await manager.visit(`${path}/notes`);
    const page = await form.submit('Add note', { Note: 'Pays *late*', 'Pin to the first page': true });
    expect(page.text).to.include('Notes 1');
    const [event] = await findAuditEvents(portal, tenant, 'note.added');
    expect(event!.target_name).to.equal(name);
    expect((await manager.visit(path)).html).to.include('Pays <em>late</em>');
    await (await page.follow('Edit')).submit('Save changes', { Note: 'Pays early' });
    expect((await manager.visit(path)).text).to.include('Pays early');
    const deletion = await (await manager.visit(`${path}/notes`)).follow('Delete');
    await deletion.submit('Delete note');
    expect((await manager.visit(path)).text).not.to.include('Pays early');
  });

  it('are not changed while the company is archived', async () => {
    const { id } = await createCompany(portal, tenant);
    const path = `/customers/companies/${id}/notes`;
    const form = await manager.visit(path);
    const page = await form.submit('Add note', { Note: 'Stays' });
    const [edit, deletion] = [await page.follow('Edit'), await page.follow('Delete')];
    await sql(portal, `update companies set status = 'archived' where id = $1`, [id]);
    const refused = [
      await page.submit('Add note', { Note: 'Another' }),
      await page.submit('Pin'),
      await edit.submit('Save changes', { Note: 'Changed' }),
      await deletion.submit('Delete note'),
    ];
    for (const { status, errors } of refused) {
      expect(status).to.equal(422);
      expect(errors[0]).to.include('is archived, so nothing can be changed');
    }
    const shown = await manager.visit(path);
    expect(shown.text).to.include('Stays').and.not.include('Add note').and.not.include('Pin');
    expect(shown.text).not.to.include('Another').and.not.include('Changed');
  });

  it('refuse an empty text and staff without the permission, and are not those of a user', async () => {
    const { id } = await createCompany(portal, tenant);
    const form = await manager.visit(`/customers/companies/${id}/notes`);
    expect((await form.submit('Add note', {})).errors).to.eql(['Enter the text']);
    const driver = await signedInStaff(portal, tenant, 'driver');
    const page = await driver.visit(form.path);
    expect((await driver.postFrom(page, form.path, { text: 'x' })).status).to.equal(403);
    const user = await createCustomer(portal, tenant);
    expect((await manager.get(`/customers/companies/${user.id}/notes`)).status).to.equal(404);
    expect((await manager.get(`/users/${id}/notes`)).status).to.equal(404);
  });
});
