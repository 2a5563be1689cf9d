import { expect } from 'chai';
import { findAuditEvents } from '../../../support/audit.ts';
import { runExports } from '../../../support/exports.ts';
import {
  createCompany,
  createCustomer,
  createCustomField,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../../support/portal.ts';
import { sql } from '../../../support/rows.ts';

describe('/settings/custom-fields/:id', () => {
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

  const withValue = async (custom: object) => {
    const customer = await createCustomer(portal, tenant);
    await sql(portal, 'update users set custom = $2 where id = $1', [customer.id, JSON.stringify(custom)]);
    return customer;
  };
  const customOf = async ({ id }: { id: string }) =>
    (await sql(portal, 'select custom from users where id = $1', [id]))[0]!['custom'];
  const edit = (field: { id: string }) => manager.visit(`/settings/custom-fields/${field.id}/edit`);
  const indexOf = (field: { id: string }) =>
    sql(portal, 'select entity_id, value_norm from custom_field_values_index where custom_field_id = $1', [
      field.id,
    ]);

  it('converts the values to a new type at once when all of them fit', async () => {
    const field = await createCustomField(portal, tenant, { code: 'floor', is_searchable: true });
    const [ada, grace] = [await withValue({ floor: '2,50', other: 'x' }), await withValue({ floor: '-3' })];
    const page = await (await edit(field)).submit('Save changes', { Type: 'Number' });
    expect(page.flashes).to.eql([`${field.title} was changed.`]);
    expect(await customOf(ada)).to.eql({ floor: '2.5', other: 'x' });
    expect(await customOf(grace)).to.eql({ floor: '-3' });
    const indexed = await indexOf(field);
    expect(indexed.map(({ entity_id }) => entity_id)).to.have.members([ada.id, grace.id]);
  });

  it('shows the values that do not fit a new type before it changes, and keeps them', async () => {
    const field = await createCustomField(portal, tenant, { code: 'floor', is_searchable: true });
    const [ada, grace] = [await withValue({ floor: '2' }), await withValue({ floor: 'second' })];
    const asked = await (await edit(field)).submit('Save changes', { Type: 'Number' });
    expect(asked.status).to.equal(422);
    expect(asked.errors).to.eql(['1 value cannot be converted. Confirm the change below']);
    expect(asked.text).to.include('second').and.include(grace.name);
    expect(asked.text).to.not.include(ada.name);
    expect(await sql(portal, 'select type from custom_fields where id = $1', [field.id])).to.eql([
      { type: 'text' },
    ]);

    const done = await asked.submit('Save changes', { 'Change the type anyway': true });
    expect(done.flashes).to.eql([`${field.title} was changed.`]);
    expect(await customOf(grace)).to.eql({ floor: 'second' });
    expect((await indexOf(field)).map(({ entity_id }) => entity_id)).to.eql([ada.id]);
    expect((await manager.visit(`/users/${grace.id}`)).text).to.include('second');
    const user = await manager.visit(`/users/${grace.id}/edit`);
    const kept = await user.submit('Save changes', { Phone: '+44 20 7946 0000' });
    expect(kept.status).to.equal(200);
    expect(await customOf(grace)).to.eql({ floor: 'second' });
    const wrong = await user.submit('Save changes', { [field.title]: 'third' });
    expect(wrong.errors[0]).to.match(/^Enter a number|changed/);
  });

  it('lists the values of more than 10,000 rows by a task before the type changes', async () => {
    const field = await createCustomField(portal, tenant, { code: 'floor', entity: 'company' });
    const { id } = await createCompany(portal, tenant);
    await sql(
      portal,
      `insert into companies select c.* from companies one, generate_series(1, 10001) n,
         jsonb_populate_record(null::companies, to_jsonb(one) || jsonb_build_object(
           'id', gen_random_uuid(), 'code', 'N' || n, 'code_norm', 'n' || n, 'name', 'Company ' || n,
           'custom', jsonb_build_object('floor', case when n % 5000 = 0 then '=ground' else '1' end))) c
       where one.id = $1`,
      [id],
    );
    const asked = await (await edit(field)).submit('Save changes', { Type: 'Number' });
    expect(asked.errors).to.eql(['A task checks all values first. Confirm the change below']);
    expect(asked.text).to.include('A task checks all rows and lists their values in a file.');
    const again = await asked.submit('Save changes');
    await runExports(portal);
    const checked = await again.submit('Save changes');
    expect(checked.text).to.include('The task has checked all rows: 2 values cannot be converted.');
    const task = await checked.follow('Open the task');
    expect(task.h1).to.equal(`Check the values of the custom field ${field.title} for the type Number`);
    expect(task.text).to.include('Values that cannot be converted: 2');
    const { text, status } = await manager.get(`${task.path}/file`);
    expect(status).to.equal(200);
    expect(text.split('\r\n')[0]).to.equal('\ufeffId,Name,Value');
    expect(text.match(/,Company \d+,'=ground\r\n/g)).to.have.length(2);
    const queued = await sql(
      portal,
      `select from tasks where tenant_id = $1 and kind = 'custom-field-check'`,
      [tenant.id],
    );
    expect(queued).to.have.length(1);

    const done = await checked.submit('Save changes', { 'Change the type anyway': true });
    expect(done.flashes).to.eql([`${field.title} was changed.`]);
  });

  it('refuses to make a file field of another one, and the reverse', async () => {
    const text = await createCustomField(portal, tenant);
    const file = await createCustomField(portal, tenant, { type: 'file' });
    const error = 'A file field cannot become another type, and no other field a file field. Add a new field';
    expect((await (await edit(text)).submit('Save changes', { Type: 'File' })).errors).to.eql([error]);
    expect((await (await edit(file)).submit('Save changes', { Type: 'Text' })).errors).to.eql([error]);
  });

  it('refuses a file field that is secret, searchable, read-only or asked for at the sign-up', async () => {
    const form = await manager.visit('/settings/custom-fields/new');
    for (const [values, error] of [
      [{ Secret: true }, 'Only fields with one text or number can be secret'],
      [{ Searchable: true }, 'A file field cannot be searchable'],
      [{ 'Read-only': true }, 'A file field cannot be read-only: imports have no files'],
      [
        { 'Customers can': 'See it, and fill it in once' },
        'A file is never asked for at the sign-up. Customers can see it, or see and change it',
      ],
    ] as const) {
      const page = await form.submit('Add custom field', { Title: 'Contract', Type: 'File', ...values });
      expect(page.errors).to.eql([error]);
    }
    expect((await form.submit('Add custom field', { Title: 'Contract', Type: 'File' })).status).to.equal(200);
  });

  it('indexes the stored values when a field becomes searchable, and removes them again', async () => {
    const field = await createCustomField(portal, tenant, { code: 'floor' });
    const ada = await withValue({ floor: 'Zweiter Stöck' });
    expect(await indexOf(field)).to.eql([]);
    await (await edit(field)).submit('Save changes', { Searchable: true });
    expect(await indexOf(field)).to.eql([{ entity_id: ada.id, value_norm: 'zweiter stock' }]);
    await (await edit(field)).submit('Save changes', { Searchable: false });
    expect(await indexOf(field)).to.eql([]);
  });

  it('refuses settings that exclude each other', async () => {
    const field = await createCustomField(portal, tenant);
    const page = await (
      await edit(field)
    ).submit('Save changes', { Required: true, 'Read-only': true, 'Customers can': 'See and change it' });
    expect(page.errors).to.eql([
      'A read-only field cannot be required',
      'Customers cannot fill in a read-only field',
    ]);
    const secret = await manager.visit('/settings/custom-fields/new');
    const refused = await secret.submit('Add custom field', {
      Title: 'Pin',
      Type: 'Yes or no',
      Secret: true,
      Searchable: true,
    });
    expect(refused.errors).to.eql([
      'Only fields with one text or number can be secret',
      'A secret field cannot be searchable',
    ]);
  });

  it('refuses a stale form', async () => {
    const field = await createCustomField(portal, tenant);
    const [one, other] = [await edit(field), await edit(field)];
    await one.submit('Save changes', { Title: 'First' });
    const stale = await other.submit('Save changes', { Title: 'Second' });
    expect(stale.status).to.equal(422);
    expect(stale.errors[0]).to.match(/^Someone changed this field/);
  });

  it('records the changed settings', async () => {
    const field = await createCustomField(portal, tenant);
    await (await edit(field)).submit('Save changes', { 'Customers can': 'See it' });
    const [event] = await findAuditEvents(portal, tenant, 'custom_field.updated');
    expect(event!.changes).to.eql({ customer_access: ['none', 'view'] });
  });
});
