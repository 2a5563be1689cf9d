import { expect } from 'chai';
import { createCustomer, signedInStaff, type TestPerson, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import { PersonRentals, today } from '../../support/own-rentals.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('Statements of a person', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let ada: TestPerson;
  let account: PersonRentals;
  let path: string;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });
  beforeEach(async () => {
    ada = await createCustomer(portal, tenant);
    account = new PersonRentals(portal, tenant, ada);
    path = `/users/${ada.id}/statements`;
  });

  it('are listed for the months of the year, linked from the invoices of the person', async () => {
    expect((await manager.visit(path)).text).to.include('No statements yet');
    await account.issue(30_00n);
    const page = await (await manager.visit(`/users/${ada.id}/invoices`)).follow('Statements');
    expect(page.findAll('tbody tr')).to.have.length(Number((await today(account)).slice(5, 7)));
  });

  it('are downloaded as PDF and CSV, of this month if the address names none', async () => {
    const { label } = await account.issue(50_00n);
    const month = (await today(account)).slice(0, 7);
    const csv = await manager.get(`${path}/csv`);
    expect(csv.status).to.equal(303);
    expect(csv.headers['location']).to.equal(`${path}/csv?month=${month}`);
    expect((await manager.get(`${path}/csv?month=${month}`)).text)
      .to.include(label)
      .and.include('50.00');
    const pdf = await manager.get(`${path}/pdf?month=${month}`);
    expect((pdf.body as Buffer).subarray(0, 5).toString()).to.equal('%PDF-');
  });

  it('need the permission to see invoices', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    for (const each of [path, `${path}/pdf`, `${path}/csv`])
      expect((await driver.get(each)).status, each).to.equal(403);
  });
});
