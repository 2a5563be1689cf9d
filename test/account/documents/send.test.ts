import { expect } from 'chai';
import { MAX_SENT_BYTES } from '../../../src/domain/document/document.ts';
import { findAuditEvents } from '../../support/audit.ts';
import { insertDocument, PDF, sendFile } from '../../support/documents.ts';
import {
  createCompany,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('POST /account/documents', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  const documents = (user_id: string) =>
    sql<{ id: string; is_confidential: boolean; is_visible_to_customer: boolean }>(
      portal,
      'select id, is_confidential, is_visible_to_customer from documents where user_id = $1',
      [user_id],
    );

  it('sends a confidential document that the customer cannot read back and staff can', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const form = await ada.visit('/account/documents');
    const page = await sendFile(ada, form, 'Send document', { filename: 'passport.pdf' });
    expect(page.flashes).to.eql(['passport.pdf was sent.']);
    expect((await ada.visit('/account/documents')).text).not.to.include('passport.pdf');
    const [row] = await documents(ada.person.id);
    expect(row).to.include({ is_confidential: true, is_visible_to_customer: false });
    expect((await ada.get(`/account/documents/${row!.id}`)).status).to.equal(404);
    const [event] = await findAuditEvents(portal, tenant, 'document.sent');
    expect(event!.actor_name).to.equal(ada.person.name);
    const manager = await signedInStaff(portal, tenant);
    const list = await manager.visit(`/users/${ada.person.id}/documents`);
    expect(list.badges).to.include('Confidential');
    expect((await manager.get(`/users/${ada.person.id}/documents/${row!.id}/content`)).status).to.equal(200);
  });

  it('sends for a company, with the permission only', async () => {
    const company = await createCompany(portal, tenant);
    const path = `/account/companies/${company.id}/documents`;
    const payer = await signedInCustomer(portal, tenant, { company, roles: ['accounts_payable'] });
    const page = await sendFile(payer, await payer.visit(path), 'Send document');
    expect(page.path).to.equal(path);
    expect(page.flashes).to.eql(['contract.pdf was sent.']);
    const viewer = await signedInCustomer(portal, tenant, { company, roles: ['view_only'] });
    const list = await viewer.visit(path);
    const file = [{ name: 'file', filename: 'a.pdf', content: PDF }];
    expect((await viewer.uploadFrom(list, path, {}, file)).status).to.equal(403);
    const other = await createCompany(portal, tenant);
    const foreign = `/account/companies/${other.id}/documents`;
    expect((await payer.uploadFrom(page, foreign, {}, file)).status).to.equal(404);
  });

  it('emails staff who asked for it and may read documents, without the name of the file', async () => {
    const asked = await signedInStaff(portal, tenant);
    await (await asked.visit('/profile')).submit('Save alerts', { 'Documents that customers send': true });
    const driver = await signedInStaff(portal, tenant, 'driver');
    await sql(portal, 'update users set alerts_of_documents = true where id = $1', [driver.person.id]);
    const company = await createCompany(portal, tenant);
    const payer = await signedInCustomer(portal, tenant, { company, roles: ['accounts_payable'] });
    const path = `/account/companies/${company.id}/documents`;
    await sendFile(payer, await payer.visit(path), 'Send document');
    const emails = await sql(
      portal,
      `select to_address, variables from emails where tenant_id = $1 and template = 'documentAlert'`,
      [tenant.id],
    );
    expect(emails).to.eql([
      {
        to_address: asked.person.email,
        variables: {
          customer: payer.person.name,
          company_id: company.id,
          company_name: company.name,
          path: `/customers/companies/${company.id}/documents`,
        },
      },
    ]);
  });

  it('emails staff about a document of a person, with the page of that person', async () => {
    const other = await createTenant(portal);
    const asked = await signedInStaff(portal, other);
    await (await asked.visit('/profile')).submit('Save alerts', { 'Documents that customers send': true });
    await signedInStaff(portal, other);
    const ada = await signedInCustomer(portal, other);
    await sendFile(ada, await ada.visit('/account/documents'), 'Send document', { filename: 'passport.pdf' });
    const emails = await sql<{ to_address: string; variables: Record<string, unknown> }>(
      portal,
      `select to_address, variables from emails where tenant_id = $1 and template = 'documentAlert'`,
      [other.id],
    );
    expect(emails.map(({ to_address }) => to_address)).to.eql([asked.person.email]);
    expect(emails[0]!.variables).to.include({
      customer: ada.person.name,
      path: `/users/${ada.person.id}/documents`,
    });
    expect(JSON.stringify(emails)).to.not.include('passport');
  });

  it('refuses forged fields and what is no document', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const form = await ada.visit('/account/documents');
    const file = [{ name: 'file', filename: 'a.pdf', content: PDF }];
    for (const name of ['is_visible_to_customer', 'is_confidential', 'title'])
      expect((await ada.uploadFrom(form, '/account/documents', { [name]: '1' }, file)).status).to.equal(400);
    const refused = await sendFile(ada, form, 'Send document', { content: Buffer.from('<html>') });
    expect(refused.status).to.equal(422);
    expect(refused.errors[0]).to.include('What the file contains counts');
    expect(await documents(ada.person.id)).to.eql([]);
  });

  it('refuses what would exceed the space of one customer, and leaves that of others', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const { id: user_id } = ada.person;
    const id = await insertDocument(portal, tenant, {
      owner: { user_id },
      uploaded_by: user_id,
      is_confidential: true,
    });
    const hold = (bytes: number) =>
      sql(portal, 'update documents set byte_count = $2 where id = $1', [id, bytes]);
    await hold(MAX_SENT_BYTES - PDF.length + 1);
    const refused = await sendFile(ada, await ada.visit('/account/documents'), 'Send document');
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.eql([
      'There is no space for this file. The documents that were sent from here can have 200 MB together',
    ]);
    expect(await documents(user_id)).to.have.length(1);
    const other = await signedInCustomer(portal, tenant);
    const sent = await sendFile(other, await other.visit('/account/documents'), 'Send document');
    expect(sent.flashes).to.eql(['contract.pdf was sent.']);
    await hold(MAX_SENT_BYTES - PDF.length);
    expect((await sendFile(ada, refused, 'Send document')).flashes).to.eql(['contract.pdf was sent.']);
  });

  it('is limited to 20 files an hour', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const form = await ada.visit('/account/documents');
    const file = [{ name: 'file', filename: 'a.pdf', content: Buffer.from('<html>') }];
    const statuses: number[] = [];
    for (let n = 0; n < 21; n += 1)
      statuses.push((await ada.uploadFrom(form, '/account/documents', {}, file)).status);
    expect(statuses.slice(0, 20)).to.eql(Array.from({ length: 20 }, () => 422));
    expect(statuses[20]).to.equal(429);
  });
});
