import { expect } from 'chai';
import { seal } from '../../../src/domain/token/seal.ts';
import { findEventsOf } from '../../support/audit.ts';
import { createCompany, createTenant, signedInCustomer, type TestTenant } from '../../support/factories.ts';
import { moveIn, PersonRentals } from '../../support/own-rentals.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { TestRentals } from '../../support/rentals.ts';
import { sql } from '../../support/rows.ts';

describe('The access code of a unit of a customer', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
  });

  async function createRental(rentals: TestRentals, code = '4711#') {
    const unit = await rentals.unit();
    const sealed = seal(portal.config.secretKeys, unit.id, code);
    await sql(portal, 'update units set sealed_access_code = $2 where id = $1', [unit.id, sealed]);
    const id = await moveIn(rentals, '2026-11-01', { unit_id: unit.id });
    return { id, unit };
  }

  async function ofPerson() {
    const ada = await signedInCustomer(portal, tenant);
    const { id, unit } = await createRental(new PersonRentals(portal, tenant, ada.person));
    return { ada, id, unit, path: `/account/units/${id}` };
  }

  it('is shown once after the button, never stored by the browser, and recorded', async () => {
    const { ada, unit, path } = await ofPerson();
    const page = await ada.visit(path);
    expect(page.text).to.not.include('4711#');
    const shown = await page.submit('Show code');
    expect(shown.path).to.equal(path);
    expect(shown.text).to.include('4711#');
    expect(shown.headers['cache-control']).to.include('no-store');
    expect((await ada.visit(path)).text).to.not.include('4711#');
    const events = await findEventsOf(portal, unit.id);
    expect(events.at(-1)).to.deep.include({ event: 'access_code.shown', actor_name: ada.person.name });
  });

  it('needs its permission', async () => {
    const company = await createCompany(portal, tenant);
    const viewer = await signedInCustomer(portal, tenant, { company, roles: ['view_only'] });
    const { id } = await createRental(new TestRentals(portal, tenant, company));
    const page = await viewer.visit(`/account/companies/${company.id}/units/${id}`);
    expect(page.buttons).to.not.include('Show code');
    expect((await viewer.postFrom(page, `${page.path}/access-code`)).status).to.equal(403);
  });

  for (const [state, columns] of [
    ['locked out', 'locked_out_at = now()'],
    ['ended', `status = 'ended', ends_on = '2026-11-10'`],
    ['after the last day', `ends_on = '2026-11-10'`],
  ] as const) {
    it(`is neither offered nor shown for a rental that is ${state}`, async () => {
      const { ada, id, path } = await ofPerson();
      const page = await ada.visit(path);
      await sql(portal, `update rentals set ${columns} where id = $1`, [id]);
      expect((await ada.postFrom(page, `${path}/access-code`)).status).to.equal(404);
      expect((await ada.visit(path)).buttons).to.not.include('Show code');
    });
  }

  it('is not shown after the rental was locked out between the button and the page', async () => {
    const { ada, id, path } = await ofPerson();
    const page = await ada.visit(path);
    expect((await ada.postFrom(page, `${path}/access-code`)).status).to.equal(303);
    await sql(portal, 'update rentals set locked_out_at = now() where id = $1', [id]);
    expect((await ada.visit(path)).text).to.not.include('4711#');
  });

  it('returns 404 for the unit of another person', async () => {
    const { path } = await ofPerson();
    const other = await ofPerson();
    const page = await other.ada.visit(other.path);
    expect((await other.ada.postFrom(page, `${path}/access-code`)).status).to.equal(404);
  });
});
