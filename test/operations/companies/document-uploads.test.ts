import { expect } from 'chai';
import { sendFile } from '../../support/documents.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('POST /customers/companies/:id/documents', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('stores a document of the company and refuses others', async () => {
    const { id } = await createCompany(portal, tenant);
    const form = await manager.visit(`/customers/companies/${id}/documents`);
    const refused = await sendFile(manager, form, 'Upload document', { content: Buffer.from('<html>') });
    expect(refused.status).to.equal(422);
    const page = await sendFile(manager, refused, 'Upload document', {}, { Title: 'Frame contract' });
    expect(page.flashes).to.eql(['Frame contract was uploaded.']);
    expect(page.text).to.include('Documents 1');
    const foreign = await createCompany(portal, await createTenant(portal));
    const path = `/customers/companies/${foreign.id}/documents`;
    expect((await manager.uploadFrom(page, path)).status).to.equal(404);
  });
});
