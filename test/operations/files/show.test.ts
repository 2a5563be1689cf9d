import { expect } from 'chai';
import {
  createCompany,
  createCustomer,
  createCustomField,
  createStaffRole,
  createTenant,
  signedInCustomer,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { PDF, uploadFile } from '../../support/field-files.ts';
import { TestAccount } from '../../support/money.ts';
import { moveIn, PersonRentals } from '../../support/own-rentals.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { createSite, createUnit, createUnitType } from '../../support/units.ts';
import { Visitor } from '../../support/visitor.ts';

const ARABIC_NAME = 'عقد الإيجار.pdf';

describe('/files/:field_id/:id', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
  });

  const addField = (entity: Parameters<typeof createCustomField>[2] & object = {}) =>
    createCustomField(portal, tenant, { type: 'file', ...entity });

  it('shows the file of a user, its download and the way to replace it', async () => {
    const { id } = await createCustomer(portal, tenant);
    const field = await addField({ title: 'Contract', is_required: true });
    const page = await manager.visit(`/users/${id}`);
    expect(page.text).to.include('missing: Contract').and.include('Contract — Upload');
    const form = await page.follow('Upload Contract');
    expect(form.path).to.equal(`/files/${field.id}/${id}`);
    const saved = await uploadFile(manager, form, { filename: ARABIC_NAME });
    expect(saved.path).to.equal(`/users/${id}`);
    expect(saved.flashes).to.eql([`\u2068${ARABIC_NAME}\u2069 was uploaded.`]);
    expect(saved.text).to.include(ARABIC_NAME).and.not.include('missing: Contract');
    expect((await saved.follow('Replace Contract')).text).to.include(`Stored now ${ARABIC_NAME}`);
    await sql(portal, 'update custom_fields set retired_at = now() where id = $1', [field.id]);
  });

  it('sends the file as a download that no browser runs', async () => {
    const { id } = await createCustomer(portal, tenant);
    const field = await addField();
    await uploadFile(manager, await manager.visit(`/files/${field.id}/${id}`), { filename: ARABIC_NAME });
    const { status, headers, body } = await manager.get(`/files/${field.id}/${id}/content`);
    expect(status).to.equal(200);
    expect(Buffer.from(body as Buffer)).to.eql(PDF);
    expect(headers).to.include({
      'content-type': 'application/pdf',
      'content-length': String(PDF.length),
      'cache-control': 'private, no-store',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    });
    expect(headers['content-disposition']).to.match(
      /^attachment; filename="[ -~]*\.pdf"; filename\*=UTF-8''%D8%B9/,
    );
  });

  it('has the file of every entity on the page of its row', async () => {
    const site = await createSite(portal, tenant);
    const type = await createUnitType(portal, tenant);
    const unit = await createUnit(portal, tenant);
    const company = await createCompany(portal, tenant);
    const renter = await signedInCustomer(portal, tenant);
    const rental = await moveIn(new PersonRentals(portal, tenant, renter.person), '2026-11-01');
    const account = new TestAccount(portal, tenant, company);
    const invoice = await account.issue(10_00n);
    const rows = [
      ['site', `/sites/${site.id}`, site.id],
      ['unit_type', `/unit-types/${type.id}/edit`, type.id],
      ['unit', `/units/${unit.id}`, unit.id],
      ['company', `/customers/companies/${company.id}`, company.id],
      ['rental', `/rentals/${rental}`, rental],
      ['invoice', `/invoices/${invoice.id}`, invoice.id],
    ] as const;
    for (const [entity, path, id] of rows) {
      const field = await addField({ entity, title: `The ${entity}` });
      const form = await (await manager.visit(path)).follow(`Upload The ${entity}`);
      const page = await uploadFile(manager, form, { filename: `${entity}.pdf` });
      expect(page.path, entity).to.equal(path);
      expect(page.text, entity).to.include(`${entity}.pdf`);
      expect((await manager.get(`/files/${field.id}/${id}/content`)).status, entity).to.equal(200);
    }
  });

  it('is closed to staff who may not see or change the row, and to another tenant', async () => {
    const { id } = await createCustomer(portal, tenant);
    const field = await addField();
    const path = `/files/${field.id}/${id}`;
    await uploadFile(manager, await manager.visit(path));
    const viewer = await signedInStaff(portal, tenant, await createStaffRole(portal, tenant, ['users.view']));
    expect((await viewer.get(path)).status).to.equal(403);
    expect((await viewer.get(`${path}/content`)).status).to.equal(200);
    expect((await viewer.visit(`/users/${id}`)).links).to.not.include('Replace');
    const seller = await createStaffRole(portal, tenant, ['companies.view', 'companies.edit']);
    const other = await signedInStaff(portal, tenant, seller);
    expect((await other.get(path)).status).to.equal(403);
    expect((await other.get(`${path}/content`)).status).to.equal(403);
    const foreign = await signedInStaff(portal, await createTenant(portal));
    expect((await foreign.get(path)).status).to.equal(404);
    expect((await foreign.get(`${path}/content`)).status).to.equal(404);
    const anonymous = new Visitor(portal, tenant.operations);
    expect((await anonymous.get(`${path}/content`)).headers['location']).to.match(/^\/login/);
  });

  it('does not exist without a file, and for a field of another type, entity or a retired one', async () => {
    const { id } = await createCustomer(portal, tenant);
    const empty = await addField();
    expect((await manager.get(`/files/${empty.id}/${id}/content`)).status).to.equal(404);
    const text = await createCustomField(portal, tenant);
    const ofSite = await addField({ entity: 'site' });
    const retired = await addField({ retired_at: new Date() });
    for (const field of [text, ofSite, retired])
      expect((await manager.get(`/files/${field.id}/${id}`)).status).to.equal(404);
  });
});
