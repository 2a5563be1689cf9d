import { expect } from 'chai';
import {
  createCompany,
  createCustomField,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../../support/factories.ts';
import { uploadFile } from '../../../support/field-files.ts';
import { TestAccount } from '../../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../../support/portal.ts';

describe('/account/billing/invoices/:id/files/:field_id', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  it('sends a file that customers may see to the company of the invoice', async () => {
    const manager = await signedInStaff(portal, tenant);
    const [own, other] = [await createCompany(portal, tenant), await createCompany(portal, tenant)];
    const ada = await signedInCustomer(portal, tenant, { company: own, roles: ['company_admin'] });
    const grace = await signedInCustomer(portal, tenant, { company: other, roles: ['company_admin'] });
    const field = { type: 'file', entity: 'invoice', title: 'Receipt' } as const;
    const seen = await createCustomField(portal, tenant, { ...field, customer_access: 'view' });
    const hidden = await createCustomField(portal, tenant, field);
    const { id } = await new TestAccount(portal, tenant, own).issue(10_00n);
    for (const each of [seen, hidden])
      await uploadFile(manager, await manager.visit(`/files/${each.id}/${id}`), { filename: 'receipt.pdf' });

    const base = `/account/companies/${own.id}/billing/invoices/${id}`;
    expect((await ada.visit(base)).text).to.include('Receipt receipt.pdf');
    expect((await ada.get(`${base}/files/${seen.id}`)).status).to.equal(200);
    expect((await ada.get(`${base}/files/${hidden.id}`)).status).to.equal(404);
    expect((await grace.get(`${base}/files/${seen.id}`)).status).to.equal(404);
    const elsewhere = `/account/companies/${other.id}/billing/invoices/${id}/files/${seen.id}`;
    expect((await grace.get(elsewhere)).status).to.equal(404);
  });
});
