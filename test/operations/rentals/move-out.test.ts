import { expect } from 'chai';
import { sendRefund } from '../../../src/domain/payment/refund-payment.ts';
import { chargeDeps } from '../../../src/gateways/charge-deps.ts';
import { signedInStaff } from '../../support/factories.ts';
import { addCard } from '../../support/stored-cards.ts';
import { accepted } from '../../support/rentals.ts';
import { startRentals, today } from '../../support/rentals-suite.ts';

describe('The move-out of a rental', () => {
  const suite = startRentals();

  it('completes a move-out with a part of the deposit kept', async () => {
    const { id } = await suite.start({ deposit: 100_00n });
    accepted(await suite.rentals.notice(today, id, today));
    const page = await (await suite.manager.visit(`/rentals/${id}`)).follow('Complete move-out');
    expect(page.text).to.include('The deposit is $100.00');
    const refused = await page.submit('Complete move-out', { 'Amount to keep': '100.01', Reason: 'Door' });
    expect(refused.errors).to.eql(['100.00 of the deposit can be kept']);
    const saved = await refused.submit('Complete move-out', { 'Amount to keep': '45', Reason: 'Door' });
    expect(saved.badges).to.include('Ended');
    expect(await suite.rentals.balance()).to.include({ deposit: '0' });
    expect(await suite.events(id)).to.include.members(['rental.ended', 'rental.deposit_settled']);
  });

  it('settles the deposit of a rental that the billing run has ended', async () => {
    const { id } = await suite.start({ deposit: 100_00n });
    await suite.portal.owner.query(
      `update rentals set status = 'ended', ends_on = $2, next_period_on = null where id = $1`,
      [id, today],
    );
    const page = await (await suite.manager.visit(`/rentals/${id}`)).follow('Settle deposit');
    const saved = await page.submit('Settle deposit');
    expect(saved.links).not.to.include('Settle deposit');
    expect(await suite.rentals.balance()).to.include({ deposit: '0' });
  });

  const payByCard = async (rentalId: string, button: string) => {
    await addCard(suite.rentals);
    const { rows } = await suite.portal.owner.query<{ id: string }>(
      'select invoice_id as id from invoice_lines where rental_id = $1 limit 1',
      [rentalId],
    );
    return (await suite.manager.visit(`/invoices/${rows[0]!.id}/charge`)).submit(button);
  };

  it('returns the rest of the deposit to the card of the customer', async () => {
    const { portal, tenant, rentals } = suite;
    await portal.owner.query(`update billing_settings set move_out_credit = 'none' where tenant_id = $1`, [
      tenant.id,
    ]);
    const { id: tax } = await rentals.taxRate(200_000);
    const { id } = await suite.start({ deposit: 100_00n });
    const paid = await payByCard(id, 'Charge $200.00');
    expect(await rentals.ledger('income')).to.equal('-10000');
    accepted(await rentals.notice(today, id, today));
    const form = await suite.manager.visit(`/rentals/${id}/move-out`);
    await form.submit('Complete move-out', {
      'Amount to keep': '45',
      Reason: 'Door',
      kept_tax_rate_id: tax,
      'Refund what is left to the customer': true,
    });
    expect(await rentals.balance()).to.include({ deposit: '0', credit: '0', receivable: '0' });
    expect(await rentals.ledger('income')).to.equal('-13750');
    expect(await rentals.ledger('tax')).to.equal('-750');
    expect(await rentals.ledger('cash')).to.equal('14500');
    expect((await suite.manager.visit(paid.path)).rows('$55.00').join()).to.include('Refunded');
  });

  it('returns the unused rent to the card of the customer', async () => {
    const { portal, tenant, rentals } = suite;
    await portal.owner.query(`update billing_settings set move_out_credit = 'days' where tenant_id = $1`, [
      tenant.id,
    ]);
    const { id: tax_rate_id } = await rentals.taxRate(200_000);
    const { rental } = accepted(await rentals.moveIn('2026-05-15', { price: 120_00n, tax_rate_id }));
    const paid = await payByCard(rental.id, 'Charge $144.00');
    accepted(await rentals.notice('2026-05-20', rental.id, '2026-05-24'));
    const { refund_ids } = accepted(await rentals.complete('2026-05-24', rental.id, { is_refunded: true }));
    for (const id of refund_ids) await sendRefund(chargeDeps(portal), tenant.id, id);
    expect((await suite.manager.visit(paid.path)).rows('$97.55').join()).to.include('Refunded');
    expect(await rentals.balance()).to.include({ credit: '0', receivable: '0' });
    expect(await rentals.ledger('cash')).to.equal('4645');
  });

  it('offers and does no refund for staff who may not refund', async () => {
    const { id } = await suite.start({ deposit: 100_00n });
    accepted(await suite.rentals.notice(today, id, today));
    const operations = await signedInStaff(suite.portal, suite.tenant, 'operations');
    const form = await operations.visit(`/rentals/${id}/move-out`);
    expect(form.text).to.not.include('Refund what is left');
    const { status } = await operations.postFrom(form, `/rentals/${id}/move-out`, { is_refunded: '1' });
    expect(status).to.equal(403);
    expect(await suite.rentals.balance()).to.include({ deposit: '10000' });
  });
});
