import { expect } from 'chai';
import { createCompany, createTenant, signedInCustomer, type TestTenant } from '../../support/factories.ts';
import { moveIn, PersonRentals } from '../../support/own-rentals.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { TestRentals } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';
import type { Visitor } from '../../support/visitor.ts';

describe('A unit of a customer', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  async function inRole(role: string) {
    const company = await createCompany(portal, tenant);
    const visitor = await signedInCustomer(portal, tenant, { company, roles: [role] });
    const rentals = new TestRentals(portal, tenant, company);
    const id = await moveIn(rentals, '2026-11-01', { deposit: 50_00n });
    return { visitor, rentals, id, path: `/account/companies/${company.id}/units/${id}` };
  }

  it('shows the facts, the deposit and the invoices of the unit', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const rentals = new PersonRentals(portal, tenant, ada.person);
    const unit = await rentals.unit('D4');
    const id = await moveIn(rentals, '2026-11-01', { unit_id: unit.id, deposit: 50_00n });
    const [invoice] = await rentals.invoices(id);
    const page = await ada.visit(`/account/units/${id}`);
    expect(page.h1).to.equal('Unit D4');
    for (const text of ['Site of D4', 'Nov 1, 2026', 'Price per month $100.00', 'Deposit $50.00', '$150.00'])
      expect(page.text).to.include(text);
    const links = page.findAll('a').map((link) => link.getAttribute('href'));
    expect(links).to.include(`/account/billing/invoices/${invoice!['id']}`);
    expect(links).to.include(`/account/units/${id}/requests/new?kind=move_out`);
  });

  it('shows no amounts to a role that sees no invoices', async () => {
    const { visitor, path } = await inRole('unit_manager');
    const page = await visitor.visit(path);
    expect(page.status).to.equal(200);
    expect(page.text).to.not.match(/\$|Price|Deposit|Invoices/);
  });

  it('offers no requests to a role that only sees units', async () => {
    const { visitor, path } = await inRole('view_only');
    expect((await visitor.visit(path)).links).to.not.include('Request move-out');
  });

  it('says why a unit is locked', async () => {
    const { visitor, id, path } = await inRole('company_admin');
    await sql(portal, `update rentals set locked_out_at = now(), locked_out_reason = 'Late' where id = $1`, [
      id,
    ]);
    const page = await visitor.visit(path);
    expect(page.badges).to.include('Locked out');
    expect(page.text).to.include('Pay your open invoices to get access again.');
  });

  it('returns 404 for the unit of another person or company', async () => {
    const { visitor, id } = await inRole('company_admin');
    const other = await inRole('company_admin');
    const person = await signedInCustomer(portal, tenant);
    const statuses = async (each: Visitor, paths: string[]) =>
      Promise.all(paths.map(async (path) => (await each.get(path)).status));
    expect(await statuses(visitor, [`${other.path.replace(/[^/]+$/, '')}${id}`])).to.eql([404]);
    const own = `/account/companies/${(await inRole('company_admin')).rentals.company.id}/units/${id}`;
    expect(await statuses(visitor, [own])).to.eql([404]);
    expect(await statuses(person, [`/account/units/${id}`, other.path])).to.eql([404, 404]);
  });

  it('is in Arabic for a customer who reads Arabic', async () => {
    const ada = await signedInCustomer(portal, tenant, { locale: 'ar' });
    const id = await moveIn(new PersonRentals(portal, tenant, ada.person), '2026-11-01');
    const page = await ada.visit(`/account/units/${id}`);
    expect(page.text).to.include('فواتير هذه الوحدة').and.include('طلب إخلاء الوحدة');
    expect(page.text).to.not.match(/Price|Since|Request/);
  });
});
