import { expect } from 'chai';
import { startPayment } from '../../../src/domain/payment/start-payment.ts';
import { openPage } from '../../../src/domain/payment/open-payment-page.ts';
import { openAccount } from '../../../src/domain/billing-account/billing-account.ts';
import { chargeDeps } from '../../../src/gateways/charge-deps.ts';
import { createCompany, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { CARDS } from '../../support/gateway.ts';
import { billingActor, TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { addCard, sandboxOf } from '../../support/stored-cards.ts';

describe('A payment by a stored card', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let account: TestAccount;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });
  beforeEach(async () => {
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
  });
  after(() => portal.close());

  const charge = async (amount: bigint, button: string) => {
    const { id, label } = await account.issue(amount);
    const form = await (await manager.visit(`/invoices/${id}`)).follow('Charge payment details');
    return { id, label: label!, form, page: await form.submit(button) };
  };

  const charges = async () => {
    const { rows } = await portal.owner.query<{ count: string }>(
      `select count(*) from sandbox_charges c join payments p on p.gateway_object_id = c.id::text
       join billing_accounts b on b.id = p.billing_account_id where b.company_id = $1 and c.status = 'succeeded'`,
      [account.company.id],
    );
    return Number(rows[0]!.count);
  };

  it('is started by staff on a page with the amount and the method, and shows every attempt', async () => {
    await addCard(account);
    const { id, label, form, page } = await charge(120_00n, 'Charge $120.00');
    expect(form.text).to.include('Visa •••• 4242').and.include('$120.00');
    expect(page.h1).to.equal('Payment of $120.00');
    expect(page.badges).to.include('Received');
    expect(page.rows(label)).to.have.length(2);
    expect(page.rows('1. Create the charge')).to.have.length(1);
    expect(page.rows('1. Charge')[0]).to.include('Succeeded');
    expect(page.text).to.include('Visa •••• 4242').and.include(`by ${manager.person.name}`);
    expect(await account.invoice(id)).to.include({ status: 'paid' });
  });

  it('is charged once when the form is sent twice, and not after the amount has changed', async () => {
    await addCard(account);
    const { id, form, page } = await charge(120_00n, 'Charge $120.00');
    expect((await form.submit('Charge $120.00')).path).to.equal(page.path);
    expect(await charges()).to.equal(1);
    const other = await account.issue(50_00n);
    const page2 = await manager.visit(`/invoices/${other.id}/charge`);
    await account.pay(20_00n, { chosen: [{ invoice_id: other.id, amount_cents: 20_00n }] });
    const refused = await page2.submit('Charge $50.00');
    expect(refused.errors).to.eql(['What is open has changed. Check the amount']);
    expect(refused.buttons).to.include('Charge $30.00');
    expect(await charges()).to.equal(1);
    expect((await manager.visit(`/invoices/${id}/charge`)).text).to.include('Nothing is to be charged');
  });

  it('needs payment details and the permission', async () => {
    const { id } = await account.issue(120_00n);
    const page = await manager.visit(`/invoices/${id}/charge`);
    expect(page.text).to.include('no payment details that can be charged');
    const operations = await signedInStaff(portal, tenant, 'operations');
    expect((await operations.visit(`/invoices/${id}`)).links).to.not.include('Charge payment details');
    expect((await operations.get(`/invoices/${id}/charge`)).status).to.equal(403);
  });

  it('that failed shows why and when it is tried again, is tried again, and no more', async () => {
    await addCard(account, { number: CARDS.insufficient_funds });
    const { id, page } = await charge(120_00n, 'Charge $120.00');
    expect(page.badges).to.include('Failed');
    expect(page.text)
      .to.include('insufficient_funds')
      .and.match(/Next try \w{3} \d/);
    expect((await manager.visit('/payments?status=failed')).rows(account.company.name)).to.have.length(1);
    const again = await page.submit('Retry payment');
    expect(again.rows('2. Charge')[0]).to.include('Failed');
    expect((await page.submit('Retry payment')).path).to.equal(page.path);
    expect((await manager.visit(page.path)).rows('3. Charge')).to.eql([]);
    const stopped = await again.submit('Stop retrying');
    expect(stopped.text).to.include('Next try None');
    expect(stopped.buttons).to.include('Retry payment').and.not.include('Stop retrying');
    expect(await account.invoice(id)).to.include({ status: 'failed', open: '12000' });
    const operations = await signedInStaff(portal, tenant, 'operations');
    expect((await operations.visit(page.path)).buttons).to.not.include('Retry payment');
  });

  it('is refunded up to what can still be refunded', async () => {
    await addCard(account);
    const { id, page } = await charge(120_00n, 'Charge $120.00');
    expect(page.text).to.include('$0.00 can still be refunded');
    const note = await manager.visit(`/invoices/${id}/credit-notes/new`);
    await note.submit('Issue credit note', { amount_1: '120', Reason: 'Damaged' });
    const form = await (await manager.visit(page.path)).follow('Refund');
    const refunded = await form.submit('Refund', { 'Refund amount': '60' });
    expect(refunded.rows('$60.00').join()).to.include('Refunded');
    expect(refunded.text).to.include('$60.00 can still be refunded');
    const refused = await (await refunded.follow('Refund')).submit('Refund', { 'Refund amount': '61' });
    expect(refused.errors).to.eql(['60.00 can still be refunded']);
    expect((await form.submit('Refund', { 'Refund amount': '60' })).path).to.equal(page.path);
    expect(await account.balance()).to.include({ credit: '6000' });
    expect((await manager.visit('/payments?status=refunds')).rows(account.company.name)[0]).to.include(
      '−$60.00',
    );
  });

  it('is refunded at once by the credit note of a move-out, to the cent', async () => {
    await addCard(account);
    const { id } = await charge(144_00n, 'Charge $144.00');
    const note = await manager.visit(`/invoices/${id}/credit-notes/new`);
    const fields = { amount_1: '97.55', Reason: 'Moved out', 'Refund amount': '97.56' };
    expect((await note.submit('Issue credit note', fields)).errors).to.eql([
      'The credit note leaves 97.55 that can be refunded',
    ]);
    expect(await account.invoice(id)).to.include({ credit_noted: '0' });
    await note.submit('Issue credit note', { ...fields, 'Refund amount': '97.55' });
    expect(await account.balance()).to.include({ credit: '0', receivable: '0' });
    expect(await account.ledger('cash')).to.equal('4645');
  });

  it('leaves the part of a credit note that is refunded out of other invoices', async () => {
    await addCard(account);
    const { id } = await charge(120_00n, 'Charge $120.00');
    const other = await account.issue(100_00n);
    const note = await manager.visit(`/invoices/${id}/credit-notes/new`);
    await note.submit('Issue credit note', { amount_1: '50', Reason: 'Damaged', 'Refund amount': '20' });
    expect(await account.invoice(other.id)).to.include({ open: '7000' });
    expect(await account.balance()).to.include({ credit: '0' });
  });

  it('is followed by a record of money, which closes the open page of the customer', async () => {
    const { id, label } = await account.issue(120_00n);
    const sandbox = await sandboxOf(account);
    const started = await account.run(async (db, billing) =>
      startPayment(db, billingActor, billing, {
        account: await openAccount(db, account.owner, billing.currency),
        gateway: { id: sandbox.id, service: 'sandbox' },
        invoices: [{ invoice_id: id, amount_cents: 120_00n }],
        by: 'page',
        request_key: null,
        started_by: 'customer',
      }),
    );
    if (!started.ok) throw new Error('not started');
    await openPage(chargeDeps(portal), tenant.id, started.payment_id);
    expect((await manager.visit('/payments?status=waiting')).rows(account.company.name)[0]).to.include(
      'Waiting for the customer',
    );
    const form = await manager.visit(`/payments/new?customer=${account.company.code}`);
    expect(form.flashes.join()).to.include(`A payment of ${label} is on its way`);
    await form.submit('Record payment', { Amount: '120' });
    expect(await account.invoice(id)).to.include({ status: 'paid' });
    expect((await manager.visit(`/payments/${started.payment_id}`)).badges).to.include('Cancelled');
  });
});

describe('Credit of a customer', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let account: TestAccount;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
    await account.pay(15_00n, { is_deposit: true });
  });
  after(() => portal.close());

  it('is refunded from the page of the customer, and staff mark as paid out what no card covers', async () => {
    const tab = await manager.visit(`/customers/companies/${account.company.id}/invoices`);
    const form = await tab.follow('Refund $15.00 of credit');
    expect((await form.submit('Refund', { 'Refund amount': '16' })).errors).to.eql([
      '15.00 can still be refunded',
    ]);
    const page = await form.submit('Refund', { 'Refund amount': '10' });
    expect(page.h1).to.equal('Refund of $10.00');
    expect(page.badges).to.include('To pay out');
    expect((await manager.visit('/payments?status=to_pay_out')).rows('To pay out')).to.have.length(1);
    const paid = await page.submit('Mark as paid out');
    expect(paid.badges).to.include('Refunded');
    const refused = await page.submit('Do not pay out');
    expect(refused.errors).to.eql(['This refund was decided already']);
    const other = await (
      await (await manager.visit(tab.url)).follow('Refund $5.00 of credit')
    ).submit('Refund');
    expect((await other.submit('Do not pay out')).badges).to.include('Not paid out');
    expect(await account.balance()).to.include({ credit: '500' });
  });

  it('is not refunded by staff without the permission', async () => {
    const operations = await signedInStaff(portal, tenant, 'operations');
    const tab = await operations.visit(`/customers/companies/${account.company.id}/invoices`);
    expect(tab.links.join()).to.not.include('of credit');
  });
});
