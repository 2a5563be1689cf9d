import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { insertDocument, PDF } from '../../support/documents.ts';
import { createCustomer, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { fileRows } from '../../support/field-files.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('The documents of a user', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let user: string;
  let path: string;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });
  beforeEach(async () => {
    user = (await createCustomer(portal, tenant)).id;
    path = `/users/${user}/documents`;
  });

  const insert = (fields: Partial<Parameters<typeof insertDocument>[2]> = {}) =>
    insertDocument(portal, tenant, { owner: { user_id: user }, uploaded_by: manager.person.id, ...fields });

  it('are listed and sent as downloads that no browser runs', async () => {
    expect((await manager.visit(path)).text).to.include('No documents yet');
    const id = await insert({ name: 'Ünïcode "x".pdf' });
    expect((await manager.visit(path)).text)
      .to.include('Staff only')
      .and.include('PDF');
    const response = await manager.get(`${path}/${id}/content`);
    expect(response.status).to.equal(200);
    expect(response.headers).to.include({
      'content-type': 'application/pdf',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
      'content-length': String(PDF.length),
    });
    expect(response.headers['content-disposition']).to.match(/^attachment; filename="[\x20-\x7e]*"/);
  });

  it('are changed, unless someone changed them meanwhile', async () => {
    const id = await insert();
    const [mine, theirs] = [
      await manager.visit(`${path}/${id}/edit`),
      await manager.visit(`${path}/${id}/edit`),
    ];
    const page = await theirs.submit('Save changes', { Title: 'Lease', 'Visible to the customer': true });
    expect(page.text).to.include('Lease').and.include('Visible to the customer');
    const [event] = await findAuditEvents(portal, tenant, 'document.updated');
    expect(event!.changes).to.eql({ document: ['stored.pdf', 'Lease'], visible_to_customer: [false, true] });
    const stale = await mine.submit('Save changes', { Title: 'Other' });
    expect(stale.status).to.equal(422);
    expect(stale.errors[0]).to.include('Someone changed this document');
    expect((await stale.submit('Save changes')).text).to.include('Other');
  });

  it('that are confidential are marked and are never shown to the customer', async () => {
    const id = await insert({ is_confidential: true });
    const page = await manager.visit(path);
    expect(page.badges).to.include('Confidential');
    expect((await manager.get(`${path}/${id}/content`)).status).to.equal(200);
    const form = await manager.visit(`${path}/${id}/edit`);
    expect(form.text).not.to.include('Visible to the customer');
    const forged = await manager.postFrom(form, `${path}/${id}`, {
      version: '1',
      title: '',
      is_visible_to_customer: '1',
    });
    expect(forged.status).to.equal(422);
  });

  it('are deleted after a confirmation, with their file and its size', async () => {
    const id = await insert({ is_visible_to_customer: true });
    const storage = async () =>
      (
        await sql<{ byte_count: string }>(
          portal,
          'select byte_count from document_storage where tenant_id = $1',
          [tenant.id],
        )
      )[0]!.byte_count;
    const before = Number(await storage());
    const confirm = await manager.visit(`${path}/${id}/deletion`);
    expect(confirm.text).to.include('The customer can no longer read it.');
    expect((await confirm.submit('Delete document')).flashes).to.eql(['stored.pdf was deleted.']);
    expect((await manager.get(`${path}/${id}/content`)).status).to.equal(404);
    expect(Number(await storage())).to.equal(before - PDF.length);
    expect((await fileRows(portal, tenant))[0]!.has_expired).to.equal(true);
    expect(await findAuditEvents(portal, tenant, 'document.deleted')).to.have.length(1);
  });

  it('are not found below another user or from another tenant', async () => {
    const id = await insert();
    const other = await createCustomer(portal, tenant);
    expect((await manager.get(`/users/${other.id}/documents/${id}/content`)).status).to.equal(404);
    const foreign = await createTenant(portal);
    const theirs = await createCustomer(portal, foreign);
    const owner = { user_id: theirs.id };
    const theirId = await insertDocument(portal, foreign, { owner, uploaded_by: theirs.id });
    expect((await manager.get(`/users/${theirs.id}/documents/${theirId}/content`)).status).to.equal(404);
    expect((await manager.get(`${path}/${theirId}/content`)).status).to.equal(404);
  });

  it('need permissions', async () => {
    const id = await insert();
    const driver = await signedInStaff(portal, tenant, 'driver');
    for (const page of ['', `/${id}/content`, `/${id}/edit`, `/${id}/deletion`])
      expect((await driver.get(path + page)).status, page).to.equal(403);
    expect((await driver.visit(`/users/${user}`)).html).not.to.include(`href="${path}"`);
    const operations = await signedInStaff(portal, tenant, 'operations');
    expect((await operations.get(`${path}/${id}/edit`)).status).to.equal(200);
  });
});
