import { expect } from 'chai';
import { createCustomer, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import type { Visitor } from '../../support/visitor.ts';

const LIST = '/settings/custom-fields';

describe('Custom fields', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Visitor;

  before(async () => {
    portal = await startPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
  });
  after(() => portal.close());

  const add = async (fields: Record<string, string | boolean>) =>
    (await manager.visit(`${LIST}/new`)).submit('Add custom field', fields);
  const titles = async () => (await manager.visit(LIST)).findAll('td.name').map(({ text }) => text.trim());

  it('are the first page of the settings, and say what they are for', async () => {
    const page = await manager.visit('/settings');
    expect(page.path).to.equal(LIST);
    expect(page.text).to.include('No custom fields yet');
    expect((await page.follow('Add custom field')).h1).to.equal('Add custom field');
  });

  it('get a code from their title, or the one that is given', async () => {
    expect((await add({ Title: 'How did you find us?' })).rows('How did')[0]).to.include(
      'how_did_you_find_us',
    );
    expect((await add({ Title: 'How did you find us?' })).rows('find_us_2')).to.have.length(1);
    expect((await add({ Title: 'Straße', Code: 'Street' })).rows('Straße')[0]).to.include('street');
    expect((await add({ Title: 'رقم البوابة' })).rows('رقم البوابة')[0]).to.include('field');
  });

  it('keep a code to themselves, and it never changes', async () => {
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

  it('say what is missing or wrong, and keep what was typed', async () => {
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

  it('are asked in their order, which Up and Down change', async () => {
    for (const Title of ['One', 'Two', 'Three']) await add({ Title });
    expect(await titles()).to.deep.equal(['One', 'Two', 'Three']);
    let page = await (await manager.visit(LIST)).submit('Up Three');
    expect(page.flashes).to.deep.equal(['Three was moved up.']);
    page = await page.submit('Down One');
    expect(await titles()).to.deep.equal(['Three', 'One', 'Two']);
    const form = await manager.visit('/users/new');
    const asked = form.findAll('label').map(({ text }) => text.split(' ')[0]);
    expect(asked.filter((label) => ['One', 'Two', 'Three'].includes(label!))).to.eql(['Three', 'One', 'Two']);
    expect((await manager.visit(LIST)).findAll('button[disabled]')).to.have.length(2);
  });

  it('are asked for on Create user, kept, shown and changed', async () => {
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
      .and.include('Notes, Gate code');
    expect(changed.html).to.not.include('<b>bold');
  });

  it('take no value that is not among the choices, but keep one that was', async () => {
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

  it('stand in no way of a user who was there before them', async () => {
    const ada = await createCustomer(portal, tenant);
    await add({ Title: 'Gate code' });
    const page = await manager.visit(`/users/${ada.id}`);
    expect(page.text).to.include('Gate code —');
    expect((await (await page.follow('Edit')).submit('Save changes')).status).to.equal(200);
  });

  it('refuse a form that is older than the field', async () => {
    await add({ Title: 'Gate code' });
    const [mine, theirs] = [
      await (await manager.visit(LIST)).follow('Gate code'),
      await (await manager.visit(LIST)).follow('Gate code'),
    ];
    await theirs.submit('Save changes', { Title: 'Gate' });
    const stale = await mine.submit('Save changes', { Title: 'Door code' });
    expect(stale.status).to.equal(422);
    expect(stale.errors[0]).to.include('Someone changed this field meanwhile');
    expect(stale.form('Save changes').values()).to.deep.include({ title: 'Door code' });
    expect((await stale.submit('Save changes')).rows('Door code')).to.have.length(1);
  });

  it('are another tenant’s own', async () => {
    await add({ Title: 'Gate code' });
    const path = (await manager.visit(LIST)).href('Gate code');
    const other = await signedInStaff(portal, await createTenant(portal));
    expect((await other.visit(path)).status).to.equal(404);
    expect((await other.visit(LIST)).rows('Gate code')).to.deep.equal([]);
    const form = await other.visit(`${LIST}/new`);
    for (const write of [path.replace('/edit', ''), path.replace('/edit', '/position')])
      expect((await other.postFrom(form, write, { direction: 'up' })).status).to.equal(404);
  });

  for (const role of ['admin', 'operations', 'driver']) {
    it(`are not open to ${role}`, async () => {
      const staff = await signedInStaff(portal, tenant, role);
      const page = await staff.visit('/users');
      expect(page.links).to.not.include('Custom fields');
      for (const path of ['/settings', LIST, `${LIST}/new`])
        expect((await staff.visit(path)).status).to.equal(403);
      expect((await staff.postFrom(page, LIST, { title: 'X', type: 'text' })).status).to.equal(403);
    });
  }
});
