import { expect } from 'chai';
import { createStaffRole, signedInStaff } from '../../support/factories.ts';
import { addCard, startCards } from '../../support/stored-cards.ts';

describe('A payment by a stored card', () => {
  const suite = startCards();

  it('is refunded up to what can still be refunded', async () => {
    await addCard(suite.account);
    const { id, page } = await suite.charge(120_00n, 'Charge $120.00');
    expect(page.text).to.include('$0.00 can still be refunded');
    expect(page.links).to.not.include('Refund');
    const note = await suite.manager.visit(`/invoices/${id}/credit-notes/new`);
    await note.submit('Issue credit note', { amount_1: '120', Reason: 'Damaged' });
    const form = await (await suite.manager.visit(page.path)).follow('Refund');
    const refunded = await form.submit('Refund', { 'Refund amount': '60' });
    expect(refunded.rows('$60.00').join()).to.include('Refunded');
    expect(refunded.text).to.include('$60.00 can still be refunded');
    const refused = await (await refunded.follow('Refund')).submit('Refund', { 'Refund amount': '61' });
    expect(refused.errors).to.eql(['At most 60.00 can be refunded']);
    expect((await form.submit('Refund', { 'Refund amount': '60' })).path).to.equal(page.path);
    expect(await suite.account.balance()).to.include({ credit: '6000' });
    expect(
      (await suite.manager.visit('/payments?status=refunds')).rows(suite.account.company.name)[0],
    ).to.include('−$60.00');
  });

  it('is refunded at once by the credit note of a move-out, to the cent', async () => {
    await addCard(suite.account);
    const { id } = await suite.charge(144_00n, 'Charge $144.00');
    const note = await suite.manager.visit(`/invoices/${id}/credit-notes/new`);
    const fields = { amount_1: '97.55', Reason: 'Moved out', 'Refund amount': '97.56' };
    expect((await note.submit('Issue credit note', fields)).errors).to.eql([
      'The credit note leaves 97.55 that can be refunded',
    ]);
    expect(await suite.account.invoice(id)).to.include({ credit_noted: '0' });
    const issued = await note.submit('Issue credit note', { ...fields, 'Refund amount': '97.55' });
    expect(issued.flashes[0]).to.match(/^Credit note .+ was issued, and its refund was requested\.$/);
    expect(await suite.account.balance()).to.include({ credit: '0', receivable: '0' });
    expect(await suite.account.ledger('cash')).to.equal('4645');
  });

  it('leaves the part of a credit note that is refunded out of other invoices', async () => {
    await addCard(suite.account);
    const { id } = await suite.charge(120_00n, 'Charge $120.00');
    const other = await suite.account.issue(100_00n);
    const note = await suite.manager.visit(`/invoices/${id}/credit-notes/new`);
    await note.submit('Issue credit note', { amount_1: '50', Reason: 'Damaged', 'Refund amount': '20' });
    expect(await suite.account.invoice(other.id)).to.include({ open: '7000' });
    expect(await suite.account.balance()).to.include({ credit: '0' });
  });

  it('is refunded once by two forms that are sent at the same time', async () => {
    await addCard(suite.account);
    const { id, page } = await suite.charge(120_00n, 'Charge $120.00');
    const note = await suite.manager.visit(`/invoices/${id}/credit-notes/new`);
    await note.submit('Issue credit note', { amount_1: '100', Reason: 'Damaged' });
    const forms = [1, 2].map(() => suite.manager.visit(`${page.path}/refunds/new`));
    const sent = await Promise.all(
      forms.map(async (form) => (await form).submit('Refund', { 'Refund amount': '60' })),
    );
    expect(sent.flatMap(({ errors }) => errors)).to.eql(['At most 40.00 can be refunded']);
    expect(await suite.account.balance()).to.include({ credit: '4000' });
    expect(await suite.account.ledger('cash')).to.equal('6000');
    expect(await suite.countRefunds()).to.equal(1);
  });

  it('is refunded once by a form that is sent twice at the same time', async () => {
    await addCard(suite.account);
    const { id, page } = await suite.charge(120_00n, 'Charge $120.00');
    const note = await suite.manager.visit(`/invoices/${id}/credit-notes/new`);
    await note.submit('Issue credit note', { amount_1: '120', Reason: 'Damaged' });
    const form = await suite.manager.visit(`${page.path}/refunds/new`);
    const sent = await Promise.all([1, 2].map(() => form.submit('Refund', { 'Refund amount': '60' })));
    expect(sent.map(({ path }) => path)).to.eql([page.path, page.path]);
    expect(await suite.countRefunds()).to.equal(1);
  });

  it('is not refunded with a credit note by staff without the permission to refund', async () => {
    await addCard(suite.account);
    const { id } = await suite.charge(120_00n, 'Charge $120.00');
    const role = await createStaffRole(suite.portal, suite.tenant, ['invoices.view', 'invoices.credit']);
    const staff = await signedInStaff(suite.portal, suite.tenant, role);
    const form = await staff.visit(`/invoices/${id}/credit-notes/new`);
    expect(form.form('Issue credit note').names()).to.not.include('refund_amount');
    const fields = { amount_1: '10', reason: 'Damaged', refund_amount: '10' };
    expect((await staff.postFrom(form, `/invoices/${id}/credit-notes`, fields)).status).to.equal(403);
    expect(await suite.account.invoice(id)).to.include({ credit_noted: '0' });
    expect(await suite.countRefunds()).to.equal(0);
  });
});
