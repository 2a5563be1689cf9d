import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createCustomer, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('The notes of a user', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let path: string;
  let user: string;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });
  beforeEach(async () => {
    user = (await createCustomer(portal, tenant, { first_name: 'Noted', last_name: 'Customer' })).id;
    path = `/users/${user}/notes`;
  });

  const add = async (text: string, isPinned = false) =>
    (await manager.visit(path)).submit('Add note', { Note: text, 'Pin to the first page': isPinned });
  const latest = async () =>
    (
      await sql<{ id: string; text: string; version: number }>(
        portal,
        'select id, text, version from notes where tenant_id = $1 and user_id = $2 order by id desc',
        [tenant.id, user],
      )
    )[0]!;

  it('are added with Markdown, shown with their author, and recorded without the text', async () => {
    expect((await manager.visit(path)).text).to.include('No notes yet');
    const page = await add('Call **before** noon');
    expect(page.flashes).to.eql(['The note was added.']);
    expect(page.html).to.include('Call <strong>before</strong> noon');
    expect(page.text).to.include(manager.person.name).and.include('Notes 1');
    const [event] = await findAuditEvents(portal, tenant, 'note.added');
    expect(event!.target_name).to.equal('Noted Customer');
    expect(JSON.stringify(event!.changes)).not.to.include('noon');
    expect((await manager.visit(`/users/${user}`)).text).not.to.include('noon');
  });

  it('are shown on the first page and come first while they are pinned', async () => {
    await add('An old pinned one', true);
    const page = await add('A newer one');
    expect(page.text.indexOf('An old pinned one')).to.be.lessThan(page.text.indexOf('A newer one'));
    expect((await manager.visit(`/users/${user}`)).text).to.include('An old pinned one');
    await page.submit('Unpin');
    expect((await manager.visit(`/users/${user}`)).text).not.to.include('An old pinned one');
    expect(await findAuditEvents(portal, tenant, 'note.unpinned')).to.have.length(1);
    const { id } = await latest();
    await manager.postFrom(page, `${path}/${id}/pin`, { is_pinned: '1' });
    expect((await manager.visit(`/users/${user}`)).text).to.include('A newer one');
    expect(await findAuditEvents(portal, tenant, 'note.pinned')).to.have.length(1);
  });

  it('keep what was typed, and name who changed the note meanwhile', async () => {
    await add('First');
    const { id } = await latest();
    const [mine, theirs] = [
      await manager.visit(`${path}/${id}/edit`),
      await manager.visit(`${path}/${id}/edit`),
    ];
    expect((await theirs.submit('Save changes', { Note: 'Theirs' })).flashes).to.eql([
      'The note was changed.',
    ]);
    const stale = await mine.submit('Save changes', { Note: 'Mine' });
    expect(stale.status).to.equal(422);
    expect(stale.errors[0]).to.include(`${manager.person.name} changed this note`);
    expect(stale.text).to.include('Theirs').and.include('Mine');
    const saved = await stale.submit('Save changes');
    expect(saved.text).to.include('Mine').and.include('changed by');
    expect((await latest()).version).to.equal(3);
    expect(await findAuditEvents(portal, tenant, 'note.updated')).to.have.length(2);
  });

  it('are deleted after a confirmation', async () => {
    await add('Doomed');
    const confirm = await manager.visit(`${path}/${(await latest()).id}/deletion`);
    expect(confirm.text).to.include('Doomed');
    const page = await confirm.submit('Delete note');
    expect(page.flashes).to.eql(['The note was deleted.']);
    expect(page.text).to.include('No notes yet');
    expect(await findAuditEvents(portal, tenant, 'note.deleted')).to.have.length(1);
  });

  it('run no script and load no image', async () => {
    const page = await add(
      '<script>alert(1)</script> [x](javascript:alert(1)) ![y](https://evil.example/y.png) <b onclick=alert(1)>z</b>\n\n# Top',
    );
    const note = page.find('.note-text')!;
    expect(note.querySelectorAll('script, img, b, h1, h2')).to.eql([]);
    expect(note.querySelectorAll('a').map((link) => link.getAttribute('href'))).to.eql([
      'https://evil.example/y.png',
    ]);
  });

  it('refuse no text, a text that is too long, a card number and too many pinned ones', async () => {
    for (const [text, error] of [
      ['', 'Enter the text'],
      ['x'.repeat(10_001), 'Use 10,000 characters or fewer'],
      ['4242 4242 4242 4242', 'Remove the card number. Card numbers are entered on the payment page only'],
    ] as const) {
      const page = await add(text);
      expect(page.status).to.equal(422);
      expect(page.errors).to.eql([error]);
    }
    await sql(
      portal,
      `insert into notes (tenant_id, id, user_id, text, is_pinned, author_id)
       select $1, gen_random_uuid(), $2, 'Pinned', true, $3 from generate_series(1, 20)`,
      [tenant.id, user, manager.person.id],
    );
    expect((await add('One more', true)).errors).to.eql([
      'At most 20 notes can be pinned. Unpin another one first',
    ]);
    await add('Not pinned');
    const { id } = (
      await sql<{ id: string }>(portal, `select id from notes where user_id = $1 and not is_pinned`, [user])
    )[0]!;
    const refused = await manager.postFrom(await manager.visit(path), `${path}/${id}/pin`, {
      is_pinned: '1',
    });
    expect(refused.status).to.equal(422);
  });

  it('are paged', async () => {
    await sql(
      portal,
      `insert into notes (tenant_id, id, user_id, text, author_id)
       select $1, gen_random_uuid(), $2, 'Note', $3 from generate_series(1, 30)`,
      [tenant.id, user, manager.person.id],
    );
    const first = await manager.visit(path);
    expect(first.findAll('article')).to.have.length(25);
    const second = await first.follow('Next');
    expect(second.findAll('article')).to.have.length(5);
  });

  it('are read by staff who see users, and written with the permission only', async () => {
    await add('Seen');
    const driver = await signedInStaff(portal, tenant, 'driver');
    const page = await driver.visit(path);
    expect(page.text).to.include('Seen').and.not.include('Add note');
    const { id } = await latest();
    expect((await driver.get(`${path}/${id}/edit`)).status).to.equal(403);
    for (const target of [path, `${path}/${id}`, `${path}/${id}/pin`, `${path}/${id}/deletion`])
      expect((await driver.postFrom(page, target, {})).status, target).to.equal(403);
  });

  it('of another user and another tenant are not found', async () => {
    await add('Mine');
    const { id } = await latest();
    const other = await createCustomer(portal, tenant);
    expect((await manager.get(`/users/${other.id}/notes/${id}/edit`)).status).to.equal(404);
    const foreign = await createCustomer(portal, await createTenant(portal));
    const page = await manager.visit(path);
    const response = await manager.postFrom(page, `/users/${foreign.id}/notes`, { text: 'x' });
    expect(response.status).to.equal(404);
  });

  it('redirect anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.operations).get(path)).headers['location']).to.include('/login');
  });
});
