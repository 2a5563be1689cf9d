import { expect } from 'chai';
import { createCompany, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { addCard } from '../../support/stored-cards.ts';

describe('The payment details of a company', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('are a tab with the number of stored methods, whose cards staff can remove', async () => {
    const account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
    await addCard(account);
    const company = await manager.visit(`/customers/companies/${account.company.id}`);
    const page = await company.follow('Payment details 1');
    expect(page.path).to.equal(`/customers/companies/${account.company.id}/payment-details`);
    expect(page.rows('Visa •••• 4242')[0]).to.include('12/2045').and.include('Active');
    expect(page.text).to.include('Autopay (USD) is off');
    const removed = await (await page.follow('Remove Visa •••• 4242')).submit('Remove');
    expect([removed.path, removed.rows('Visa •••• 4242')]).to.eql([page.path, []]);
  });

  it('are hidden without the permission, and not found for a company of another tenant', async () => {
    const { id } = await createCompany(portal, tenant);
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.visit(`/customers/companies/${id}`)).links.join()).to.not.include('Payment details');
    expect((await driver.get(`/customers/companies/${id}/payment-details`)).status).to.equal(403);
    const foreign = await createCompany(portal, await createTenant(portal));
    expect((await manager.get(`/customers/companies/${foreign.id}/payment-details`)).status).to.equal(404);
  });
});
