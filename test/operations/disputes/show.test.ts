import { expect } from 'chai';
import { chargeLateFees } from '../../../src/domain/billing-run/charge-late-fees.ts';
import { sendReminders } from '../../../src/domain/billing-run/send-reminders.ts';
import { signedInStaff } from '../../support/factories.ts';
import { describePayments } from '../../support/gateway-payments.ts';
import type { StaffVisitor } from '../../support/operations.ts';

describePayments('A dispute', (payments) => {
  let manager: StaffVisitor;
  let invoice: string;

  /** 100.00 of 120.00 are paid. */
  beforeEach(async () => {
    const { portal, tenant } = payments();
    manager = await signedInStaff(portal, tenant);
    await portal.owner.query('update users set alerts_of_payments = true where id = $1', [manager.person.id]);
    const issued = await payments().issue(120_00n);
    invoice = issued.id;
    await payments().charge([
      {
        invoice_id: invoice,
        amount_cents: 100_00n,
        reason: 'Damaged goods',
        comment: 'The box was open.',
      },
    ]);
  });

  const open = async () =>
    (await manager.visit('/disputes')).follow((await payments().invoice(invoice))['label']!);

  it('is shown on the page of the invoice and in the list, and staff are told', async () => {
    const page = await manager.visit(`/invoices/${invoice}`);
    expect(page.badges).to.include.members(['Disputed']);
    expect(page.rows('Damaged goods')[0]).to.include('The box was open.').and.include('$20.00');
    expect((await manager.visit('/disputes')).rows('Damaged goods')[0])
      .to.include('$20.00')
      .and.include('Open');
    const [alert, ...others] = await payments().emails('disputeOpened');
    expect(others).to.eql([]);
    expect((await manager.visit(alert!['path']!)).h1).to.match(/^Dispute of invoice/);
    expect(await payments().invoice(invoice)).to.include({ status: 'sent', open: '2000' });
  });

  it('gets no reminder while it is open, and a first one again after the rejection', async () => {
    const due = (days: number) =>
      payments().run(
        async (db, billing) =>
          (await sendReminders.list(db, { billing, as_of: billing.today }, null)).rows.length,
        { reminder_days: [days] },
      );
    const { owner } = payments().portal;
    await owner.query(`update invoices set first_sent_at = now() - interval '30 days' where id = $1`, [
      invoice,
    ]);
    await owner.query(
      `insert into invoice_reminders (tenant_id, invoice_id, number, sent_at) select tenant_id, id, 1, now() - interval '20 days' from invoices where id = $1`,
      [invoice],
    );
    expect(await due(3)).to.equal(0);
    await (await open()).submit('Reject', { Reason: 'It was delivered' });
    expect(await due(3)).to.equal(0);
    await owner.query('update invoices set due_again_on = due_again_on - 3 where id = $1', [invoice]);
    expect(await due(3)).to.equal(1);
    await owner.query(
      'insert into invoice_reminders (tenant_id, invoice_id, number) select tenant_id, id, 2 from invoices where id = $1',
      [invoice],
    );
    expect(await due(3)).to.equal(0);
  });

  it('is accepted by a credit note that pays the invoice', async () => {
    const page = await (await open()).submit('Accept');
    expect(page.flashes[0]).to.match(/^The dispute was accepted\. A credit note lowers invoice/);
    expect(page.badges).to.include('Paid').and.not.include('Disputed');
    expect(page.rows('Damaged goods').join()).to.include('Accepted');
    expect(await payments().invoice(invoice)).to.include({ status: 'paid', open: '0', credit_noted: '2000' });
    expect(await payments().emails('shortPaymentDecided')).to.have.length(1);
    expect((await payments().emails('shortPaymentDecided'))[0]).to.include({
      is_accepted: 'true',
      amount_cents: '2000',
    });
    expect(await payments().events()).to.include('short_payment.accepted');
    expect((await manager.visit('/disputes')).h1).to.equal('Disputes');
    expect((await manager.visit('/disputes')).rows('Damaged goods')).to.eql([]);
    expect((await manager.visit('/disputes/closed')).rows('Damaged goods')[0]).to.include('Accepted');
  });

  it('is rejected with a reason, and its amount is due again from that day', async () => {
    const form = await open();
    expect((await form.submit('Reject')).errors).to.eql(['Enter a reason']);
    const page = await form.submit('Reject', { Reason: 'It was delivered' });
    expect(page.badges).to.include('Sent').and.not.include('Disputed').and.not.include('Overdue');
    expect(page.rows('Damaged goods')[0]).to.include('It was delivered');
    expect((await payments().emails('shortPaymentDecided'))[0]).to.include({ reason: 'It was delivered' });
    expect(await payments().events()).to.include('short_payment.rejected');
    const { rows } = await payments().portal.owner.query<{ due_again_on: string; disputed: string }>(
      `select (due_again_on = current_date)::text as due_again_on, disputed_cents::text as disputed from invoices where id = $1`,
      [invoice],
    );
    expect(rows[0]).to.eql({ due_again_on: 'true', disputed: '0' });
    expect((await manager.visit('/invoices?status=overdue')).rows('$20.00')).to.eql([]);
    await payments().portal.owner.query(`update invoices set due_again_on = '2026-03-02' where id = $1`, [
      invoice,
    ]);
    expect((await manager.visit(`/invoices/${invoice}`)).badges).to.include('Overdue');
    expect((await manager.visit('/invoices?status=overdue')).rows('$120.00')).to.have.length(1);
  });

  it('is charged a late fee only the days after its rejection', async () => {
    const { portal, tenant } = payments();
    await portal.owner.query(
      `insert into late_fee_rules (tenant_id, id, days_after_due, fee_cents, minimum_balance_cents)
       values ($1, gen_random_uuid(), 5, 1000, 0)`,
      [tenant.id],
    );
    const due = () =>
      payments().run(
        async (db, billing) =>
          (await chargeLateFees.list(db, { billing, as_of: billing.today }, null)).rows.length,
      );
    await (await open()).submit('Reject', { Reason: 'It was delivered' });
    expect(await due()).to.equal(0);
    await portal.owner.query('update invoices set due_again_on = due_again_on - 5 where id = $1', [invoice]);
    expect(await due()).to.equal(1);
  });

  it('is accepted or rejected once when both are sent at the same moment', async () => {
    const form = await open();
    const sent = await Promise.all([
      form.submit('Accept'),
      form.submit('Reject', { Reason: 'It was delivered' }),
    ]);
    expect(sent.map(({ status }) => status)).to.have.members([200, 422]);
    expect(await payments().emails('shortPaymentDecided')).to.have.length(1);
    expect((await payments().events()).filter((event) => /accepted|rejected/.test(event))).to.have.length(1);
    expect(['0', '2000']).to.include((await payments().invoice(invoice))['credit_noted']);
  });

  it('is decided once', async () => {
    const form = await open();
    await form.submit('Accept');
    const refused = await form.submit('Reject', { Reason: 'Too late' });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.eql(['This dispute was decided already']);
    expect(await payments().invoice(invoice)).to.include({ credit_noted: '2000' });
  });

  it('names its customer, and what is still disputed after a part was paid', async () => {
    await payments().pay(15_00n, { chosen: [{ invoice_id: invoice, amount_cents: 15_00n }] });
    const page = await open();
    expect(page.links).to.include(payments().company.name);
    expect(page.text).to.include('$5.00 is still disputed').and.include('A credit note of $5.00 lowers');
    await page.submit('Accept');
    expect(await payments().invoice(invoice)).to.include({ status: 'paid', credit_noted: '500' });
  });

  it('that was paid meanwhile is closed, and cannot be decided', async () => {
    const form = await open();
    await payments().pay(20_00n, { chosen: [{ invoice_id: invoice, amount_cents: 20_00n }] });
    expect((await form.submit('Accept')).errors).to.eql(['The disputed amount was paid or credited already']);
    expect((await manager.visit('/disputes/closed')).rows('Damaged goods')[0]).to.include('Settled');
  });

  it('lowers only its own part of an invoice that is open again', async () => {
    const { rows } = await payments().portal.owner.query<{ object: string }>(
      `select gateway_object_id as object from payments where tenant_id = $1`,
      [payments().tenant.id],
    );
    payments().gateway.settle(rows[0]!.object, { chargedBack: 100_00n });
    await payments().receiveEvent(rows[0]!.object);
    await (await open()).submit('Accept');
    expect(await payments().invoice(invoice)).to.include({ open: '10000', credit_noted: '2000' });
    expect((await manager.visit(`/invoices/${invoice}`)).badges).to.not.include('Disputed');
  });

  it('is seen, but not decided, by staff who issue no credit notes', async () => {
    const { portal, tenant } = payments();
    const operations = await signedInStaff(portal, tenant, 'operations');
    const { label } = await payments().invoice(invoice);
    const dispute = await (await operations.visit('/disputes')).follow(label!);
    expect(dispute.h1).to.equal(`Dispute of invoice ${label}`);
    expect(dispute.buttons).to.not.include.members(['Accept']).and.not.include.members(['Reject']);
  });
});
