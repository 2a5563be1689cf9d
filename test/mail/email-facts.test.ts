import { expect } from 'chai';
import { turnOnAutopay } from '../../src/domain/payment-method/autopay.ts';
import { withInvoiceTexts } from '../../src/mail/email-facts.ts';
import { describePayments } from '../support/gateway-payments.ts';
import { billingActor } from '../support/money.ts';

describePayments('withInvoiceTexts', (payments) => {
  const paysBy = async () => {
    const { id } = await payments().issue(120_00n);
    return payments().run(async (db) => (await withInvoiceTexts(db, { invoice_id: id }))['pays_by']);
  };
  const turnOn = () =>
    payments().withAccount(({ db, billing, account }) => turnOnAutopay(db, billingActor, billing, account));
  const update = (statement: string) =>
    payments().portal.owner.query(`${statement} where tenant_id = $1`, [payments().tenant.id]);

  it('says that autopay charges an invoice only while the default method can be charged', async () => {
    expect(await paysBy()).to.equal('page');
    await turnOn();
    expect(await paysBy()).to.equal('autopay');
    await update(`update payment_methods set status = 'needs_attention'`);
    expect(await paysBy()).to.equal('page');
  });

  it('says that an invoice is paid by bank transfer without a payment service', async () => {
    await turnOn();
    await update('update gateways set is_active = false');
    expect(await paysBy()).to.equal('transfer');
  });

  it('changes nothing of an email without an invoice', async () => {
    expect(await payments().run((db) => withInvoiceTexts(db, { label: 'x' }))).to.eql({ label: 'x' });
  });
});
