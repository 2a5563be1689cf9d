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
import { sql } from '../../support/rows.ts';

describe('The custom fields of a rental', () => {
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
    id = await moveIn(new PersonRentals(portal, tenant, ada.person), '2026-11-01');
    const field = { entity: 'rental' } as const;
    await createCustomField(portal, tenant, {
      ...field,
      title: 'Internal',
      code: 'internal',
      is_required: true,
    });
    await createCustomField(portal, tenant, {
      ...field,
      title: 'Meter',
      code: 'meter',
      type: 'number',
      customer_access: 'view',
    });
    await createCustomField(portal, tenant, { title: 'Of user', code: 'of_user' });
  });

  it('are changed on their own page, shown and recorded', async () => {
    const rental = await manager.visit(`/rentals/${id}`);
    expect(rental.text).to.include('missing: Internal');
    const form = await rental.follow('Edit details');
    const refused = await form.submit('Save changes', { Meter: 'high' });
    expect(refused.errors).to.eql(['Enter a number, like 12.5']);
    const page = await refused.submit('Save changes', { Meter: '1200', Internal: 'note' });
    expect(page.path).to.equal(`/rentals/${id}`);
    expect(page.text).to.include('Meter 1,200').and.include('Internal note');
    const [event] = await findAuditEvents(portal, tenant, 'rental.details_changed');
    expect(event!.changes).to.eql({ 'cf[meter]': [null, '1200'], 'cf[internal]': [null, 'note'] });
    const stale = await form.submit('Save changes', { Meter: '1', Internal: 'other' });
    expect(stale.status).to.equal(422);
    expect(stale.text).to.include('Now: 1,200');
  });

  it('are shown to the customer only when the field says so', async () => {
    await sql(portal, `update rentals set custom = '{"meter": "7", "internal": "note"}' where id = $1`, [id]);
    const page = await ada.visit(`/account/units/${id}`);
    expect(page.text).to.include('Meter 7').and.not.include('Internal').and.not.include('note');
  });

  it('refuse fields of users and other permissions', async () => {
    const form = await manager.visit(`/rentals/${id}/details`);
    const forged = { ...form.form('Save changes').values(), 'cf[of_user]': 'x' };
    expect((await manager.postFrom(form, form.path, forged)).status).to.equal(400);
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.visit(`/rentals/${id}/details`)).status).to.equal(403);
    const other = await signedInStaff(portal, await createTenant(portal));
    expect((await other.visit(`/rentals/${id}/details`)).status).to.equal(404);
  });
});
