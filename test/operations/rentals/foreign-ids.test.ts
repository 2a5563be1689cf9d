import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import { createTenant, signedInCustomer } from '../../support/factories.ts';
import type { Page } from '../../support/page.ts';
import { startRentals, today } from '../../support/rentals-suite.ts';
import { sql } from '../../support/rows.ts';
import { createUnit, createUnitType } from '../../support/units.ts';

describe('The forms of rentals', () => {
  const suite = startRentals();
  let foreign: { unit: string; type: string; tax_rate: string };

  before(async () => {
    const tenant = await createTenant(suite.portal);
    const { id: unit } = await createUnit(suite.portal, tenant);
    const { id: type } = await createUnitType(suite.portal, tenant);
    const tax_rate = newId();
    await sql(
      suite.portal,
      `insert into tax_rates (tenant_id, id, code, code_norm, name, rate_ppm) values ($1, $2, 'V', 'v', 'VAT', 200000)`,
      [tenant.id, tax_rate],
    );
    foreign = { unit, type, tax_rate };
  });

  const stored = () =>
    sql(
      suite.portal,
      `select (select count(*) from rentals where tenant_id = $1) as rentals,
         (select count(*) from rental_charges where tenant_id = $1) as charges,
         (select count(*) from agreements where tenant_id = $1) as agreements,
         (select count(*) from requests where tenant_id = $1 and status <> 'requested') as requests,
         (select count(*) from rentals where tenant_id = $1 and status <> 'active') as changed`,
      [suite.tenant.id],
    );

  /** Sends the form with each of the values, and expects that it is refused and that nothing is stored. */
  const refuses = async (page: Page, button: string, name: string, value: string, fields = {}) => {
    const { action, fields: filled } = page.form(button).submission(fields);
    const before = await stored();
    for (const id of [value, newId(), 'abc']) {
      const body = { ...Object.fromEntries(filled), [name]: id };
      const refused = await suite.manager.postFrom(page, action, body);
      expect(refused.status, `${name} ${id}`).to.equal(422);
    }
    expect(await stored()).to.eql(before);
  };

  it('to move in refuse units and tax rates of another tenant', async () => {
    const unit = await suite.rentals.unit();
    const page = await suite.manager.visit(
      `/rentals/new?customer=${suite.rentals.company.code}&unit=${unit.id}`,
    );
    await refuses(page, 'Move in', 'unit_id', foreign.unit);
    await refuses(page, 'Move in', 'tax_rate_id', foreign.tax_rate);
  });

  it('to transfer refuse units of another tenant', async () => {
    const { id } = await suite.start();
    const page = await suite.manager.visit(`/rentals/${id}/transfer`);
    await refuses(page, 'Transfer', 'to_unit_id', foreign.unit);
  });

  it('to add a charge refuse tax rates of another tenant', async () => {
    const { id } = await suite.start();
    const page = await suite.manager.visit(`/rentals/${id}/charges/new`);
    await refuses(page, 'Add charge', 'tax_rate_id', foreign.tax_rate, { Description: 'Fee', Amount: '10' });
  });

  it('to keep a part of the deposit refuse tax rates of another tenant', async () => {
    const { id } = await suite.start({ deposit: 100_00n });
    await suite.rentals.notice(today, id, today);
    const page = await suite.manager.visit(`/rentals/${id}/move-out`);
    const fields = { 'Amount to keep': '45', Reason: 'Door' };
    await refuses(page, 'Complete move-out', 'kept_tax_rate_id', foreign.tax_rate, fields);
  });

  it('to approve a transfer refuse units of another tenant', async () => {
    const unit = await suite.rentals.unit();
    const { id } = await suite.askMoveOut();
    await sql(suite.portal, `update requests set kind = 'transfer', to_unit_type_id = $2 where id = $1`, [
      id,
      unit.type.id,
    ]);
    const page = await suite.manager.visit(`/requests/${id}`);
    await refuses(page, 'Approve', 'to_unit_id', foreign.unit);
  });

  it('to end a charge return 404 for one of another rental', async () => {
    const [first, second] = [await suite.start(), await suite.start()];
    const form = await suite.manager.visit(`/rentals/${first.id}/charges/new`);
    const page = await form.submit('Add charge', { Description: 'Fee', Amount: '10' });
    const { action } = page.form('End').submission({});
    const path = action.replace(first.id, second.id);
    expect((await suite.manager.postFrom(page, path)).status).to.equal(404);
    expect((await suite.manager.visit(`/rentals/${first.id}`)).buttons).to.include('End');
  });

  it('of customers refuse types of another tenant', async () => {
    const { company } = suite.rentals;
    const ada = await signedInCustomer(suite.portal, suite.tenant, { company, roles: ['unit_manager'] });
    const { id } = await suite.start();
    await suite.rentals.unit();
    const path = `/account/companies/${company.id}/units/${id}/requests`;
    const page = await ada.visit(`${path}/new?kind=transfer`);
    for (const to_unit_type_id of [foreign.type, newId(), 'abc', '']) {
      const fields = { kind: 'transfer', wanted_on: today, to_unit_type_id };
      expect((await ada.postFrom(page, path, fields)).status).to.equal(422);
    }
    expect(await sql(suite.portal, 'select id from requests where rental_id = $1', [id])).to.eql([]);
  });
});
