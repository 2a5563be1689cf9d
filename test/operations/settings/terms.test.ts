import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import { findAuditEvents } from '../../support/audit.ts';
import {
  createCustomer,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

const TERMS = '/settings/terms';

describe('/settings/terms', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('shows the version in force', async () => {
    const page = await (await manager.visit('/settings')).follow('Terms and Conditions');
    expect(page.path).to.equal(TERMS);
    expect(page.text).to.include('In force: version 1').and.include('Your account');
  });

  it('publishes a new version and asks customers to agree at their next login', async () => {
    const form = await (await manager.visit(TERMS)).follow('Publish a new version');
    expect(form.text).to.include('Customers are asked to agree when they next log in');
    const preview = await form.submit('Preview', {
      'Terms and Conditions': 'Be good.\r\n\r\nPay in time.',
    });
    expect(preview.h1).to.equal('Publish version 2?');
    expect(preview.findAll('.prose p').map(({ text }) => text)).to.deep.equal(['Be good.', 'Pay in time.']);
    expect((await manager.visit(TERMS)).rows('Version 2')).to.deep.equal([]);
    const published = await preview.submit('Publish');
    expect(published.flashes[0]).to.equal(
      'Version 2 is in force. Customers are asked to agree when they next log in.',
    );
    expect(published.findAll('.prose p').map(({ text }) => text)).to.deep.equal(['Be good.', 'Pay in time.']);
    expect(published.rows('Version 2')[0]).to.include(manager.person.name);
    const old = await published.follow('Version 1');
    expect(old.findAll('.prose h2').map(({ text }) => text)).to.include('2. Your account');

    const customer = await signedInCustomer(portal, tenant, { terms: false });
    expect((await customer.get('/account')).headers['location']).to.equal('/account/terms/agreement');
  });

  it('tells how many customers are asked before it publishes', async () => {
    const other = await createTenant(portal);
    const staff = await signedInStaff(portal, other);
    for (let n = 0; n < 3; n += 1) await createCustomer(portal, other);
    await createCustomer(portal, other, { status: 'disabled' });
    const form = await staff.visit(`${TERMS}/new`);
    const preview = await form.submit('Preview', { 'Terms and Conditions': 'Be good.' });
    expect(preview.text).to.include('3 customers who can log in are asked to agree');
  });

  it('keeps the text and the form key when the text is changed after the preview', async () => {
    const form = await manager.visit(`${TERMS}/new`);
    const preview = await form.submit('Preview', { 'Terms and Conditions': 'Be <b>better</b>.\n\n“Now”' });
    const draft = await preview.submit('Change the text');
    expect(draft.h1).to.equal('Publish a new version');
    expect(draft.form('Preview').values()).to.deep.equal({
      ...form.form('Preview').values(),
      body: 'Be <b>better</b>.\n\n“Now”',
    });
    for (const path of [`${TERMS}/preview`, `${TERMS}/draft`])
      expect((await manager.visit(path)).path).to.equal(`${TERMS}/new`);
  });

  it('accepts 30,000 characters of every script', async () => {
    const form = await manager.visit(`${TERMS}/new`);
    for (const character of ['a', 'é', 'ش', '你', '%']) {
      const body = character.repeat(30_000);
      const preview = await form.submit('Preview', { 'Terms and Conditions': body });
      const published = await preview.submit('Publish');
      expect(published.status, character).to.equal(200);
    }
    const emoji = await form.submit('Preview', { 'Terms and Conditions': '😀'.repeat(15_000) });
    expect(emoji.status).to.equal(200);
  });

  it('shows the form again with a text that is far too long in every script', async () => {
    const form = await manager.visit(`${TERMS}/new`);
    for (const character of ['a', 'ش', '你']) {
      const refused = await form.submit('Preview', { 'Terms and Conditions': character.repeat(55_000) });
      expect(refused.status, character).to.equal(422);
      expect(refused.errors.join(), character).to.include('30,000');
    }
  });

  it('refuses an empty, an unchanged and a too long text', async () => {
    const form = await manager.visit(`${TERMS}/new`);
    const empty = await form.submit('Preview', { 'Terms and Conditions': '  ' });
    expect(empty.status).to.equal(422);
    expect(empty.errors).to.deep.equal(['Enter the Terms and Conditions']);
    expect((await form.submit('Preview')).errors).to.deep.equal(['This text is already in force']);
    for (const path of [TERMS, `${TERMS}/preview`]) {
      const tooLong = await manager.postFrom(form, path, { body: 'x'.repeat(30_001) });
      expect(tooLong.status, path).to.equal(422);
    }
  });

  it('publishes one version when the form is submitted several times at once', async () => {
    const form = await manager.visit(`${TERMS}/new`);
    const responses = await Promise.all(
      [1, 2, 3].map(() => manager.postFrom(form, TERMS, { body: 'Be quick.' })),
    );
    expect(responses.map((response) => response.status)).to.have.members([303, 422, 422]);
  });

  it('returns 403 to roles other than Manager', async () => {
    const { id } = (
      await portal.owner.query('select id from terms_versions where tenant_id = $1', [tenant.id])
    ).rows[0];
    for (const role of ['admin', 'operations', 'driver']) {
      const staff = await signedInStaff(portal, tenant, role);
      const page = await staff.visit('/customers/companies');
      expect(page.links, role).to.not.include('Terms and Conditions');
      for (const path of [TERMS, `${TERMS}/new`, `${TERMS}/${id}`]) {
        expect((await staff.get(path)).status, `${role} ${path}`).to.equal(403);
      }
      for (const path of [TERMS, `${TERMS}/preview`, `${TERMS}/draft`])
        expect((await staff.postFrom(page, path, { body: 'Forged' })).status, path).to.equal(403);
    }
  });

  it('redirects anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.operations).visit(TERMS)).path).to.equal('/login');
  });

  it('returns 404 for a version of another tenant and for an invalid id', async () => {
    const other = await createTenant(portal);
    const { rows } = await portal.owner.query('select id from terms_versions where tenant_id = $1', [
      other.id,
    ]);
    for (const id of [rows[0].id, newId(), 'abc']) {
      expect((await manager.get(`${TERMS}/${id}`)).status).to.equal(404);
    }
  });

  it('records a published version in the audit log', async () => {
    const other = await createTenant(portal);
    const staff = await signedInStaff(portal, other);
    const form = await staff.visit(`${TERMS}/new`);
    const preview = await form.submit('Preview', { 'Terms and Conditions': 'Pay in time.' });
    await preview.submit('Publish');
    expect((await findAuditEvents(portal, other, 'terms.published')).at(-1)).to.deep.equal({
      actor_name: staff.person.name,
      target_name: 'Version 2',
      changes: { version: [1, 2] },
    });
  });
});
