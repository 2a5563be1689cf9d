import { expect } from 'chai';
import { insertDocument, sendFile } from '../../support/documents.ts';
import { createCompany, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('The documents of a company', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('are listed, sent, changed and deleted', async () => {
    const { id: company_id } = await createCompany(portal, tenant);
    const path = `/customers/companies/${company_id}/documents`;
    const uploaded_by = manager.person.id;
    const id = await insertDocument(portal, tenant, { owner: { company_id }, uploaded_by });
    const page = await manager.visit(path);
    expect(page.text).to.include('stored.pdf');
    expect((await manager.get(`${path}/${id}/content`)).status).to.equal(200);
    const changed = await (
      await page.follow('Change stored.pdf')
    ).submit('Save changes', { Title: 'Frame contract' });
    expect(changed.text).to.include('Frame contract');
    const left = await (await changed.follow('Delete Frame contract')).submit('Delete document');
    expect(left.text).to.include('No documents yet');
  });

  it('are not changed while the company is archived', async () => {
    const { id: company_id } = await createCompany(portal, tenant);
    const path = `/customers/companies/${company_id}/documents`;
    const uploaded_by = manager.person.id;
    const id = await insertDocument(portal, tenant, { owner: { company_id }, uploaded_by });
    const page = await manager.visit(path);
    const edit = await page.follow('Change stored.pdf');
    const deletion = await page.follow('Delete stored.pdf');
    await sql(portal, `update companies set status = 'archived' where id = $1`, [company_id]);
    const refused = [
      await sendFile(manager, page, 'Upload document', { filename: 'new.pdf' }),
      await edit.submit('Save changes', { Title: 'Changed' }),
      await deletion.submit('Delete document'),
    ];
    for (const { status, errors } of refused) {
      expect(status).to.equal(422);
      expect(errors[0]).to.include('is archived, so nothing can be changed');
    }
    const shown = await manager.visit(path);
    expect(shown.text).to.include('stored.pdf').and.not.include('Upload document');
    expect(shown.text).not.to.include('new.pdf').and.not.include('Changed');
    expect(shown.html).not.to.include(`${id}/edit`).and.not.include(`${id}/deletion`);
  });

  it('need the permission and a company of the tenant', async () => {
    const { id } = await createCompany(portal, tenant);
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.get(`/customers/companies/${id}/documents`)).status).to.equal(403);
    const foreign = await createCompany(portal, await createTenant(portal));
    expect((await manager.get(`/customers/companies/${foreign.id}/documents`)).status).to.equal(404);
  });
});
