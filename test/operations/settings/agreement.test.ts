import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

const AGREEMENT = '/settings/agreement';

describe('/settings/agreement', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const preview = async (text: string, language = 'en') =>
    (await manager.visit(`${AGREEMENT}/new?language=${language}`)).submit('Preview', { Agreement: text });
  const publish = async (text: string, language?: string) =>
    (await preview(text, language)).submit('Publish');

  it('begins with a text for each language, and shows it with example values', async () => {
    const list = await (await manager.visit('/settings')).follow('Agreement');
    expect(list.path).to.equal(AGREEMENT);
    expect(list.text).to.include('No version yet');
    const form = await list.follow('Publish a new version العربية');
    expect(form.text).to.include('{{customer}} {{unit}} {{site}}');
    const page = await form.submit('Preview');
    expect(page.h1).to.equal('Publish version 1?');
    expect(page.text).to.include('U12').and.include(tenant.name).and.not.include('{{');
    expect(page.find('main [lang="ar"]')!.getAttribute('dir')).to.equal('rtl');
  });

  it('publishes versions per language', async () => {
    const first = await publish('Unit {{unit}} for {{price}}.');
    expect(first.flashes[0]).to.equal('Version 1 is in force. Later agreements use it.');
    await publish('Unit {{ unit }} for {{price}} and {{deposit}}.');
    const list = await publish('الوحدة {{unit}}', 'ar');
    expect(list.rows('Version 2')[0]).to.include('In force').and.include(manager.person.name);
    expect(list.rows('Version 1 العربية')[0]).to.include('In force');
    const old = await list.follow('Version 1 English');
    expect(old.h1).to.equal('Agreement, version 1');
    expect(old.text).to.include('Unit {{unit}} for {{price}}.');
    const events = await findAuditEvents(portal, tenant, 'agreement.published');
    expect(events.map(({ target_name }) => target_name)).to.deep.equal([
      'Version 1 (en)',
      'Version 2 (en)',
      'Version 1 (ar)',
    ]);
    const rows = await sql(
      portal,
      'select locale, number from agreement_versions where tenant_id = $1 order by id',
      [tenant.id],
    );
    expect(rows).to.deep.equal([
      { locale: 'en', number: 1 },
      { locale: 'en', number: 2 },
      { locale: 'ar', number: 1 },
    ]);
  });

  it('refuses unknown placeholders, an empty text and the text that is in force', async () => {
    const unknown = await preview('{{customer}} pays {{rent}} and {{ process.env }}');
    expect(unknown.status).to.equal(422);
    expect(unknown.errors).to.deep.equal(['These placeholders do not exist: {{rent}}, {{process.env}}']);
    expect(unknown.form('Preview').values()['body']).to.include('{{rent}}');
    expect((await preview(' ')).status).to.equal(422);
    await publish('The same text');
    expect((await preview('The same text')).errors).to.deep.equal([
      'This text is already in force. There is nothing to publish',
    ]);
  });

  it('shows markup and code as text', async () => {
    const page = await preview('<script>alert(1)</script> ${process.env}');
    expect(page.find('main .prose')!.text).to.include('<script>alert(1)</script> ${process.env}');
    expect(page.findAll('main script')).to.have.length(0);
  });

  it('keeps the text and the language when it is changed after the preview', async () => {
    const draft = await (await preview('نص', 'ar')).submit('Change the text');
    expect(draft.form('Preview').values()).to.deep.include({ body: 'نص', language: 'ar' });
    expect((await manager.visit(`${AGREEMENT}/preview`)).path).to.equal(`${AGREEMENT}/new`);
  });

  it('refuses an unknown language', async () => {
    const page = await manager.visit(`${AGREEMENT}/new`);
    const response = await manager.postFrom(page, AGREEMENT, { language: 'xx', body: 'Text' });
    expect(response.status).to.equal(422);
  });

  it('returns 404 for another tenant, 403 without the permission, and redirects anonymous users', async () => {
    await publish('A version of this tenant');
    const [row] = await sql(portal, 'select id from agreement_versions where tenant_id = $1', [tenant.id]);
    const version = `${AGREEMENT}/${String(row!['id'])}`;
    const stranger = await signedInStaff(portal, await createTenant(portal));
    expect((await stranger.visit(version)).status).to.equal(404);
    const admin = await signedInStaff(portal, tenant, 'admin');
    const users = await admin.visit('/users');
    for (const path of [AGREEMENT, `${AGREEMENT}/new`, version])
      expect((await admin.visit(path)).status, path).to.equal(403);
    for (const path of [AGREEMENT, `${AGREEMENT}/preview`, `${AGREEMENT}/draft`])
      expect((await admin.postFrom(users, path)).status, path).to.equal(403);
    expect((await new Visitor(portal, tenant.operations).visit(AGREEMENT)).path).to.equal('/login');
  });
});
