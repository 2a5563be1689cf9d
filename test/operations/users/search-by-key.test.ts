import { expect } from 'chai';
import { createCustomer, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('search by key', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
    await createCustomer(portal, tenant, { first_name: 'Ada', last_name: 'Lovelace' });
    await createCustomer(portal, tenant, { first_name: 'Adam', last_name: 'Smith' });
  });

  it('lists the users that meet every condition', async () => {
    const list = await (await manager.visit('/users')).submit('Search', { Search: 'ada -name:smith' });
    expect(list.rows()).to.have.length(1);
    expect(list.rows('Ada Lovelace')).to.have.length(1);
  });

  it('names an unknown key and leaves it out', async () => {
    // The redirect removes the empty parameter.
    const list = await manager.visit('/users?q=foo:bar+lovelace&status=');
    expect(list.text.split("We do not know the key 'foo'.")).to.have.length(2);
    expect(list.rows()).to.have.length(1);
    const companies = await manager.visit('/customers/companies?q=role:admin+acme');
    expect(companies.text).to.include("We do not know the key 'role'.");
  });
});
