import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import {
  createCustomField,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { moveIn, PersonRentals } from '../../support/own-rentals.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('The custom fields of an invoice', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;
  let ada: Awaited<ReturnType<typeof signedInCustomer>>;
  let id: string;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
    ada = await signedInCustomer(portal, tenant);
    const rentals = new PersonRentals(portal, tenant, ada.person);
    const [invoice] = await rentals.invoices(await moveIn(rentals, '2026-11-01'));
    id = String(invoice!['id']);
  });

  it('are changed after the invoice was issued, and shown to the customer when the field says so', async () => {
    const field = { entity: 'invoice' } as const;
    await createCustomField(portal, tenant, { ...field, title: 'Batch', code: 'batch' });
    await createCustomField(portal, tenant, {
      ...field,
      title: 'Project',
      code: 'project',
      customer_access: 'view',
    });
    const form = await (await manager.visit(`/invoices/${id}`)).follow('Edit details');
    const page = await form.submit('Save changes', { Batch: 'B1', Project: 'P2' });
    expect(page.path).to.equal(`/invoices/${id}`);
    expect(page.text).to.include('Batch B1').and.include('Project P2');
    const [event] = await findAuditEvents(portal, tenant, 'invoice.details_changed');
    expect(event!.changes).to.eql({ 'cf[batch]': [null, 'B1'], 'cf[project]': [null, 'P2'] });
    const own = await ada.visit(`/account/billing/invoices/${id}`);
    expect(own.text).to.include('Project P2').and.not.include('Batch');
  });

  it('say when there is nothing to fill in', async () => {
    const other = await createTenant(portal);
    const grace = await signedInCustomer(portal, other);
    const rentals = new PersonRentals(portal, other, grace.person);
    const [invoice] = await rentals.invoices(await moveIn(rentals, '2026-11-01'));
    const staff = await signedInStaff(portal, other);
    const page = await staff.visit(`/invoices/${String(invoice!['id'])}/details`);
    expect(page.text).to.include('There are no custom fields to fill in.');
    expect((await staff.visit(`/invoices/${String(invoice!['id'])}`)).text).to.not.include('Edit details');
    expect((await manager.visit(`/invoices/${String(invoice!['id'])}/details`)).status).to.equal(404);
  });
});
