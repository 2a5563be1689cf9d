import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import { findAuditEvents } from '../../support/audit.ts';
import { createTenant, signedInCustomer, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startPortal, type TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

const TERMS = '/settings/terms';

describe('Terms and Conditions', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;

  before(async () => {
    portal = await startPortal();
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
  });
  after(() => portal.close());

  it('show what is in force and since when', async () => {
    const page = await (await manager.visit('/')).follow('Terms and Conditions');
    expect(page.path).to.equal(TERMS);
    expect(page.text).to.include('In force: version 1').and.include('Your account');
  });

  it('are published in a new version, and customers are asked at their next sign-in', async () => {
    const form = await (await manager.visit(TERMS)).follow('Publish a new version');
    expect(form.text).to.include('Customers are asked to agree at their next sign-in');
    const published = await form.submit('Publish', {
      'Terms and Conditions': 'Be good.\r\n\r\nPay in time.',
    });
    expect(published.flashes[0]).to.equal(
      'Version 2 is in force. Customers are asked to agree at their next sign-in.',
    );
    expect(published.find('pre')!.text).to.equal('Be good.\n\nPay in time.');
    expect(published.rows('Version 2')[0]).to.include(manager.person.name);
    const old = await published.follow('Version 1');
    expect(old.find('pre')!.text).to.include('Your account');

    const customer = await signedInCustomer(portal, tenant, { terms: false });
    expect((await customer.get('/account')).headers['location']).to.equal('/account/terms/agreement');
  });

  it('are not published empty, unchanged or endless', async () => {
    const form = await manager.visit(`${TERMS}/new`);
    const empty = await form.submit('Publish', { 'Terms and Conditions': '  ' });
    expect(empty.status).to.equal(422);
    expect(empty.errors).to.deep.equal(['Enter the Terms and Conditions']);
    expect((await form.submit('Publish')).errors).to.deep.equal([
      'These are the words in force: there is nothing to publish',
    ]);
    const endless = await manager.postFrom(form, TERMS, { body: 'x'.repeat(30_001) });
    expect(endless.status).to.equal(422);
  });

  it('are published once when the form is sent twice', async () => {
    const form = await manager.visit(`${TERMS}/new`);
    const answers = await Promise.all(
      [1, 2, 3].map(() => manager.postFrom(form, TERMS, { body: 'Be quick.' })),
    );
    expect(answers.map((answer) => answer.status)).to.have.members([303, 422, 422]);
  });

  it('are for managers alone', async () => {
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
      expect((await staff.postFrom(page, TERMS, { body: 'Forged' })).status).to.equal(403);
    }
    expect((await new Visitor(portal, tenant.operations).visit(TERMS)).path).to.equal('/login');
  });

  it('of another tenant are not found', async () => {
    const other = await createTenant(portal);
    const { rows } = await portal.owner.query('select id from terms_versions where tenant_id = $1', [
      other.id,
    ]);
    for (const id of [rows[0].id, newId(), 'abc']) {
      expect((await manager.get(`${TERMS}/${id}`)).status).to.equal(404);
    }
  });

  it('are recorded in the audit log when a version is published', async () => {
    const other = await createTenant(portal);
    const staff = await signedInStaff(portal, other);
    const form = await staff.visit(`${TERMS}/new`);
    await form.submit('Publish', { 'Terms and Conditions': 'Pay in time.' });
    expect((await findAuditEvents(portal, other, 'terms.published')).at(-1)).to.deep.equal({
      actor_name: staff.person.name,
      target_name: 'Version 2',
      changes: { version: [1, 2] },
    });
  });
});
