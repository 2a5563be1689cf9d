import { expect } from 'chai';
import { signedInStaff } from '../../support/factories.ts';
import { describePayments } from '../../support/gateway-payments.ts';

describePayments('The list of disputes', (payments) => {
  it('has the open ones, and the closed ones on a page of their own', async () => {
    const { portal, tenant, company } = payments();
    const manager = await signedInStaff(portal, tenant);
    expect((await manager.visit('/disputes')).text).to.include('No open disputes');
    const invoice = await payments().issue(120_00n);
    await payments().charge([{ invoice_id: invoice.id, amount_cents: 100_00n, reason: 'Price' }]);
    const page = await manager.visit('/disputes');
    expect(page.rows(company.name)[0]).to.include('Price').and.include('$20.00');
    expect((await manager.visit('/disputes/closed')).rows('Price')).to.eql([]);
    await (await page.follow(invoice.label!)).submit('Accept');
    expect((await manager.visit('/disputes')).rows('Price')).to.eql([]);
    expect((await manager.visit('/disputes/closed')).rows('Price')[0]).to.include('Accepted');
  });
});
