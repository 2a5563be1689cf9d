import { expect } from 'chai';
import { findEventNamesOf } from '../../support/audit.ts';
import {
  createCompany,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Locations of a company', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const listOf = ({ id }: { id: string }) => `/customers/companies/${id}/locations`;
  const QUAY = { Name: 'Quay', Code: 'Q-1', Address: 'Harbour Lane 1\r\nLeeds', Contact: 'Isobel Hart' };

  it('are added, changed, archived and restored by staff, and shown to customers', async () => {
    const company = await createCompany(portal, tenant);
    const customer = await signedInCustomer(portal, tenant, { company });
    const home = `/account/companies/${company.id}`;
    expect((await customer.visit(home)).text).not.to.include('Locations');

    const empty = await (await manager.visit(`/customers/companies/${company.id}`)).follow('Locations 0');
    expect(empty.text).to.include('No locations yet');
    const added = await (await empty.follow('Add location')).submit('Add location', QUAY);
    expect(added.flashes).to.eql(['Quay was added.']);
    expect(added.rows('Quay')[0]).to.include('Harbour Lane 1, Leeds').and.include('Isobel Hart');
    expect((await customer.visit(home)).rows('Quay')[0]).to.include('Harbour Lane 1, Leeds');

    const changed = await (
      await added.follow('Edit Quay')
    ).submit('Save changes', { Phone: '+44 117 4960110' });
    expect(changed.rows('Quay')[0]).to.include('+44 117 4960110');
    const archived = await changed.submit('Archive Quay');
    expect(archived.rows('Quay')[0]).to.include('Archived');
    expect((await customer.visit(home)).text).not.to.include('Quay');
    await archived.submit('Restore Quay');
    expect((await customer.visit(home)).text).to.include('Quay');
    expect(await findEventNamesOf(portal, company.id)).to.have.members([
      'company.location_added',
      'company.location_changed',
      'company.location_archived',
      'company.location_restored',
    ]);
  });

  it('have codes that are unique in the company, by any case', async () => {
    const [company, other] = [await createCompany(portal, tenant), await createCompany(portal, tenant)];
    const add = async ({ id }: { id: string }, code: string) =>
      (await manager.visit(`${listOf({ id })}/new`)).submit('Add location', { Name: 'Shop', Code: code });
    expect((await add(company, 'S1')).status).to.equal(200);
    const page = await add(company, 's1');
    expect(page.status).to.equal(422);
    expect(page.text).to.include('The company has a location with the code s1 already');
    expect((await add(other, 'S1')).status).to.equal(200);
  });

  it('need a name and a code', async () => {
    const company = await createCompany(portal, tenant);
    const page = await (await manager.visit(`${listOf(company)}/new`)).submit('Add location', {});
    expect(page.status).to.equal(422);
    expect(page.text).to.include('Enter a name').and.include('Enter a code');
  });

  it('are not changed by a form that was opened before another change', async () => {
    const company = await createCompany(portal, tenant);
    const list = await (await manager.visit(`${listOf(company)}/new`)).submit('Add location', QUAY);
    const form = await list.follow('Edit Quay');
    await (await list.follow('Edit Quay')).submit('Save changes', { Name: 'Pier' });
    const page = await form.submit('Save changes', { Name: 'Dock' });
    expect(page.status).to.equal(422);
  });

  it('are not changed while the company is archived', async () => {
    const company = await createCompany(portal, tenant);
    const form = await manager.visit(`${listOf(company)}/new`);
    await sql(portal, `update companies set status = 'archived' where id = $1`, [company.id]);
    const page = await form.submit('Add location', QUAY);
    expect(page.status).to.equal(422);
    expect(page.text).to.include('is archived, so nothing can be changed');
    expect((await manager.visit(listOf(company))).links).not.to.include('Add location');
  });

  it('return 404 for companies and locations of others, 403 without the permission', async () => {
    const company = await createCompany(portal, tenant);
    const foreign = await createCompany(portal, await createTenant(portal));
    expect((await manager.visit(listOf(foreign))).status).to.equal(404);
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.visit(listOf(company))).status).to.equal(200);
    expect((await driver.visit(`${listOf(company)}/new`)).status).to.equal(403);
    const { status } = await new Visitor(portal, tenant.operations).get(listOf(company));
    expect(status).to.equal(303);
  });
});
