import { expect } from 'chai';
import { findEventsOf } from '../../support/audit.ts';
import { signedInCustomer, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import { PersonRentals } from '../../support/own-rentals.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('The alerts of staff', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('are switched on and off on the profile, and a save of the profile keeps them', async () => {
    const page = await (
      await manager.visit('/profile')
    ).submit('Save alerts', {
      'Comments of customers on invoices': true,
    });
    expect(page.flashes).to.eql(['Your changes have been saved.']);
    await page.submit('Save changes', { Phone: '+44 20 7946 0000' });
    const [row] = await sql(
      portal,
      'select alerts_of_comments, alerts_of_requests from users where id = $1',
      [manager.person.id],
    );
    expect(row).to.eql({ alerts_of_comments: true, alerts_of_requests: false });
    const events = await findEventsOf(portal, manager.person.id);
    expect(events.map(({ changes }) => changes)).to.deep.include({ alerts_of_comments: [false, true] });
  });

  it('are emails about comments and requests to the staff who asked for them only', async () => {
    const [asked, other] = [await signedInStaff(portal, tenant), await signedInStaff(portal, tenant)];
    await (
      await asked.visit('/profile')
    ).submit('Save alerts', { 'Comments of customers on invoices': true, 'Requests of customers': true });
    const ada = await signedInCustomer(portal, tenant);
    const { id } = await new PersonRentals(portal, tenant, ada.person).issue(5_00n);
    const invoice = await ada.visit(`/account/billing/invoices/${id}`);
    await invoice.submit('Add comment', { Comment: 'Why?' });
    await (await ada.visit('/account/profile/name')).submit('Send request', { 'Last name': 'King' });
    const emails = (address: string) =>
      sql(portal, 'select template from emails where to_address = $1 order by id', [address]);
    expect(await emails(asked.person.email)).to.eql([
      { template: 'commentAlert' },
      { template: 'requestAlert' },
    ]);
    expect(await emails(other.person.email)).to.eql([]);
  });

  it('are not offered to staff who see neither invoices nor requests', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.visit('/profile')).buttons).to.not.include('Save alerts');
  });
});
