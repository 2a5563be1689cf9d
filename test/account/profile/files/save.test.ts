import { expect } from 'chai';
import { findAuditEvents } from '../../../support/audit.ts';
import {
  createCustomField,
  createTenant,
  signedInCustomer,
  type TestTenant,
} from '../../../support/factories.ts';
import { fileRows, uploadFile } from '../../../support/field-files.ts';
import { sharedPortal, type TestPortal } from '../../../support/portal.ts';

describe('POST /account/profile/files/:field_id', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  it('saves, records and removes the file of the customer', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const field = await createCustomField(portal, tenant, {
      type: 'file',
      code: 'licence',
      customer_access: 'edit',
    });
    const path = `/account/profile/files/${field.id}`;
    const refused = await uploadFile(ada, await ada.visit(path), { filename: 'page.html' });
    expect(refused.errors).to.eql(['Select a PDF, an image, a text or an Office document']);
    await uploadFile(ada, refused, { filename: 'licence.png' });
    const [event] = await findAuditEvents(portal, tenant, 'custom_field.file_uploaded');
    expect(event).to.include({ actor_name: ada.person.name, target_name: ada.person.name });
    const form = await ada.visit(path);
    const page = await uploadFile(ada, form, { filename: '', fields: { removes_file: 'on' } });
    expect(page.flashes).to.eql(['The file was removed.']);
    expect((await fileRows(portal, tenant)).some(({ is_kept }) => is_kept)).to.equal(false);
  });

  it('refuses a field of another entity', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const field = await createCustomField(portal, tenant, {
      type: 'file',
      entity: 'rental',
      customer_access: 'view',
    });
    const profile = await ada.visit('/account/profile');
    const path = `/account/profile/files/${field.id}`;
    expect((await ada.uploadFrom(profile, path)).status).to.equal(404);
  });
});
