import { expect } from 'chai';
import { insertDocument, PDF } from '../../support/documents.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  signedInCustomer,
  type TestTenant,
} from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('GET /account/documents/:id', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  it('sends a visible document as a download', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const shared = { owner: { user_id: ada.person.id }, uploaded_by: ada.person.id };
    const id = await insertDocument(portal, tenant, { ...shared, is_visible_to_customer: true });
    const response = await ada.get(`/account/documents/${id}`);
    expect(response.status).to.equal(200);
    expect(response.headers).to.include({ 'content-length': String(PDF.length) });
    expect(response.headers['content-disposition']).to.include('attachment');
  });

  it('never sends back a confidential document, one for staff, of another customer, company or tenant', async () => {
    const company = await createCompany(portal, tenant);
    const ada = await signedInCustomer(portal, tenant, { company, is_private_customer: true });
    const shared = { owner: { user_id: ada.person.id }, uploaded_by: ada.person.id };
    const other = await createCustomer(portal, tenant);
    const foreign = await createTenant(portal);
    const theirs = await createCustomer(portal, foreign);
    const visible = { is_visible_to_customer: true };
    const ofCompany = await insertDocument(portal, tenant, {
      owner: { company_id: company.id },
      uploaded_by: ada.person.id,
      ...visible,
    });
    const hidden = [
      await insertDocument(portal, tenant, { ...shared, is_confidential: true }),
      await insertDocument(portal, tenant, shared),
      await insertDocument(portal, tenant, {
        owner: { user_id: other.id },
        uploaded_by: other.id,
        ...visible,
      }),
      await insertDocument(portal, foreign, {
        owner: { user_id: theirs.id },
        uploaded_by: theirs.id,
        ...visible,
      }),
    ];
    for (const id of [...hidden, ofCompany])
      expect((await ada.get(`/account/documents/${id}`)).status).to.equal(404);
    for (const id of hidden)
      expect((await ada.get(`/account/companies/${company.id}/documents/${id}`)).status).to.equal(404);
    expect((await ada.get(`/account/companies/${company.id}/documents/${ofCompany}`)).status).to.equal(200);
  });
});
