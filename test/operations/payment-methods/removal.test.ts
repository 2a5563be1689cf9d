import { expect } from 'chai';
import { turnOnAutopay } from '../../../src/domain/payment-method/autopay.ts';
import { openAccount } from '../../../src/domain/billing-account/billing-account.ts';
import { createCompany, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { billingActor, TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { addCard } from '../../support/stored-cards.ts';

describe('Payment details of a customer', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let account: TestAccount;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });
  beforeEach(async () => {
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
    await addCard(account);
    await account.run(async (db, billing) =>
      turnOnAutopay(db, billingActor, billing, await openAccount(db, account.owner, billing.currency)),
    );
  });

  const visitTab = (visitor = manager) =>
    visitor.visit(`/customers/companies/${account.company.id}/payment-details`);

  const emails = async () => {
    const { rows } = await portal.owner.query<{ template: string }>(
      `select template from emails where variables->>'company_name' = $1 or variables::text like $2 order by id`,
      [account.company.name, `%${account.company.id}%`],
    );
    return rows.map(({ template }) => template);
  };

  it('are shown with brand, last digits, expiry and state, and the state of autopay', async () => {
    const page = await visitTab();
    expect(page.rows('Visa •••• 4242')[0]).to.include('12/2045').and.include('Active').and.include('Default');
    expect(page.text).to.include('Autopay (USD) is on since');
  });

  it('are removed after a page that names the next charge, and autopay is turned off', async () => {
    await portal.owner.query(`update companies set billing_emails = '{pay@example.com}' where id = $1`, [
      account.company.id,
    ]);
    await account.issue(120_00n, { due_on: '2099-03-01' });
    const form = await (await visitTab()).follow('Remove Visa •••• 4242');
    expect(form.text).to.include('The next charge of $120.00 on').and.include('Autopay is turned off');
    const page = await form.submit('Remove');
    expect(page.flashes).to.eql(['Visa •••• 4242 was removed.']);
    expect(page.rows('Visa •••• 4242')).to.eql([]);
    expect(page.text).to.include('Autopay (USD) is off');
    expect(await emails()).to.include('paymentMethodRemoved');
    const { rows } = await portal.owner.query<{ detached: boolean }>(
      `select s.detached_at is not null as detached from sandbox_methods s join payment_methods m on m.external_id = s.id::text
       join billing_accounts b on b.id = m.billing_account_id where b.company_id = $1`,
      [account.company.id],
    );
    expect(rows).to.eql([{ detached: true }]);
    expect((await form.submit('Remove')).status).to.equal(200);
  });

  it('that are the default leave it to another one', async () => {
    await addCard(account, { number: '5555555555554444', is_default: false }).catch(() =>
      addCard(account, { is_default: false }),
    );
    const [first] = (await visitTab())
      .findAll('a[href^="/payment-methods/"]')
      .map((link) => link.getAttribute('href')!);
    const form = await manager.visit(first!);
    expect(form.text).to.include('goes on with the next default method');
    const page = await form.submit('Remove');
    expect(page.rows('Default')).to.have.length(1);
    expect(page.text).to.include('Autopay (USD) is on since');
  });

  it('are not removed by staff without the permission', async () => {
    const operations = await signedInStaff(portal, tenant, 'operations');
    const page = await visitTab(operations);
    expect(page.rows('Visa •••• 4242')).to.have.length(1);
    expect(page.links.join()).to.not.include('Remove');
  });
});
