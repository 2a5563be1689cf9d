import { expect } from 'chai';
import { findAuditEvents } from '../support/audit.ts';
import {
  createCustomer,
  createCustomField,
  createStaffRole,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';

describe('/revealed-fields', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;
  let field: Awaited<ReturnType<typeof createCustomField>>;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
    field = await createCustomField(portal, tenant, { code: 'pin', title: 'Alarm PIN', is_secret: true });
  });

  const withSecret = async () => {
    const customer = await createCustomer(portal, tenant);
    const form = await manager.visit(`/users/${customer.id}/edit`);
    await form.submit('Save changes', { 'Alarm PIN': '73519' });
    return customer;
  };
  const storedOf = async (id: string) =>
    JSON.stringify((await sql(portal, 'select custom from users where id = $1', [id]))[0]);

  it('shows a secret value once, after a click that is recorded', async () => {
    const ada = await withSecret();
    const page = await manager.visit(`/users/${ada.id}`);
    expect(page.text).to.include('Alarm PIN •••').and.not.include('73519');
    const shown = await page.submit('Show Alarm PIN');
    expect(shown.path).to.equal(`/users/${ada.id}`);
    expect(shown.text).to.include('Alarm PIN 73519');
    expect((await manager.visit(`/users/${ada.id}`)).text).to.not.include('73519');
    const events = await findAuditEvents(portal, tenant, 'custom_field.revealed');
    expect(events.at(-1)).to.deep.include({ target_name: ada.name, changes: { field: 'Alarm PIN' } });
  });

  it('is stored encrypted, and masked in the history and in forms', async () => {
    const ada = await withSecret();
    expect(await storedOf(ada.id))
      .to.include('"pin"')
      .and.not.include('73519');
    const events = await findAuditEvents(portal, tenant, 'user.updated');
    expect(events.at(-1)!.changes).to.eql({ 'secret[pin]': [null, '•••'] });
    const edit = await manager.visit(`/users/${ada.id}/edit`);
    expect(edit.form('Save changes').values()).to.include({ 'secret[pin]': '' });

    const before = await storedOf(ada.id);
    const refused = await edit.submit('Save changes', { 'Alarm PIN': '11111', Email: 'wrong' });
    expect(refused.status).to.equal(422);
    expect(refused.html).to.not.include('11111');
    await edit.submit('Save changes', { Phone: '+44 20 7946 0000' });
    expect(await storedOf(ada.id)).to.equal(before);
    const removed = await manager.visit(`/users/${ada.id}/edit`);
    await removed.submit('Save changes', { 'Remove Alarm PIN': true });
    expect(await storedOf(ada.id)).to.equal('{"custom":{}}');
  });

  it('cannot be copied to another row', async () => {
    const [ada, grace] = [await withSecret(), await createCustomer(portal, tenant)];
    await sql(portal, 'update users set custom = (select custom from users where id = $1) where id = $2', [
      ada.id,
      grace.id,
    ]);
    const page = await manager.visit(`/users/${grace.id}`);
    expect((await page.submit('Show Alarm PIN')).text).to.not.include('73519');
  });

  it('is refused for other permissions, open fields, foreign rows and other tenants', async () => {
    const ada = await withSecret();
    const open = await createCustomField(portal, tenant, { code: 'open' });
    const post = async (staff: typeof manager, field_id: string, row_id: string) => {
      const page = await staff.visit('/users');
      return (await staff.postFrom(page, '/revealed-fields', { field_id, row_id })).status;
    };
    expect(await post(manager, field.id, ada.id)).to.equal(303);
    expect(await post(manager, open.id, ada.id)).to.equal(404);
    expect(await post(manager, field.id, open.id)).to.equal(404);
    expect(await post(manager, 'x', ada.id)).to.equal(400);
    const operations = await signedInStaff(portal, tenant, 'operations');
    expect((await operations.visit(`/users/${ada.id}`)).text).to.not.include('Show Alarm PIN');
    expect(await post(operations, field.id, ada.id)).to.equal(403);
    const other = await signedInStaff(portal, await createTenant(portal));
    expect(await post(other, field.id, ada.id)).to.equal(404);
  });

  it('needs the permission to see the row', async () => {
    const ada = await withSecret();
    const role = await createStaffRole(portal, tenant, ['custom_fields.reveal', 'companies.view']);
    const staff = await signedInStaff(portal, tenant, role);
    const page = await staff.visit('/customers/companies');
    const values = { field_id: field.id, row_id: ada.id };
    expect((await staff.postFrom(page, '/revealed-fields', values)).status).to.equal(403);
  });
});
