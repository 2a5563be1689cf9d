import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { newId } from '../../../src/database/new-id.ts';
import { findEventsOf } from '../../support/audit.ts';
import {
  createCompany,
  createTenant,
  signedInCustomer,
  type TestCompany,
  type TestTenant,
} from '../../support/factories.ts';
import { moveIn, PersonRentals } from '../../support/own-rentals.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { TestRentals } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';

describe('The agreement of a customer', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    await publish('en', 1, 'The unit {{unit}} costs {{price}}.');
    await publish('ar', 1, 'الوحدة {{unit}}');
  });

  const publish = (locale: string, number: number, body: string) =>
    inTenant(portal.database, tenant.id, (db) =>
      db.insertInto('agreement_versions', { id: newId(), locale, number, body }),
    );

  async function ofPerson(locale: 'en' | 'ar' = 'en') {
    const ada = await signedInCustomer(portal, tenant, { locale });
    const rentals = new PersonRentals(portal, tenant, ada.person);
    const unit = await rentals.unit();
    const id = await moveIn(rentals, '2026-11-01', { unit_id: unit.id });
    return { ada, id, unit, path: `/account/units/${id}` };
  }

  it('is linked from the list of units until it is signed', async () => {
    const { ada, unit, path } = await ofPerson();
    const text = `Sign the agreement ${unit.code}`;
    const page = await (await ada.visit('/account/units')).follow(text);
    expect(page.path).to.equal(`${path}/agreement`);
    await page.submit('Sign agreement', { 'Your full name': 'Ada Lovelace' });
    expect((await ada.visit('/account/units')).links).not.to.include(text);
  });

  it('is read and signed with a name, and stored with its text', async () => {
    const { ada, id, unit, path } = await ofPerson();
    const page = await (await ada.visit(path)).follow('Read and sign the agreement');
    expect(page.text).to.include(`The unit ${unit.code} costs $100.00.`);
    const signed = await page.submit('Sign agreement', { 'Your full name': 'Ada Lovelace' });
    expect(signed.path).to.equal(path);
    expect(signed.flashes).to.eql(['Thank you. The agreement is signed.']);
    const [row] = await sql<Record<string, string>>(
      portal,
      'select body, signed_name, signed_by, ip from agreements where rental_id = $1',
      [id],
    );
    expect(row).to.deep.include({ signed_name: 'Ada Lovelace', signed_by: ada.person.id, ip: ada.address });
    expect(row!['body']).to.equal(`The unit ${unit.code} costs $100.00.`);
    expect((await findEventsOf(portal, id)).map(({ event }) => event)).to.include('agreement.signed');
    const again = await ada.visit(`${path}/agreement`);
    expect(again.text).to.include('Signed by Ada Lovelace on');
    expect(again.buttons).to.not.include('Sign agreement');
  });

  it('asks for the name', async () => {
    const { ada, path } = await ofPerson();
    const page = await (await ada.visit(`${path}/agreement`)).submit('Sign agreement', {});
    expect(page.status).to.equal(422);
    expect(page.errors).to.eql(['Enter your full name']);
  });

  it('is shown again when another version was published meanwhile', async () => {
    const { ada, path } = await ofPerson();
    const page = await ada.visit(`${path}/agreement`);
    await publish('en', 2, 'New words for {{unit}} at {{price}}.');
    const refused = await page.submit('Sign agreement', { 'Your full name': 'Ada' });
    expect(refused.status).to.equal(422);
    expect(refused.text).to.include('New words').and.include('was changed after you opened this page');
  });

  it('is in the language of the customer', async () => {
    const { ada, unit, path } = await ofPerson('ar');
    const page = await ada.visit(`${path}/agreement`);
    expect(page.text).to.include(`الوحدة ${unit.code}`).and.include('اسمك الكامل');
  });

  const rentalOf = async (company: TestCompany) => {
    const id = await moveIn(new TestRentals(portal, tenant, company), '2026-11-01');
    return `/account/companies/${company.id}/units/${id}`;
  };

  it('is signed by a role that acts for the unit and sees no invoices', async () => {
    const company = await createCompany(portal, tenant);
    const manager = await signedInCustomer(portal, tenant, { company, roles: ['unit_manager'] });
    const path = await rentalOf(company);
    const page = await manager.visit(path);
    expect(page.text).to.not.include('$100.00');
    const agreement = await page.follow('Read and sign the agreement');
    expect(agreement.text).to.include('$100.00');
    const signed = await agreement.submit('Sign agreement', { 'Your full name': 'Ada Lovelace' });
    expect(signed.flashes).to.eql(['Thank you. The agreement is signed.']);
    expect((await manager.visit(`${path}/agreement`)).text).to.include('Signed by Ada Lovelace on');
    const again = { ...agreement.form('Sign agreement').values(), signed_name: 'Other' };
    expect((await manager.postFrom(page, `${path}/agreement`, again)).status).to.equal(422);
  });

  it('is hidden from a role that only sees units, because it states the price', async () => {
    const company = await createCompany(portal, tenant);
    const viewer = await signedInCustomer(portal, tenant, { company, roles: ['unit_manager'] });
    const path = await rentalOf(company);
    const code = `only_units_${newId().slice(-6)}`;
    await inTenant(portal.database, tenant.id, async (db) => {
      const role_id = newId();
      await db.insertInto('roles', { id: role_id, audience: 'customer', code, name: code });
      await db.insertInto('role_permissions', { role_id, permission: 'units.view' });
      await db.from('role_assignments').where({ user_id: viewer.person.id }).update({ role_id });
    });
    const page = await viewer.visit(path);
    expect(page.text).to.not.include('agreement');
    expect((await viewer.get(`${path}/agreement`)).status).to.equal(403);
    const fields = { signed_name: 'Ada', agreement_version_id: newId() };
    expect((await viewer.postFrom(page, `${path}/agreement`, fields)).status).to.equal(403);
  });

  it('returns 404 for the unit of another person', async () => {
    const { path } = await ofPerson();
    const { ada, path: own } = await ofPerson();
    const page = await ada.visit(`${own}/agreement`);
    expect((await ada.get(`${path}/agreement`)).status).to.equal(404);
    const fields = { ...page.form('Sign agreement').values(), signed_name: 'Ada' };
    expect((await ada.postFrom(page, `${path}/agreement`, fields)).status).to.equal(404);
    expect((await ada.visit(`${own}/agreement`)).buttons).to.include('Sign agreement');
  });
});
