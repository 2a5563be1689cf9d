import { expect } from 'chai';
import { insertDocument } from '../../support/documents.ts';
import { createCompany, createTenant, signedInCustomer, type TestTenant } from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

describe('GET /account/documents', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  it('lists what staff show and not what the customer has sent', async () => {
    const ada = await signedInCustomer(portal, tenant);
    expect((await ada.visit('/account/documents')).text).to.include('There are no documents yet.');
    const shared = { owner: { user_id: ada.person.id }, uploaded_by: ada.person.id };
    await insertDocument(portal, tenant, { ...shared, name: 'hidden.pdf' });
    const visible = { title: 'Your lease', name: 'lease.pdf', is_visible_to_customer: true };
    const id = await insertDocument(portal, tenant, { ...shared, ...visible });
    const sent = { title: 'Staff title', name: 'passport.pdf', is_confidential: true };
    const sentId = await insertDocument(portal, tenant, { ...shared, ...sent });
    const page = await ada.visit('/account/documents');
    expect(page.text).to.include('Your lease');
    for (const absent of ['hidden.pdf', 'passport.pdf', 'Staff title'])
      expect(page.text).not.to.include(absent);
    expect(page.html).to.include(`href="/account/documents/${id}"`);
    expect(page.html).not.to.include(sentId);
  });

  it('is paged', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const shared = { owner: { user_id: ada.person.id }, uploaded_by: ada.person.id };
    for (let n = 1; n <= 26; n += 1)
      await insertDocument(portal, tenant, {
        ...shared,
        name: `lease-${n}.pdf`,
        is_visible_to_customer: true,
      });
    const first = await ada.visit('/account/documents');
    expect(first.text).to.include('lease-26.pdf').and.not.include('lease-1.pdf');
    expect((await first.follow('Next')).text)
      .to.include('lease-1.pdf')
      .and.not.include('lease-26.pdf');
  });

  it('lists those of the company in its context, and lets no viewer send', async () => {
    const company = await createCompany(portal, tenant);
    const viewer = await signedInCustomer(portal, tenant, { company, roles: ['view_only'] });
    await insertDocument(portal, tenant, {
      owner: { company_id: company.id },
      uploaded_by: viewer.person.id,
      name: 'frame.pdf',
      is_visible_to_customer: true,
    });
    const page = await viewer.visit(`/account/companies/${company.id}/documents`);
    expect(page.text).to.include('frame.pdf').and.not.include('Send a document');
    expect(page.links).to.include('Documents');
    const unitManager = await signedInCustomer(portal, tenant, { company, roles: ['unit_manager'] });
    expect((await unitManager.get(`/account/companies/${company.id}/documents`)).status).to.equal(403);
  });

  it('is not found for a company of others, and redirects anonymous users', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const other = await createCompany(portal, tenant);
    expect((await ada.get(`/account/companies/${other.id}/documents`)).status).to.equal(404);
    const { headers } = await new Visitor(portal, tenant.account).get('/account/documents');
    expect(headers['location']).to.include('/account/login');
  });
});
