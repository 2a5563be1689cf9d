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
import { Visitor } from '../../../support/visitor.ts';

const LIST = '/settings/custom-fields';

describe('/settings/custom-fields', () => {
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

  const add = async (fields: Record<string, string | boolean>) =>
    (await manager.visit(`${LIST}/new`)).submit('Add custom field', fields);
  const titles = async () => (await manager.visit(LIST)).findAll('td.name').map(({ text }) => text.trim());

  it('explains custom fields when there are none', async () => {
    const page = await manager.visit(LIST);
    expect(page.text).to.include('No custom fields yet');
    expect((await page.follow('Add custom field')).h1).to.equal('Add custom field');
  });

  it('derives the code from the title unless one is given', async () => {
    expect((await add({ Title: 'How did you find us?' })).rows('How did')[0]).to.include(
      'how_did_you_find_us',
    );
    expect((await add({ Title: 'How did you find us?' })).rows('find_us_2')).to.have.length(1);
    expect((await add({ Title: 'Straße', Code: 'Street' })).rows('Straße')[0]).to.include('street');
    expect((await add({ Title: 'رقم البوابة' })).rows('رقم البوابة')[0]).to.include('field');
  });

  it('refuses a key of the search as the code, and derives another one', async () => {
    const refused = await add({ Title: 'Second phone', Code: 'Phone' });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.eql(['The search has a key with this name. Enter another code']);
    expect((await add({ Title: 'Area' })).rows('area_2')).to.have.length(1);
    const ofUnit = await (
      await manager.visit(`${LIST}/new?entity=unit`)
    ).submit('Add custom field', {
      Title: 'Floor area',
      Code: 'area',
    });
    expect(ofUnit.flashes).to.eql(['Floor area was added.']);
  });

  it('refuses a taken code, and ignores a changed code on edit', async () => {
    await add({ Title: 'Gate code', Code: 'gate' });
    const taken = await add({ Title: 'Another gate', Code: 'GATE' });
    expect(taken.status).to.equal(422);
    expect(taken.errors).to.deep.equal(['A custom field with this code already exists']);

    const edit = await (await manager.visit(LIST)).follow('Gate code');
    expect(() => edit.form('Save changes').submission({ Code: 'other' })).to.throw('read-only');
    const forged = { ...edit.form('Save changes').values(), code: 'other', title: 'Gate' };
    await manager.postFrom(edit, edit.path.replace('/edit', ''), forged);
    expect((await manager.visit(LIST)).rows('Gate')[0])
      .to.include('gate')
      .and.not.include('other');
  });

  it('reports every missing or invalid field and keeps the values', async () => {
    const page = await add({ Title: '', Code: '1 x', Type: 'Choice', Required: true });
    expect(page.status).to.equal(422);
    expect(page.errors).to.deep.equal([
      'Enter a title',
      'Use letters, digits and underscores, beginning with a letter, like gate_code',
      'Enter the choices, one on each line',
    ]);
    expect(page.form('Add custom field').values()).to.deep.include({ type: 'choice', is_required: '1' });
    const without = await page.submit('Add custom field', { Title: 'Colour', Code: '' });
    expect(without.errors).to.deep.equal(['Enter the choices, one on each line']);
    const done = await without.submit('Add custom field', { Choices: ' Red \n\nBlue\r\nRed' });
    expect(done.rows('Colour')[0]).to.include('Red, Blue').and.include('Yes');
  });

  it('accepts a hundred choices of 200 characters of every script', async () => {
    const other = await createTenant(portal);
    const staff = await signedInStaff(portal, other);
    for (const character of ['a', 'ش', '你']) {
      const choices = Array.from({ length: 100 }, (_, n) => `${n} `.padEnd(200, character));
      const page = await staff.visit(`${LIST}/new`);
      const done = await page.submit('Add custom field', {
        Title: character,
        Type: 'Choice',
        Choices: choices.join('\r\n'),
      });
      expect(done.status, character).to.equal(200);
      const changed = await (await done.follow(character)).submit('Save changes');
      expect(changed.status, character).to.equal(200);
      await portal.owner.query('delete from custom_fields where tenant_id = $1', [other.id]);
    }
  });

  it('accepts sixty values of 200 characters of every script on the forms of a user', async () => {
    const other = await createTenant(portal);
    const staff = await signedInStaff(portal, other);
    const fields = [];
    for (let n = 0; n < 60; n += 1) fields.push(await createCustomField(portal, other));
    const values = Object.fromEntries(fields.map(({ code }) => [`cf[${code}]`, '你'.repeat(200)]));
    const form = await staff.visit('/users/new');
    const person = { first_name: '你'.repeat(100), last_name: '你'.repeat(100), email: 'ada@long.example' };
    const created = await staff.postFrom(form, '/users', {
      ...form.form('Create user').values(),
      ...person,
      ...values,
    });
    expect(created.status).to.equal(303);
    const user = await staff.visit(String(created.headers['location']));
    expect((await (await user.follow('Edit')).submit('Save changes')).status).to.equal(200);
  });

  it('moves fields up and down', async () => {
    for (const Title of ['One', 'Two', 'Three']) await add({ Title });
    expect(await titles()).to.deep.equal(['One', 'Two', 'Three']);
    let page = await (await manager.visit(LIST)).submit('Up Three');
    expect(page.flashes).to.deep.equal(['Three was moved up.']);
    page = await page.submit('Down One');
    expect(await titles()).to.deep.equal(['Three', 'One', 'Two']);
    const form = await manager.visit('/users/new');
    const labels = form.findAll('label').map(({ text }) => text.split(' ')[0]);
    expect(labels.filter((label) => ['One', 'Two', 'Three'].includes(label!))).to.eql([
      'Three',
      'One',
      'Two',
    ]);
    expect((await manager.visit(LIST)).findAll('button[disabled]')).to.have.length(2);
  });

  it('adds the fields to the user forms and saves their values', async () => {
    await add({ Title: 'Gate code', Required: true });
    await add({ Title: 'Found by', Type: 'Choice', Choices: 'Search\nFriend', Required: true });
    await add({ Title: 'Notes' });
    const empty = await (
      await manager.visit('/users/new')
    ).submit('Create user', {
      'First name': 'Ada',
      'Last name': 'Byron',
      Email: 'ada@x.example',
    });
    expect(empty.errors).to.deep.equal(['Enter Gate code', 'Select Found by']);
    const page = await empty.submit('Create user', { 'Gate code': '0042', 'Found by': 'Friend' });
    expect(page.text).to.include('Gate code 0042').and.include('Found by Friend').and.include('Notes —');

    const edit = await page.follow('Edit');
    expect(edit.form('Save changes').values()).to.deep.include({
      'cf[gate_code]': '0042',
      'cf[found_by]': 'Friend',
    });
    const changed = await edit.submit('Save changes', { 'Gate code': '0043', Notes: '<b>bold</b>' });
    expect(changed.text)
      .to.include('Gate code 0043')
      .and.include('<b>bold</b>')
      .and.include('Gate code: 0042 → 0043');
    expect(changed.html).to.not.include('<b>bold');
  });

  it('refuses values that are not among the choices, but keeps a stored value', async () => {
    await add({ Title: 'Colour', Type: 'Choice', Choices: 'Red\nBlue' });
    const form = await manager.visit('/users/new');
    const person = { first_name: 'Ada', last_name: 'Byron', email: 'ada@x.example' };
    const foreign = await manager.postFrom(form, '/users', { ...person, 'cf[colour]': 'Green' });
    expect(foreign.status).to.equal(422);
    const page = await form.submit('Create user', { ...person, Colour: 'Blue' });

    await (await (await manager.visit(LIST)).follow('Colour')).submit('Save changes', { Choices: 'Red' });
    const edit = await (await manager.visit(page.path)).follow('Edit');
    const kept = await edit.submit('Save changes', { Phone: '+44 20 7946 0000' });
    expect(kept.text).to.include('Colour Blue');
  });

  it('shows an empty value for users who were created before the field', async () => {
    const ada = await createCustomer(portal, tenant);
    await add({ Title: 'Gate code' });
    const page = await manager.visit(`/users/${ada.id}`);
    expect(page.text).to.include('Gate code —');
    expect((await (await page.follow('Edit')).submit('Save changes')).status).to.equal(200);
  });

  it('requires a field that became required later only when it is changed', async () => {
    const ada = await createCustomer(portal, tenant);
    await add({ Title: 'Gate code', Required: true });
    await add({ Title: 'Found by', Type: 'Choice', Choices: 'Search\nFriend', Required: true });
    const page = await manager.visit(`/users/${ada.id}`);
    expect(page.flashes.join()).to.include('Required details that are missing: Gate code, Found by');
    const edit = await page.follow('Fill in');
    const changed = await edit.submit('Save changes', { Phone: '+44 20 7946 0000' });
    expect(changed.text).to.include('+44 20 7946 0000');
    const filled = await (await changed.follow('Edit')).submit('Save changes', { 'Gate code': '0042' });
    expect(filled.flashes.join()).to.include('Required details that are missing: Found by');

    const emptied = await (await filled.follow('Edit')).submit('Save changes', { 'Gate code': '' });
    expect(emptied.errors).to.deep.equal(['Enter Gate code']);
    const invalid = await manager.postFrom(emptied, page.path, {
      ...emptied.form('Save changes').values(),
      'cf[gate_code]': '0042',
      'cf[found_by]': 'Other',
    });
    expect(invalid.status).to.equal(422);
  });

  it('does nothing when a field is saved without a change', async () => {
    await add({ Title: 'Gate code' });
    const edit = await (await manager.visit(LIST)).follow('Gate code');
    await edit.submit('Save changes');
    expect(await findAuditEvents(portal, tenant, 'custom_field.updated')).to.deep.equal([]);
  });

  it('returns 400 for a direction that does not exist', async () => {
    await add({ Title: 'Gate code' });
    const list = await manager.visit(LIST);
    const path = list.href('Gate code').replace('/edit', '/position');
    for (const body of [
      {},
      { direction: 'sideways' },
      { direction: ['up', 'down'] },
      { direction: 'up', id: '1' },
    ])
      expect((await manager.postFrom(list, path, body)).status).to.equal(400);
  });

  it('refuses a stale form', async () => {
    await add({ Title: 'Gate code' });
    const [form, otherForm] = [
      await (await manager.visit(LIST)).follow('Gate code'),
      await (await manager.visit(LIST)).follow('Gate code'),
    ];
    await otherForm.submit('Save changes', { Title: 'Gate' });
    const stale = await form.submit('Save changes', { Title: 'Door code' });
    expect(stale.status).to.equal(422);
    expect(stale.errors[0]).to.include('Someone changed this field after you opened this page');
    expect(stale.form('Save changes').values()).to.deep.include({ title: 'Door code' });
    expect((await stale.submit('Save changes')).rows('Door code')).to.have.length(1);
  });

  it('refuses a stale form after an invalid value was corrected', async () => {
    await add({ Title: 'Gate code' });
    const form = await (await manager.visit(LIST)).follow('Gate code');
    const otherForm = await (await manager.visit(LIST)).follow('Gate code');
    await otherForm.submit('Save changes', { Title: 'Gate' });
    const invalid = await form.submit('Save changes', { Title: '' });
    expect((await invalid.submit('Save changes', { Title: 'Door code' })).status).to.equal(422);
  });

  it('returns 404 for a field of another tenant', async () => {
    await add({ Title: 'Gate code' });
    const path = (await manager.visit(LIST)).href('Gate code');
    const other = await signedInStaff(portal, await createTenant(portal));
    expect((await other.visit(path)).status).to.equal(404);
    expect((await other.visit(LIST)).rows('Gate code')).to.deep.equal([]);
    const form = await other.visit(`${LIST}/new`);
    for (const write of [path.replace('/edit', ''), path.replace('/edit', '/position')])
      expect((await other.postFrom(form, write, { direction: 'up' })).status).to.equal(404);
  });

  it('redirects anonymous users to the login page', async () => {
    for (const path of [LIST, `${LIST}/new`])
      expect((await new Visitor(portal, tenant.operations).visit(path)).path, path).to.equal('/login');
  });

  for (const role of ['admin', 'operations', 'driver']) {
    it(`returns 403 to the role ${role}`, async () => {
      const staff = await signedInStaff(portal, tenant, role);
      const page = await staff.visit('/users');
      expect(page.links).to.not.include('Custom fields');
      for (const path of ['/settings', LIST, `${LIST}/new`])
        expect((await staff.visit(path)).status).to.equal(403);
      expect((await staff.postFrom(page, LIST, { title: 'X', type: 'text' })).status).to.equal(403);
    });
  }

  it('records created, changed and moved fields in the audit log', async () => {
    await add({ Title: 'Gate code' });
    await add({ Title: 'Notes' });
    const [created] = await findAuditEvents(portal, tenant, 'custom_field.created');
    expect(created).to.deep.include({ actor_name: manager.person.name, target_name: 'Gate code' });
    expect(created!.changes).to.deep.include({ code: [null, 'gate_code'] });

    const edit = await (await manager.visit(LIST)).follow('Gate code');
    const list = await edit.submit('Save changes', { Title: 'Gate' });
    await list.submit('Down Gate');
    const updated = await findAuditEvents(portal, tenant, 'custom_field.updated');
    expect(updated.map(({ target_name }) => target_name)).to.deep.equal(['Gate', 'Gate']);
    expect(updated[0]!.changes).to.deep.equal({ title: ['Gate code', 'Gate'] });
    expect(updated[1]!.changes).to.deep.equal({ position: [1, 2] });
  });
});
