import { expect } from 'chai';
import {
  createCompany,
  createCustomField,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { uploadFile } from '../../support/field-files.ts';
import { moveIn, PersonRentals } from '../../support/own-rentals.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { TestRentals } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';

describe('/account/units/:id/files/:field_id', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  it('sends a file that customers may see to those who rent the unit', async () => {
    const manager = await signedInStaff(portal, tenant);
    const [own, other] = [await createCompany(portal, tenant), await createCompany(portal, tenant)];
    const ada = await signedInCustomer(portal, tenant, { company: own, is_private_customer: true });
    const grace = await signedInCustomer(portal, tenant, { company: other });
    const field = await createCustomField(portal, tenant, {
      type: 'file',
      entity: 'rental',
      title: 'Floor plan',
      customer_access: 'view',
    });
    const id = await moveIn(new TestRentals(portal, tenant, own), '2026-11-01');
    const private_id = await moveIn(new PersonRentals(portal, tenant, ada.person), '2026-11-01');
    for (const rental of [id, private_id])
      await uploadFile(manager, await manager.visit(`/files/${field.id}/${rental}`), {
        filename: 'plan.pdf',
      });

    const base = `/account/companies/${own.id}/units/${id}`;
    expect((await ada.visit(base)).text).to.include('Floor plan plan.pdf');
    expect((await ada.visit(base)).links).to.not.include('Replace');
    const file = `${base}/files/${field.id}`;
    expect((await ada.get(file)).headers['content-disposition']).to.include('plan.pdf');
    expect((await ada.get(`/account/units/${private_id}/files/${field.id}`)).status).to.equal(200);
    expect((await grace.get(file)).status).to.equal(404);
    const elsewhere = `/account/companies/${other.id}/units/${id}/files/${field.id}`;
    expect((await grace.get(elsewhere)).status).to.equal(404);
    await sql(portal, `update custom_fields set customer_access = 'none' where id = $1`, [field.id]);
    expect((await ada.get(file)).status).to.equal(404);
  });
});
