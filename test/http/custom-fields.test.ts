import { expect } from 'chai';
import { findAuditEvents } from '../support/audit.ts';
import {
  createCustomField,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';
import { createSite, createUnitType } from '../support/units.ts';

describe('Custom fields', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;
  let customer: Awaited<ReturnType<typeof signedInCustomer>>;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
    customer = await signedInCustomer(portal, tenant);
  });

  const add = (code: string, fields: Parameters<typeof createCustomField>[2] = {}) =>
    createCustomField(portal, tenant, { code, title: `The ${code}`, ...fields });
  const store = (custom: object) =>
    sql(portal, 'update users set custom = $2 where id = $1', [customer.person.id, JSON.stringify(custom)]);
  const stored = async () =>
    (await sql(portal, 'select custom from users where id = $1', [customer.person.id]))[0]!['custom'];
  const userPath = () => `/users/${customer.person.id}`;

  describe('in the forms of staff', () => {
    it('save a value of every type, show it and record the change with its title', async () => {
      const typed = {
        text: 'Blue',
        long_text: 'One\nTwo',
        number: '1,5',
        date: '2026-01-31',
        yes_no: 'No',
        choice: 'Red',
        email: 'Ada@Example.com',
        phone: '+44 20 7946 0000',
        url: 'https://example.com/a',
      } as const;
      for (const type of [...Object.keys(typed), 'choices'] as (keyof typeof typed | 'choices')[])
        await add(type, { type, choices: type.startsWith('choice') ? ['Red', 'Blue'] : [] });
      const values = Object.fromEntries(Object.entries(typed).map(([code, value]) => [`The ${code}`, value]));
      const page = await (
        await manager.visit(`${userPath()}/edit`)
      ).submit('Save changes', { ...values, 'The choices': ['Red', 'Blue'] });
      expect(page.status).to.equal(200);
      expect(await stored()).to.eql({
        ...typed,
        number: '1.5',
        yes_no: false,
        email: 'ada@example.com',
        choices: ['Red', 'Blue'],
      });
      expect(page.text)
        .to.include('The number 1.5')
        .and.include('The date Jan 31, 2026')
        .and.include('The yes_no No')
        .and.include('The choices Red, Blue');
      expect(page.href('https://example.com/a')).to.equal('https://example.com/a');
      expect(page.find('aside')!.text).to.include('The choice').and.include('Red');

      const edit = await manager.visit(`${userPath()}/edit`);
      const same = await edit.submit('Save changes');
      expect(same.flashes).to.eql(['There were no changes to save.']);
    });

    it('refuse wrong values beside their fields and keep what was typed', async () => {
      await add('number', { type: 'number' });
      await add('long', { type: 'long_text' });
      await store({ number: '1' });
      const edit = await manager.visit(`${userPath()}/edit`);
      const page = await edit.submit('Save changes', {
        'The number': 'ten',
        'The long': 'x'.repeat(100_000),
      });
      expect(page.status).to.equal(422);
      expect(page.errors).to.eql(['Enter a number, like 12.5', 'Use 10,000 characters or fewer']);
      expect(page.form('Save changes').values()).to.include({ 'cf[number]': 'ten' });
      expect(await stored()).to.eql({ number: '1' });
    });

    it('refuse values that are too long together', async () => {
      const texts: Record<string, string> = {};
      for (let n = 0; n < 6; n += 1) {
        await add(`long_${n}`, { type: 'long_text' });
        texts[`The long_${n}`] = '你'.repeat(9_000);
      }
      const page = await (await manager.visit(`${userPath()}/edit`)).submit('Save changes', texts);
      expect(page.status).to.equal(422);
      expect(page.errors).to.eql(['Use 50,000 characters or fewer in all of these fields together']);
      expect(await stored()).to.eql({});
    });

    it('refuse a body with a field of another tenant or another entity', async () => {
      const foreign = await createTenant(portal);
      await createCustomField(portal, foreign, { code: 'foreign' });
      await add('of_site', { entity: 'site' });
      const edit = await manager.visit(`${userPath()}/edit`);
      for (const code of ['foreign', 'of_site', 'unknown', '__proto__']) {
        const forged = { ...edit.form('Save changes').values(), [`cf[${code}]`]: 'x' };
        const response = await manager.postFrom(edit, userPath(), forged);
        expect(response.status, code).to.equal(400);
      }
      expect(await stored()).to.eql({});
    });

    it('save the other values of a form that was opened before a field was retired, and name it', async () => {
      const gone = await add('gone');
      const list = await add('list', { type: 'choices', choices: ['A', 'B'] });
      const secret = await add('pin', { is_secret: true });
      const unchanged = await add('unchanged');
      await add('gate');
      await store({ unchanged: 'same' });
      const [edit, form] = [await manager.visit(`${userPath()}/edit`), await manager.visit('/users/new')];
      for (const { id } of [gone, list, secret, unchanged])
        await sql(portal, 'update custom_fields set retired_at = now() where id = $1', [id]);

      const values = { 'The gone': 'x', 'The list': ['A', 'B'], 'The pin': '73519', 'The gate': 'North' };
      const page = await edit.submit('Save changes', values);
      expect(page.flashes).to.include.members([
        'The gone is no longer used; its value was not saved.',
        'The list is no longer used; its value was not saved.',
        'The pin is no longer used; its value was not saved.',
      ]);
      expect(page.flashes.join()).to.not.include('The unchanged').and.not.include('73519');
      expect(await stored()).to.eql({ unchanged: 'same', gate: 'North' });

      const refused = await form.submit('Create user', { 'First name': 'Grace', 'The gone': 'x' });
      expect(refused.status).to.equal(422);
      expect(refused.flashes).to.eql(['The gone is no longer used; its value was not saved.']);
      const added = await refused.submit('Create user', {
        'Last name': 'Hopper',
        Email: 'grace@example.com',
      });
      expect(added.status).to.equal(200);
    });

    it('name a choice that was renamed while the form was open', async () => {
      const size = await add('size', { type: 'choice', choices: ['Small', 'Large'] });
      const sizes = await add('sizes', { type: 'choices', choices: ['Small', 'Large'] });
      const edit = await manager.visit(`${userPath()}/edit`);
      for (const { id } of [size, sizes])
        await (
          await manager.visit(`/settings/custom-fields/${id}/choices`)
        ).submit('Rename everywhere', { Choice: 'Small', 'New name': 'Compact' });
      const page = await edit.submit('Save changes', {
        'The size': 'Small',
        'The sizes': ['Small', 'Large'],
      });
      expect(page.status).to.equal(422);
      expect(page.errors).to.eql([
        '“Small” is not a choice any longer. Select The size again',
        '“Small” is not a choice any longer. Select The sizes again',
      ]);
      expect(await stored()).to.eql({});
      await page.submit('Save changes', { 'The size': 'Compact', 'The sizes': ['Large'] });
      expect(await stored()).to.eql({ size: 'Compact', sizes: ['Large'] });
    });

    it('save 200 fields of one entity', async () => {
      const rows = `insert into custom_fields (tenant_id, id, entity, code, code_norm, title, type, choices, position)
        select $1, gen_random_uuid(), 'user', 'f' || n, 'f' || n, 'Field ' || n, $2, $3, n
        from generate_series($4::int, $5::int) n`;
      await sql(portal, rows, [tenant.id, 'text', [], 1, 150]);
      await sql(portal, rows, [tenant.id, 'choices', ['One', 'Two', 'Three'], 151, 200]);
      const edit = await manager.visit(`${userPath()}/edit`);
      const values: Record<string, string | string[]> = { ...edit.form('Save changes').values() };
      for (let n = 1; n <= 150; n += 1) values[`cf[f${n}]`] = 'x'.repeat(200);
      for (let n = 151; n <= 200; n += 1) values[`cf[f${n}][]`] = ['One', 'Two', 'Three'];
      expect((await manager.postFrom(edit, userPath(), values)).status).to.equal(303);
      expect(Object.keys((await stored()) as object)).to.have.length(200);
      expect((await manager.visit(userPath())).text).to.include('Field 200 One, Two, Three');
    });

    it('show a read-only field without an input and do not save its value', async () => {
      await add('meter', { is_read_only: true });
      await store({ meter: '42' });
      expect((await manager.visit(userPath())).text).to.include('The meter 42');
      const edit = await manager.visit(`${userPath()}/edit`);
      expect(edit.form('Save changes').values()).to.not.have.property('cf[meter]');
      const forged = { ...edit.form('Save changes').values(), 'cf[meter]': '1' };
      expect((await manager.postFrom(edit, userPath(), forged)).status).to.equal(303);
      expect((await manager.visit(userPath())).flashes).to.include(
        'The meter can no longer be changed here; its value was not saved.',
      );
      expect(await stored()).to.eql({ meter: '42' });
    });

    it('save a user without a field that became required, and say what is missing', async () => {
      await add('gate', { is_required: true });
      expect((await manager.visit(userPath())).text).to.include('missing: The gate');
      const edit = await manager.visit(`${userPath()}/edit`);
      expect((await edit.submit('Save changes', { Phone: '+44 20 7946 0000' })).status).to.equal(200);
    });

    it('refuse the second of two people who edit one user, and show the other value', async () => {
      await add('gate');
      const [one, other] = [
        await manager.visit(`${userPath()}/edit`),
        await manager.visit(`${userPath()}/edit`),
      ];
      await one.submit('Save changes', { 'The gate': 'first' });
      const stale = await other.submit('Save changes', { 'The gate': 'second' });
      expect(stale.status).to.equal(422);
      expect(stale.text).to.include('Now: first');
      expect(await stored()).to.eql({ gate: 'first' });
    });

    it('keep values of fields that the form does not have', async () => {
      await add('gate', { is_searchable: true });
      await add('gone', { retired_at: new Date() });
      await store({ gone: 'kept' });
      await (await manager.visit(`${userPath()}/edit`)).submit('Save changes', { 'The gate': 'Ä 4' });
      expect(await stored()).to.eql({ gate: 'Ä 4', gone: 'kept' });
      const index = 'select value_norm from custom_field_values_index where tenant_id = $1';
      expect(await sql(portal, index, [tenant.id])).to.eql([{ value_norm: 'a 4' }]);
      await (await manager.visit(`${userPath()}/edit`)).submit('Save changes', { 'The gate': '' });
      expect(await sql(portal, index, [tenant.id])).to.eql([]);
      expect(await stored()).to.eql({ gone: 'kept' });
    });
  });

  describe('of companies', () => {
    it('are asked for, checked, shown, changed and recorded', async () => {
      await add('vat', { entity: 'company', is_required: true, is_searchable: true });
      await add('size', { entity: 'company', type: 'number' });
      await add('of_user');
      const form = await manager.visit('/customers/companies/new');
      expect(form.text).to.not.include('The of_user');
      const refused = await form.submit('Add', { Name: 'Works', 'The size': 'big' });
      expect(refused.errors).to.eql(['Enter The vat', 'Enter a number, like 12.5']);
      const page = await refused.submit('Add', { 'The vat': 'GB1', 'The size': '2' });
      expect(page.text).to.include('The vat GB1').and.include('The size 2');
      const edit = await page.follow('Edit company');
      const saved = await edit.submit('Save changes', { 'The vat': 'GB2' });
      expect(saved.text).to.include('The vat GB2');
      const events = await findAuditEvents(portal, tenant, 'company.updated');
      expect(events.at(-1)!.changes).to.eql({ 'cf[vat]': ['GB1', 'GB2'] });

      const stale = await edit.submit('Save changes', { 'The vat': 'GB3' });
      expect(stale.status).to.equal(422);
      expect(stale.text).to.include('Now: GB2');
      const index = 'select value_norm from custom_field_values_index where tenant_id = $1';
      expect(await sql(portal, index, [tenant.id])).to.eql([{ value_norm: 'gb2' }]);
      const forged = { ...edit.form('Save changes').values(), 'cf[of_user]': 'x' };
      expect((await manager.postFrom(edit, edit.path.replace('/edit', ''), forged)).status).to.equal(400);
    });
  });

  describe('of sites, unit types and units', () => {
    const saved = async (table: string) =>
      (await sql(portal, `select custom from ${table} where tenant_id = $1`, [tenant.id])).map(
        (row) => row['custom'],
      );

    it('are asked for, shown and changed at a site', async () => {
      await add('gate', { entity: 'site', is_required: true });
      const form = await manager.visit('/sites/new');
      const refused = await form.submit('Add site', { Name: 'North' });
      expect(refused.errors).to.eql(['Enter The gate']);
      const page = await refused.submit('Add site', { 'The gate': 'A' });
      expect(page.text).to.include('The gate A');
      await (await page.follow('Edit')).submit('Save changes', { 'The gate': 'B' });
      expect(await saved('sites')).to.eql([{ gate: 'B' }]);
      const events = await findAuditEvents(portal, tenant, 'site.updated');
      expect(events.at(-1)!.changes).to.eql({ 'cf[gate]': ['A', 'B'] });
    });

    it('are asked for, shown and changed at a unit type', async () => {
      await add('heated', { entity: 'unit_type', type: 'yes_no' });
      await add('note', { entity: 'unit_type', is_secret: true });
      const form = await manager.visit('/unit-types/new');
      const values = { Name: 'Small', Price: '10', 'The heated': 'Yes', 'The note': '73519' };
      expect((await form.submit('Add unit type', values)).status).to.equal(200);
      const [{ id }] = (await sql(portal, 'select id from unit_types where tenant_id = $1', [tenant.id])) as [
        { id: string },
      ];
      const edit = await manager.visit(`/unit-types/${id}/edit`);
      expect(edit.html).to.not.include('73519');
      expect((await edit.submit('Show The note')).text).to.include('73519');
      await edit.submit('Save changes', { 'The heated': 'No' });
      expect((await saved('unit_types'))[0]).to.include({ heated: false });
    });

    it('are asked for, shown and changed at units, also at several at once', async () => {
      await createSite(portal, tenant);
      await createUnitType(portal, tenant);
      await add('floor', { entity: 'unit', type: 'number', is_searchable: true });
      await add('key', { entity: 'unit', is_secret: true });
      const form = await manager.visit('/units/new');
      const values = { Code: 'U1', 'Last code': 'U3', 'The floor': '2', 'The key': '73519' };
      await form.submit('Add unit', values);
      const custom = (await saved('units')) as { floor: string; key: string }[];
      expect(custom.map(({ floor }) => floor)).to.eql(['2', '2', '2']);
      expect(new Set(custom.map(({ key }) => key)).size).to.equal(3);
      const index = 'select from custom_field_values_index where tenant_id = $1';
      expect(await sql(portal, index, [tenant.id])).to.have.length(3);
      const [{ id }] = (await sql(portal, `select id from units where tenant_id = $1 and code = 'U2'`, [
        tenant.id,
      ])) as [{ id: string }];
      const page = await manager.visit(`/units/${id}`);
      expect(page.text).to.include('The floor 2').and.include('The key •••');
      expect((await page.submit('Show The key')).text).to.include('The key 73519');
      const edited = await (await page.follow('Edit')).submit('Save changes', { 'The floor': '3' });
      expect(edited.text).to.include('The floor 3');
    });
  });

  describe('in the profile of a customer', () => {
    const profile = () => customer.visit('/account/profile');
    const save = async (forged: Record<string, string>) => {
      const page = await profile();
      const values = { ...page.form('Save changes').values(), ...forged };
      return (await customer.postFrom(page, '/account/profile', values)).status;
    };

    it('are hidden, and not saved, unless customers may see them', async () => {
      await add('hidden');
      await store({ hidden: 'internal' });
      expect((await profile()).text)
        .to.not.include('The hidden')
        .and.not.include('internal');
      expect(await save({ 'cf[hidden]': 'mine' })).to.equal(303);
      expect((await profile()).text).to.not.include('The hidden');
      expect(await stored()).to.eql({ hidden: 'internal' });
    });

    it('are shown and not changed when customers may see them only', async () => {
      await add('seen', { customer_access: 'view' });
      await store({ seen: 'by staff' });
      const page = await profile();
      expect(page.text).to.include('The seen by staff');
      expect(page.form('Save changes').values()).to.not.have.property('cf[seen]');
      expect(await save({ 'cf[seen]': 'mine' })).to.equal(303);
      expect(await stored()).to.eql({ seen: 'by staff' });
    });

    it('are filled in once when customers may fill them in at the sign-up', async () => {
      await add('once', { customer_access: 'sign_up' });
      await (await profile()).submit('Save changes', { 'The once': 'mine' });
      expect(await stored()).to.eql({ once: 'mine' });
      const page = await profile();
      expect(page.text).to.include('The once mine');
      expect(await save({ 'cf[once]': 'changed' })).to.equal(303);
      expect(await stored()).to.eql({ once: 'mine' });
    });

    it('are changed when customers may change them', async () => {
      await add('mine', { customer_access: 'edit', type: 'choices', choices: ['A', 'B'] });
      await (await profile()).submit('Save changes', { 'The mine': ['A', 'B'] });
      await (await profile()).submit('Save changes', { 'The mine': ['B'] });
      expect(await stored()).to.eql({ mine: ['B'] });
      const events = await findAuditEvents(portal, tenant, 'user.updated');
      expect(events.at(-1)!.changes).to.eql({ 'cf[mine]': [['A', 'B'], ['B']] });
    });

    it('name a field that was retired, and a choice that was renamed, while the form was open', async () => {
      const gone = await add('gone', { customer_access: 'edit' });
      const size = await add('size', { customer_access: 'sign_up', type: 'choice', choices: ['S', 'L'] });
      await add('gate', { customer_access: 'edit' });
      const form = await profile();
      await sql(portal, 'update custom_fields set retired_at = now() where id = $1', [gone.id]);
      const choices = await manager.visit(`/settings/custom-fields/${size.id}/choices`);
      await choices.submit('Rename everywhere', { Choice: 'S', 'New name': 'Small' });
      const page = await form.submit('Save changes', {
        'The gone': 'x',
        'The size': 'S',
        'The gate': 'North',
      });
      expect(page.errors).to.eql(['“S” is not a choice any longer. Select The size again']);
      expect(page.flashes).to.include('The gone is no longer used; its value was not saved.');
      await page.submit('Save changes', { 'The size': 'Small' });
      expect(await stored()).to.eql({ size: 'Small', gate: 'North' });
    });

    it('show a secret of the customer masked, without a button', async () => {
      await add('pin', { customer_access: 'edit', is_secret: true });
      await (await profile()).submit('Save changes', { 'The pin': '73519' });
      const page = await profile();
      expect(page.html).to.not.include('73519');
      expect(page.text).to.include('A value is stored');
      expect(JSON.stringify(await stored())).to.not.include('73519');
    });

    it('ask by a banner only for required fields that the customer may fill in', async () => {
      await add('internal', { is_required: true });
      expect((await customer.visit('/account')).flashes).to.eql([]);
      await add('gone', { is_required: true, customer_access: 'edit', retired_at: new Date() });
      await add('of_site', { is_required: true, entity: 'site' });
      expect((await customer.visit('/account')).flashes).to.eql([]);
      await add('asked', { is_required: true, customer_access: 'edit' });
      expect((await customer.visit('/account')).flashes.join()).to.include('needs some details from you');
      await store({ asked: 'x' });
      expect((await customer.visit('/account')).flashes).to.eql([]);
    });
  });

  describe('that the version before stored', () => {
    const storeFormer = (field: { id: string }, value: string) =>
      sql(
        portal,
        `insert into custom_field_values (tenant_id, user_id, custom_field_id, value) values ($1, $2, $3, $4)`,
        [tenant.id, customer.person.id, field.id, value],
      );
    const former = () =>
      sql(portal, 'select value from custom_field_values where user_id = $1', [customer.person.id]);

    it('are shown until they are changed', async () => {
      const [gate, size] = [await add('gate', { is_searchable: true }), await add('size')];
      await storeFormer(gate, 'North');
      await storeFormer(size, 'L');
      expect((await manager.visit(userPath())).text)
        .to.include('The gate North')
        .and.include('The size L');
      const edit = await manager.visit(`${userPath()}/edit`);
      await edit.submit('Save changes', { 'The size': 'XL' });
      expect(await stored()).to.eql({ size: 'XL' });
      expect(await former()).to.eql([{ value: 'North' }]);
      expect((await manager.visit(userPath())).text)
        .to.include('The gate North')
        .and.include('The size XL');
    });
  });
});
