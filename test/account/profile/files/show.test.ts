import { expect } from 'chai';
import {
  createCustomField,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../../support/factories.ts';
import { PDF, uploadFile } from '../../../support/field-files.ts';
import { sharedPortal, type TestPortal } from '../../../support/portal.ts';

describe('/account/profile/files/:field_id', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;
  let ada: Awaited<ReturnType<typeof signedInCustomer>>;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
    ada = await signedInCustomer(portal, tenant);
  });

  const add = (customer_access: 'none' | 'view' | 'edit', values: object = {}) =>
    createCustomField(portal, tenant, { type: 'file', title: 'Licence', customer_access, ...values });

  it('uploads a file that customers may change, and asks for a required one', async () => {
    await add('edit', { is_required: true });
    expect((await ada.visit('/account')).flashes.join()).to.include('needs some details from you');
    const profile = await ada.visit('/account/profile');
    expect(profile.text).to.include('needs some details from you. Licence');
    const page = await uploadFile(ada, await profile.follow('Upload Licence'), { filename: 'رخصة.jpg' });
    expect(page.path).to.equal('/account/profile');
    expect(page.text).to.include('رخصة.jpg').and.not.include('needs some details');
    expect((await ada.visit('/account')).flashes).to.eql([]);
    expect((await page.follow('Replace Licence')).text).to.include('Stored now رخصة.jpg');
  });

  it('is a download only when customers may see the file, and nothing when they may not', async () => {
    for (const access of ['view', 'none'] as const) {
      const field = await add(access, { title: `With ${access}` });
      await uploadFile(manager, await manager.visit(`/files/${field.id}/${ada.person.id}`));
      const profile = await ada.visit('/account/profile');
      const path = `/account/profile/files/${field.id}`;
      const { status, body } = await ada.get(`${path}/content`);
      expect(status).to.equal(access === 'view' ? 200 : 404);
      if (access === 'view') expect(Buffer.from(body as Buffer)).to.eql(PDF);
      expect(profile.text.includes('With view'), access).to.equal(true);
      expect(profile.text).to.not.include('With none');
      expect((await ada.get(path)).status).to.equal(404);
      const file = [{ name: 'file', filename: 'a.pdf', content: PDF }];
      expect((await ada.uploadFrom(profile, path, {}, file)).status).to.equal(404);
    }
  });

  it('is the own file of each customer', async () => {
    const field = await add('edit');
    await uploadFile(ada, await ada.visit(`/account/profile/files/${field.id}`));
    const grace = await signedInCustomer(portal, tenant);
    expect((await grace.get(`/account/profile/files/${field.id}/content`)).status).to.equal(404);
    const foreign = await signedInCustomer(portal, await createTenant(portal));
    expect((await foreign.get(`/account/profile/files/${field.id}`)).status).to.equal(404);
  });
});
