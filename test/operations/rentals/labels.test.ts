import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { signedInCustomer, type TestTenant } from '../../support/factories.ts';
import { createLabel } from '../../support/labels.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import { moveIn, PersonRentals } from '../../support/own-rentals.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('The labels of a rental', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('are changed on their own page, recorded, and filter the list', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const rentals = new PersonRentals(portal, tenant, ada.person);
    const [id] = [await moveIn(rentals, '2026-11-01'), await moveIn(rentals, '2026-11-01')];
    await createLabel(portal, tenant, 'Auction', { colour: 'yellow' });
    const form = await (await manager.visit(`/rentals/${id}`)).follow('Add label');
    const page = await form.submit('Save changes', { Labels: ['Auction'] });
    expect(page.path).to.equal(`/rentals/${id}`);
    expect(page.find('.badge.warn')?.textContent).to.equal('Auction');
    const [event] = await findAuditEvents(portal, tenant, 'rental.labels_changed');
    expect(event!.changes).to.eql({ labels: [[], ['Auction']] });
    const list = await (await manager.visit('/rentals')).submit('Search', { Label: ['Auction'] });
    expect(list.rows()).to.have.length(1);
    expect(list.rows()[0]).to.include('Auction');
    expect((await ada.visit(`/account/units/${id}`)).text).not.to.include('Auction');
  });
});
