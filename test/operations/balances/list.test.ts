import { expect } from 'chai';
import {
  createCompany,
  createStaffRole,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

describe('The list of unapplied credit', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let accounts: TestAccount[];

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
    accounts = [];
    for (const amount of [30_00n, 80_00n, 0n]) {
      const account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
      await account.issue(20_00n);
      await account.pay(20_00n + amount);
      accounts.push(account);
    }
  });

  it('has the customers with credit, the most first, and leads to its refund', async () => {
    const page = await (await manager.visit('/invoices')).follow('Unapplied credit');
    expect(page.path).to.equal('/balances');
    const names = accounts.map(({ company }) => company.name);
    expect(page.rows('$').map((row) => names.findIndex((name) => row.includes(name)))).to.eql([1, 0]);
    expect(page.text).to.include('2 accounts');
    const form = await page.follow(`Refund ${names[1]}`);
    expect(form.form('Refund').values()).to.include({ amount: '80.00' });
    expect((await page.follow(names[0]!)).path).to.match(/^\/customers\/companies\/.+\/invoices$/);
  });

  it('offers no refund to staff without the permission, and explains that it is empty', async () => {
    const role = await createStaffRole(portal, tenant, ['invoices.view']);
    const page = await (await signedInStaff(portal, tenant, role)).visit('/balances');
    expect(page.rows('$80.00')).to.have.length(1);
    expect(page.links.filter((link) => link.startsWith('Refund'))).to.eql([]);
    const other = await signedInStaff(portal, await createTenant(portal));
    expect((await other.visit('/balances')).text).to.include('No unapplied credit');
  });
});
