import { expect } from 'chai';
import { findAuditEvents } from '../support/audit.ts';
import {
  createCustomer,
  createStaffRole,
  createTenant,
  publishTerms,
  signedInStaff,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { untilBlocked } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

const CHECKLIST = '/onboarding';

describe('/onboarding', () => {
  let portal: TestPortal;

  before(async () => {
    portal = await sharedPortal();
  });

  it('is linked from the first page of a Manager until it is closed', async () => {
    const tenant = await createTenant(portal);
    const manager = await signedInStaff(portal, tenant);
    const page = await (await manager.visit('/')).follow('Open the checklist');
    expect(page.h1).to.equal('Get started');

    const closed = await page.submit('Close this checklist');
    expect(closed.path).to.equal('/users');
    expect(closed.links).to.not.include.members(['Open the checklist']).and.not.include('Get started');
    expect((await findAuditEvents(portal, tenant, 'tenant.setup_hidden')).at(-1)?.changes).to.eql({
      is_setup_hidden: [false, true],
    });
    expect((await manager.visit('/settings/business')).links).to.include('Setup checklist');
  });

  it('marks each completed step as done', async () => {
    const tenant = await createTenant(portal);
    const manager = await signedInStaff(portal, tenant);
    const listDone = async () =>
      (await manager.visit(CHECKLIST)).rows('Done').map((row) => row.split(' ')[0]);
    expect(await listDone()).to.eql([]);

    await createCustomer(portal, tenant);
    expect(await listDone()).to.eql(['Add']);
    const business = await manager.visit('/settings/business');
    await business.submit('Save changes', { 'Postal address': '1 Harbour Lane' });
    expect(await listDone()).to.eql(['Enter', 'Add']);
    const brand = await manager.visit('/settings/brand');
    const version = brand.find('input[name="version"]')!.getAttribute('value')!;
    await manager.uploadFrom(brand, '/settings/brand', {
      color: '#123456',
      logo: '',
      version,
      action: 'save',
    });
    expect(await listDone()).to.eql(['Enter', 'Choose', 'Add']);
    await publishTerms(portal, tenant, 'Pay in time.');
    expect(await listDone()).to.eql(['Enter', 'Choose', 'Add', 'Publish']);
    await portal.owner.query(
      `insert into emails (tenant_id, id, template, audience, to_address, variables, state, message_id)
       values ($1, gen_random_uuid(), 'resetPassword', 'customer', 'a@b.example', '{}', 'accepted', 'x')`,
      [tenant.id],
    );
    const all = await manager.visit(CHECKLIST);
    expect(all.text).to.include('Everything is done').and.not.include('Version 1 is a general text');
  });

  it('links only steps whose pages a role may open, and a closed checklist leads to such a page', async () => {
    const tenant = await createTenant(portal);
    const role = await createStaffRole(portal, tenant, ['business.edit', 'brand.edit']);
    const staff = await signedInStaff(portal, tenant, role);
    const page = await staff.visit(CHECKLIST);
    const steps = ['Enter your contact details', 'Choose your colour and logo'];
    const others = ['Add the first user', 'Send the first email', 'Publish your Terms and Conditions'];
    expect(page.links).to.include.members(steps).and.not.include.oneOf(others);
    for (const step of others) expect(page.text).to.include(step);

    const closed = await page.submit('Close this checklist');
    expect([closed.status, closed.path]).to.eql([200, '/settings/business']);
  });

  it('is closed although other settings change at the same time', async () => {
    const tenant = await createTenant(portal);
    const manager = await signedInStaff(portal, tenant);
    const page = await manager.visit(CHECKLIST);
    const other = await portal.owner.connect();
    await other.query('begin');
    await other.query('update tenants set version = version + 1 where id = $1', [tenant.id]);
    const closing = manager.postFrom(page, `${CHECKLIST}/dismissal`);
    await untilBlocked(portal);
    await other.query('commit');
    other.release();
    expect((await closing).status).to.equal(303);
    expect((await manager.visit('/users')).links).to.not.include('Open the checklist');
  });

  it('is closed once by a double click', async () => {
    const tenant = await createTenant(portal);
    const manager = await signedInStaff(portal, tenant);
    const page = await manager.visit(CHECKLIST);
    const close = () => manager.postFrom(page, `${CHECKLIST}/dismissal`);
    const responses = await Promise.all([close(), close()]);
    expect(responses.map(({ status }) => status)).to.eql([303, 303]);
    expect(await findAuditEvents(portal, tenant, 'tenant.setup_hidden')).to.have.length(1);
  });

  it('returns 403 to roles other than Manager, who see no link to it', async () => {
    const tenant = await createTenant(portal);
    const admin = await signedInStaff(portal, tenant, 'admin');
    const users = await admin.visit('/users');
    expect(users.links).to.not.include('Open the checklist').and.not.include('Get started');
    expect((await admin.get(CHECKLIST)).status).to.equal(403);
    expect((await admin.postFrom(users, `${CHECKLIST}/dismissal`)).status).to.equal(403);
  });

  it('redirects anonymous users to the login page', async () => {
    const tenant = await createTenant(portal);
    expect((await new Visitor(portal, tenant.operations).visit(CHECKLIST)).path).to.equal('/login');
  });
});
