import { expect } from 'chai';
import { addDays } from '../../../../src/domain/billing/civil-date.ts';
import { CustomerPayments } from '../../../support/customer-payments.ts';
import { BANK_ACCOUNTS, CARDS } from '../../../support/gateway.ts';
import { today } from '../../../support/own-rentals.ts';
import { Visitor } from '../../../support/visitor.ts';

describe('A payment method', () => {
  let payments: CustomerPayments;

  before(async () => {
    payments = await CustomerPayments.start();
  });

  async function withCards(count = 2) {
    const { visitor, account } = await payments.person();
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1)
      ids.push(await payments.addMethod(account.owner, CARDS.succeeds, { is_default: n === 0 }));
    return { visitor, account, ids };
  }

  const methodOf = async (id: string) => {
    const { rows } = await payments.portal.owner.query<{ status: string; is_default: boolean }>(
      'select status, is_default from payment_methods where id = $1',
      [id],
    );
    return rows[0];
  };

  it('becomes the default', async () => {
    const { visitor, ids } = await withCards();
    const page = await (await visitor.visit('/account/billing')).submit('Make default Visa ending 4242');
    expect(page.flashes).to.include('The default payment method was changed.');
    expect(await methodOf(ids[1]!)).to.include({ is_default: true });
    expect(await methodOf(ids[0]!)).to.include({ is_default: false });
  });

  it('is removed after a page that names the next charge and what happens to autopay', async () => {
    const { visitor, account, ids } = await withCards(1);
    await account.issue(120_00n, { due_on: '2099-03-01' });
    await (await visitor.visit('/account/billing')).submit('Turn on autopay');
    const confirm = await (await visitor.visit('/account/billing')).follow('Remove Visa ending 4242');
    expect(confirm.h1).to.include('Remove Visa ending 4242?');
    expect(confirm.text)
      .to.include('The next charge of it would be $120.00 on Mar 1, 2099.')
      .and.include('Autopay is turned off, because you have no other payment method.');
    const page = await confirm.submit('Remove');
    expect(page.flashes).to.include('The payment method was removed. It will not be charged.');
    expect(await methodOf(ids[0]!)).to.include({ status: 'removed', is_default: false });
    expect(page.text).to.include('No payment details yet').and.not.include('Turn off autopay');
  });

  it('leaves autopay to the method that is selected', async () => {
    const { visitor, ids } = await withCards();
    await (await visitor.visit('/account/billing')).submit('Turn on autopay');
    const confirm = await visitor.visit(`/account/billing/payment-methods/${ids[0]}/removal`);
    expect(confirm.text).to.include('Autopay goes on with the payment method that you select below.');
    const page = await confirm.submit('Remove', { 'Next default payment method': ids[1]! });
    expect(page.buttons).to.include('Turn off autopay');
    expect(await methodOf(ids[1]!)).to.include({ is_default: true });
  });

  it('says which scheduled payment is cancelled by its removal', async () => {
    const { visitor, account, ids } = await withCards(1);
    const { id } = await account.issue(120_00n);
    const form = await visitor.visit(`/account/billing/payments/new?invoice=${id}`);
    await form.submit('Schedule payment', { Date: addDays(await today(account), 5) });
    const confirm = await visitor.visit(`/account/billing/payment-methods/${ids[0]}/removal`);
    expect(confirm.text).to.include('The payment of $120.00 that is scheduled for');
  });

  it('says which failed payment is not tried again after its removal', async () => {
    const { visitor, account } = await payments.person();
    const card = await payments.addMethod(account.owner, CARDS.insufficient_funds);
    const { id } = await account.issue(120_00n);
    await (await visitor.visit(`/account/billing/payments/new?invoice=${id}`)).submit('Pay now', {});
    const confirm = await visitor.visit(`/account/billing/payment-methods/${card}/removal`);
    expect(confirm.text).to.include('The payment of $120.00 that we would try again on');
  });

  it('is shown as being removed until the payment service has confirmed it', async () => {
    const { visitor, ids } = await withCards();
    await payments.portal.owner.query(`update payment_methods set status = 'removing' where id = $1`, [
      ids[1],
    ]);
    const details = (await visitor.visit('/account/billing')).find('#payment-details')!;
    expect(details.text).to.include('Removing…');
    expect((await visitor.visit(`/account/billing/payment-methods/${ids[1]}`)).text).to.include(
      'was removed',
    );
  });

  it('revokes its mandate with its removal', async () => {
    const { visitor, account } = await payments.person();
    const id = await payments.addMethod(account.owner, BANK_ACCOUNTS.succeeds);
    await payments.portal.owner.query(
      `insert into mandates (tenant_id, id, billing_account_id, payment_method_id, text, locale, signed_by, signed_name)
       select tenant_id, gen_random_uuid(), billing_account_id, id, 'Text', 'en', $2, 'Ada' from payment_methods where id = $1`,
      [id, visitor.person.id],
    );
    await (await visitor.visit(`/account/billing/payment-methods/${id}/removal`)).submit('Remove');
    const { rows } = await payments.portal.owner.query<{ is_revoked: boolean }>(
      'select revoked_at is not null as is_revoked from mandates where payment_method_id = $1',
      [id],
    );
    expect(rows).to.eql([{ is_revoked: true }]);
    const audit = await payments.portal.owner.query(
      `select 1 from audit_events where event = 'mandate.revoked' and target_id = $1`,
      [id],
    );
    expect(audit.rows).to.have.length(1);
  });

  it('has warnings before and after it expires and when it was declined for good', async () => {
    const { visitor, account } = await payments.person();
    const now = await today(account);
    const [year, month] = now.split('-').map(Number) as [number, number];
    await payments.addMethod(account.owner, CARDS.succeeds, { exp_month: month, exp_year: year });
    const text = async () => (await visitor.visit('/account/billing')).find('#payment-details')!.text;
    expect(await text()).to.include('Expires soon');
    await payments.portal.owner.query(
      `update payment_methods m set exp_year = exp_year - 1, status = 'needs_attention' from billing_accounts b
       where b.id = m.billing_account_id and b.user_id = $1`,
      [visitor.person.id],
    );
    expect(await text())
      .to.include('Expired')
      .and.include('Needs attention')
      .and.not.include('Expires soon');
  });

  it('responds with 404 to methods of another person, of a company and of another tenant', async () => {
    const { ids } = await withCards();
    const other = await withCards();
    const from = await other.visitor.visit('/account/profile');
    const path = `/account/billing/payment-methods/${ids[1]}`;
    for (const page of [path, `${path}/removal`])
      expect((await other.visitor.get(page)).status).to.equal(404);
    for (const action of ['/default', '/removal'])
      expect((await other.visitor.postFrom(from, path + action)).status).to.equal(404);
    const own = `/account/billing/payment-methods/${other.ids[0]}/removal`;
    expect((await other.visitor.postFrom(from, own, { default_id: ids[1]! })).status).to.equal(404);
    expect(await methodOf(ids[1]!)).to.eql({ status: 'active', is_default: false });
    expect(await methodOf(other.ids[0]!)).to.include({ status: 'active' });
  });

  it('of a company is changed only with the permission in that company', async () => {
    const { visitor, base, account } = await payments.inRole('view_only');
    const id = await payments.addMethod(account.owner);
    const from = await visitor.visit(`${base}/billing`);
    for (const action of ['default', 'removal']) {
      const { status } = await visitor.postFrom(from, `${base}/billing/payment-methods/${id}/${action}`);
      expect(status).to.equal(403);
    }
    expect(await methodOf(id)).to.include({ status: 'active' });
  });

  it('redirects the address of the list to the page of billing', async () => {
    const { visitor } = await payments.person();
    expect((await visitor.visit('/account/billing/payment-methods')).path).to.equal('/account/billing');
  });

  it('redirects anonymous users to the login page', async () => {
    const { ids } = await withCards(1);
    const anonymous = new Visitor(payments.portal, payments.tenant.account);
    const page = await anonymous.visit(`/account/billing/payment-methods/${ids[0]}`);
    expect(page.path).to.equal('/account/login');
  });
});
