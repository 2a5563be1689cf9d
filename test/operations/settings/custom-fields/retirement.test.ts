import { expect } from 'chai';
import { findAuditEvents } from '../../../support/audit.ts';
import {
  createCustomer,
  createCustomField,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../../support/portal.ts';
import { sql } from '../../../support/rows.ts';

describe('/settings/custom-fields/:id/retirement', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
  });

  it('removes the field from forms and pages, keeps its values and restores it', async () => {
    const field = await createCustomField(portal, tenant, { code: 'gate', is_required: true });
    const ada = await createCustomer(portal, tenant);
    await sql(portal, `update users set custom = '{"gate": "4711"}' where id = $1`, [ada.id]);
    const edit = await manager.visit(`/settings/custom-fields/${field.id}/edit`);
    const page = await (await edit.follow('Retire')).submit('Retire custom field');
    expect(page.flashes).to.eql([`${field.title} was retired. Its values are kept.`]);
    expect((await manager.visit(`/users/${ada.id}`)).text)
      .to.not.include('4711')
      .and.not.include(field.title);
    const [event] = await findAuditEvents(portal, tenant, 'custom_field.retired');
    expect(event).to.include({ target_name: field.title });
    const form = await manager.visit(`/users/${ada.id}/edit`);
    expect(form.text).to.not.include(field.title);

    const forged = { ...form.form('Save changes').values(), 'cf[gate]': '0000' };
    expect((await manager.postFrom(form, `/users/${ada.id}`, forged)).status).to.equal(303);
    const restored = await page.submit(`Restore ${field.title}`);
    expect(restored.flashes).to.include(`${field.title} was restored.`);
    expect(await findAuditEvents(portal, tenant, 'custom_field.restored')).to.have.length(1);
    expect((await manager.visit(`/users/${ada.id}`)).text).to.include('4711');
  });

  it('refuses to restore a field when there are as many as an entity may have', async () => {
    const retired = await createCustomField(portal, tenant, { retired_at: new Date() });
    await sql(
      portal,
      `insert into custom_fields (tenant_id, id, code, code_norm, title, type)
       select $1, gen_random_uuid(), 'f' || n, 'f' || n, 'Field ' || n, 'text' from generate_series(1, 200) n
       returning 1`,
      [tenant.id],
    );
    const list = await manager.visit('/settings/custom-fields');
    const page = await list.submit(`Restore ${retired.title}`);
    expect(page.flashes).to.eql(['You can have 200 fields at most. Retire another one first.']);
    const full = await (
      await manager.visit('/settings/custom-fields/new')
    ).submit('Add custom field', { Title: 'One more' });
    expect(full.errors).to.eql(['You can have 200 custom fields at most']);

    const form = await manager.visit('/users/new');
    const values = Object.fromEntries(
      Array.from({ length: 200 }, (_, n) => [`Field ${n + 1}`, `Value ${n + 1}`]),
    );
    const person = { 'First name': 'Ada', 'Last name': 'Byron', Email: 'ada@many.example' };
    const user = await form.submit('Create user', { ...person, ...values });
    expect(user.text).to.include('Field 200 Value 200');
  });
});
