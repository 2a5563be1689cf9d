import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createCompany, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('The history of a company', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('has its changes and the comments of staff', async () => {
    const { id } = await createCompany(portal, tenant, { name: 'Former Works' });
    const path = `/customers/companies/${id}`;
    await (await manager.visit(`${path}/edit`)).submit('Save changes', { Name: 'Present Works' });
    const form = await (await manager.visit(path)).follow('All history');
    const page = await form.submit('Add comment', { Comment: 'Renamed after the merger' });
    expect(page.text).to.include('Renamed after the merger').and.include('Former Works');
    const [event] = await findAuditEvents(portal, tenant, 'company.commented');
    expect(event!.target_name).to.equal('Present Works');
    expect((await page.submit('Add comment', {})).errors).to.eql(['Enter the comment']);
  });

  it('of an archived company has no form, and refuses comments', async () => {
    const { id } = await createCompany(portal, tenant);
    const form = await manager.visit(`/customers/companies/${id}/history`);
    await portal.owner.query(`update companies set status = 'archived' where id = $1`, [id]);
    expect((await manager.visit(form.path)).buttons).to.not.include('Add comment');
    const refused = await form.submit('Add comment', { Comment: 'Too late' });
    expect(refused.status).to.equal(422);
    expect(refused.errors.join()).to.include('is archived, so nothing can be changed');
    expect((await manager.visit(form.path)).text).to.not.include('Too late');
  });

  it('refuses comments without the permission, and companies of another tenant', async () => {
    const { id } = await createCompany(portal, tenant);
    const driver = await signedInStaff(portal, tenant, 'driver');
    const page = await driver.visit(`/customers/companies/${id}/history`);
    expect((await driver.postFrom(page, `${page.path}/comments`, { comment: 'x' })).status).to.equal(403);
    const foreign = await createCompany(portal, await createTenant(portal));
    expect((await manager.get(`/customers/companies/${foreign.id}/history`)).status).to.equal(404);
  });
});
