import { expect } from 'chai';
import { createCompany, createCustomer } from '../../support/factories.ts';
import { startOperations, type OperationsSuite } from '../../support/operations.ts';
import { createUnit } from '../../support/units.ts';

describe('Units of a person', () => {
  let suite: OperationsSuite;
  before(async () => (suite = await startOperations()));

  it('are listed, and one can be added', async () => {
    const { portal, tenant, manager } = suite;
    const company = await createCompany(portal, tenant);
    const customer = await createCustomer(portal, tenant, { company });
    const unit = await createUnit(portal, tenant, { code: 'V7' });
    const empty = await manager.visit(`/users/${customer.id}/units`);
    expect(empty.text).to.include('No units yet');
    const form = await empty.follow('Move in');
    const label = form.find(`option[value="${unit.id}"]`)!.text;
    await form.submit('Move in', { Unit: label });
    expect((await manager.visit(`/users/${customer.id}/units`)).rows('V7')).to.have.length(1);
    expect(customer.id).not.to.equal(company.id);
  });
});
