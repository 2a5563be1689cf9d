import { expect } from 'chai';
import { signedInStaff } from '../../support/factories.ts';
import { addCard, startCards } from '../../support/stored-cards.ts';

describe('A charge of stored payment details', () => {
  const suite = startCards();

  it('is started by staff on a page with the amount and the method, and shows every attempt', async () => {
    await addCard(suite.account);
    const { id, label, form, page } = await suite.charge(120_00n, 'Charge $120.00');
    expect(form.text).to.include('Visa •••• 4242').and.include('$120.00');
    expect(page.h1).to.equal('Payment of $120.00');
    expect(page.badges).to.include('Received');
    expect(page.rows(label)).to.have.length(2);
    expect(page.rows('1. Create the charge')).to.have.length(1);
    expect(page.rows('1. Charge')[0]).to.include('Succeeded');
    expect(page.text).to.include('Visa •••• 4242').and.include(`by ${suite.manager.person.name}`);
    expect(await suite.account.invoice(id)).to.include({ status: 'paid' });
  });

  it('is charged once when the form is sent twice, and not after the amount has changed', async () => {
    await addCard(suite.account);
    const { id, form, page } = await suite.charge(120_00n, 'Charge $120.00');
    expect((await form.submit('Charge $120.00')).path).to.equal(page.path);
    expect(await suite.countCharges()).to.equal(1);
    const other = await suite.account.issue(50_00n);
    const page2 = await suite.manager.visit(`/invoices/${other.id}/charge`);
    await suite.account.pay(20_00n, { chosen: [{ invoice_id: other.id, amount_cents: 20_00n }] });
    const refused = await page2.submit('Charge $50.00');
    expect(refused.errors).to.eql(['What is open has changed. Check the amount']);
    expect(refused.buttons).to.include('Charge $30.00');
    expect(await suite.countCharges()).to.equal(1);
    expect((await suite.manager.visit(`/invoices/${id}/charge`)).text).to.include('Nothing is to be charged');
  });

  it('needs payment details and the permission', async () => {
    const { id } = await suite.account.issue(120_00n);
    const page = await suite.manager.visit(`/invoices/${id}/charge`);
    expect(page.text).to.include('no payment details that can be charged');
    const operations = await signedInStaff(suite.portal, suite.tenant, 'operations');
    expect((await operations.visit(`/invoices/${id}`)).links).to.not.include('Charge payment details');
    expect((await operations.get(`/invoices/${id}/charge`)).status).to.equal(403);
  });
});
