import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { inTenant } from '../../../../src/database/in-tenant.ts';
import { newId } from '../../../../src/database/new-id.ts';
import { CustomerPayments } from '../../../support/customer-payments.ts';
import { CARDS } from '../../../support/gateway.ts';
import { sql } from '../../../support/rows.ts';

describe('A forged or stale payment form', () => {
  let payments: CustomerPayments;

  before(async () => {
    payments = await CustomerPayments.start();
  });

  async function withInvoice(number: string | null = CARDS.succeeds) {
    const { visitor, account } = await payments.person();
    if (number !== null) await payments.addMethod(account.owner, number);
    const invoice = await account.issue(120_00n);
    const page = await visitor.visit(`/account/billing/payments/new?invoice=${invoice.id}`);
    const send = (fields: Record<string, string | readonly string[]>) =>
      visitor.postFrom(page, '/account/billing/payments', { when: 'now', method: 'page', ...fields });
    return { visitor, account, invoice, page, send, amount: `invoice_${invoice.id}` };
  }

  const paymentsOf = ({ account }: Pick<Awaited<ReturnType<typeof withInvoice>>, 'account'>) =>
    payments.paymentsOf(account.owner);

  it('charges nothing for an amount in another notation', async () => {
    const one = await withInvoice();
    for (const amount of [
      '1e2',
      '0x10',
      '1_00',
      '120.001',
      '-0.01',
      'Infinity',
      '9'.repeat(17),
      '\u2212120',
      '12 0.0.0',
    ])
      expect((await one.send({ [one.amount]: amount })).status, amount).to.equal(422);
    expect((await one.send({ [one.amount]: ['60', '60'] })).status).to.equal(400);
    expect((await one.send({ [one.amount]: '120', amount_cents: '1' })).status).to.equal(400);
    expect(await paymentsOf(one)).to.eql([]);
  });

  it('is charged once as the amount that was typed with Arabic digits', async () => {
    const one = await withInvoice();
    const page = await one.page.submit('Pay now', { [one.amount]: '\u0661\u0662\u0660\u066b\u0660\u0660' });
    expect(page.text).to.include('Payment of $120.00').and.include('Paid.');
  });

  it('charges nothing for a method that is no id or is one of another account', async () => {
    const one = await withInvoice();
    const other = await payments.person();
    const foreign = await payments.addMethod(other.account.owner);
    const statusFor = async (method: string) => (await one.send({ [one.amount]: '120', method })).status;
    expect(await statusFor('4242424242424242')).to.equal(422);
    expect(await statusFor('')).to.equal(422);
    expect(await statusFor(randomUUID())).to.equal(404);
    expect(await statusFor(foreign)).to.equal(404);
    expect(await paymentsOf(one)).to.eql([]);
  });

  it('charges nothing for 200 invoices of which the customer has one', async () => {
    const one = await withInvoice();
    const unknown = Array.from({ length: 200 }, () => [`invoice_${randomUUID()}`, '1'] as const);
    const response = await one.send({ [one.amount]: '120', ...Object.fromEntries(unknown) });
    expect(response.status).to.equal(404);
    expect(await paymentsOf(one)).to.eql([]);
  });

  it('pays 100 invoices with one charge', async () => {
    const { visitor, account } = await payments.person();
    await payments.addMethod(account.owner);
    for (let n = 0; n < 100; n += 1) await account.issue(1_00n);
    const billing = await visitor.visit('/account/billing');
    const ids = billing
      .findAll('#open-invoices input[name="invoice"]')
      .map((box) => box.getAttribute('value')!);
    expect(ids).to.have.length(100);
    const form = await billing.submit('Pay selected invoices', { invoice: ids });
    expect((await form.submit('Pay now', {})).text)
      .to.include('Payment of $100.00')
      .and.include('Paid.');
    expect(await payments.paymentsOf(account.owner)).to.have.length(1);
  });

  it('is refused without the token of the session', async () => {
    const one = await withInvoice();
    const body = { when: 'now', method: 'page', [one.amount]: '120' };
    expect((await one.visitor.post('/account/billing/payments', body)).status).to.equal(403);
    expect((await one.visitor.postCrossSite('/account/billing/payments', body)).status).to.equal(403);
    expect(await paymentsOf(one)).to.eql([]);
  });

  it('leads to its payment when it is sent again with the back button', async () => {
    const one = await withInvoice();
    const paid = await one.page.submit('Pay now', {});
    expect((await one.page.submit('Pay now', {})).path).to.equal(paid.path);
    expect(await paymentsOf(one)).to.have.length(1);
  });

  it('charges nothing when staff have recorded the payment meanwhile, and says so', async () => {
    const one = await withInvoice();
    const other = await one.account.issue(30_00n);
    const both = await one.visitor.visit(
      `/account/billing/payments/new?invoice=${one.invoice.id}&invoice=${other.id}`,
    );
    await one.account.pay(120_00n);
    const page = await one.page.submit('Pay now', {});
    expect(page.path).to.equal('/account/billing');
    expect(page.flashes).to.include('Nothing was charged: nothing is open on these invoices now.');
    const refused = await both.submit('Pay now', {});
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.eql(['One of the invoices is not open now. Check the amounts again']);
    expect(refused.find(`[name="invoice_${other.id}"]`)).to.not.equal(null);
    expect((await paymentsOf(one)).map(({ amount_cents }) => amount_cents)).to.eql(['12000']);
  });

  /** Returns the code of a role that may pay but not change payment details. */
  async function createPayerRole(): Promise<string> {
    const [id, code] = [newId(), 'payer'];
    await inTenant(payments.portal.database, payments.tenant.id, async (db) => {
      const role = { id, audience: 'customer', code, name: 'Payer', description: '', position: 100 } as const;
      await db.insertInto('roles', role);
      const permissions = ['billing.view', 'billing.pay'] as const;
      await db.insertInto(
        'role_permissions',
        permissions.map((permission) => ({ role_id: id, permission })),
      );
    });
    return code;
  }

  it('saves no card for a member who may pay but not change payment details', async () => {
    const { visitor, account, base } = await payments.inRole(await createPayerRole());
    const { id } = await account.issue(120_00n);
    const page = await visitor.visit(`${base}/billing/payments/new?invoice=${id}`);
    expect(page.text).to.not.include('Save the card');
    const body = { when: 'now', method: 'page', [`invoice_${id}`]: '120', saves_method: 'on' };
    expect((await visitor.postFrom(page, `${base}/billing/payments`, body)).status).to.equal(303);
    const rows = await sql<{ saves_method: boolean }>(
      payments.portal,
      `select saves_method from payments where billing_account_id in
         (select id from billing_accounts where company_id = $1)`,
      [account.company.id],
    );
    expect(rows).to.eql([{ saves_method: false }]);
  });

  it('with a card number in a comment is refused and leaves the number nowhere', async () => {
    const one = await withInvoice();
    const number = '5555 5555 5555 4444';
    const values = { [one.amount]: '100', Reason: 'Price', Comment: `Charge my card ${number}` };
    const page = await one.page.submit('Pay now', values);
    expect(page.errors).to.eql(['Remove the card number. Card numbers are entered on the payment page only']);
    const invoice = await one.visitor.visit(`/account/billing/invoices/${one.invoice.id}`);
    expect((await invoice.submit('Add comment', { Comment: number })).status).to.equal(422);
    const [stored] = await sql<{ count: number }>(
      payments.portal,
      `select (select count(*) from short_payments where comment like '%5555%')::int
         + (select count(*) from invoice_comments where body like '%5555%')::int as count`,
    );
    expect(stored!.count).to.equal(0);
  });

  it('of one company with the ids of another responds with 404, also for a member of both', async () => {
    const [one, other] = [await payments.inRole('company_admin'), await payments.inRole('company_admin')];
    const method = await payments.addMethod(other.account.owner);
    const { id } = await other.account.issue(120_00n);
    const form = await other.visitor.visit(`${other.base}/billing/payments/new?invoice=${id}`);
    const started = await form.submit('Pay now', { method: 'page' });
    const payment = started.path.split('/').at(-1)!;
    const page = await one.visitor.visit(`${one.base}/billing`);
    const post = async (path: string, body: Record<string, string> = {}) =>
      (
        await one.visitor.postFrom(
          await one.visitor.visit('/account/profile'),
          `${one.base}/billing${path}`,
          body,
        )
      ).status;
    expect(page.status).to.equal(200);
    expect(await post('/payments', { when: 'now', method: 'page', [`invoice_${id}`]: '120' })).to.equal(404);
    expect(await post(`/payments/${payment}/cancellation`)).to.equal(404);
    expect(await post(`/payments/${payment}/confirmation`)).to.equal(404);
    expect(await post(`/payment-methods/${method}/default`)).to.equal(404);
    expect(await post(`/payment-methods/${method}/removal`)).to.equal(404);
    const replacement = { type: 'card', currency: 'USD', replaces_id: method };
    expect(await post('/payment-methods', replacement)).to.equal(404);
    expect(await post(`/invoices/${id}/comments`, { body: 'Hello' })).to.equal(404);
    for (const path of [
      `/payments/${payment}`,
      `/payment-methods/${method}`,
      `/payment-methods/${method}/removal`,
      `/payment-methods/new?replaces=${method}`,
      `/invoices/${id}`,
      `/invoices/${id}.pdf`,
    ])
      expect((await one.visitor.get(`${one.base}/billing${path}`)).status, path).to.equal(404);
    const [row] = await sql<{ status: string }>(
      payments.portal,
      'select status from payments where id = $1',
      [payment],
    );
    expect(row!.status).to.equal('requires_action');
  });
});
