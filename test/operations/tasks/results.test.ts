import { expect } from 'chai';
import { createCustomer, createStaffRole, createTenant, signedInStaff } from '../../support/factories.ts';
import { startOperations, type OperationsSuite, type StaffVisitor } from '../../support/operations.ts';
import { insertBulkAction, queueTestTask } from '../../support/tasks.ts';
import { Visitor } from '../../support/visitor.ts';

describe('The results of a change of selected users', () => {
  let suite: OperationsSuite;
  let manager: StaffVisitor;

  before(async () => {
    suite = await startOperations();
    ({ manager } = suite);
  });

  const insert = async (staff = manager) => {
    const ada = await createCustomer(suite.portal, suite.tenant, {
      email: 'ada.results@example.com',
      first_name: '=Ada',
      last_name: 'Results',
    });
    return insertBulkAction(suite.portal, suite.tenant, staff.person.id, [ada.id]);
  };

  it('are a file with one line for each user, without formulas', async () => {
    const id = await insert();
    const page = await manager.visit(`/tasks/${id}`);
    expect(page.text).to.include('The login is enabled already');
    expect(page.href('Download all results')).to.equal(`/tasks/${id}/results`);
    const response = await manager.get(`/tasks/${id}/results`);
    expect(response.headers).to.include({ 'content-type': 'text/csv; charset=utf-8' });
    expect(response.text.replace('\uFEFF', '')).to.equal(
      "Name,Email,Result,Reason\r\n'=Ada Results,ada.results@example.com,Skipped,The login is enabled already\r\n",
    );
  });

  it('are for the user who started it, with the permission to export', async () => {
    const statusFor = async (visitor: Visitor, id: string) =>
      (await visitor.get(`/tasks/${id}/results`)).status;
    const { portal, tenant } = suite;
    const ada = await createCustomer(portal, tenant);
    const id = await insertBulkAction(portal, tenant, manager.person.id, [ada.id]);
    expect(await statusFor(await signedInStaff(portal, tenant, 'admin'), id)).to.equal(404);
    expect(await statusFor(await signedInStaff(portal, await createTenant(portal)), id)).to.equal(404);
    const role = await createStaffRole(portal, tenant, ['users.view']);
    expect(await statusFor(await signedInStaff(portal, tenant, role), id)).to.equal(403);
    expect(await statusFor(new Visitor(portal, tenant.operations), id)).to.equal(303);
    const other = await queueTestTask(portal, tenant, manager.person.id);
    expect(await statusFor(manager, other)).to.equal(404);
  });
});
