import { expect } from 'chai';
import { startRentals } from '../../support/rentals-suite.ts';

describe('The agreement of a rental', () => {
  const suite = startRentals();

  it('completes a move-in once the agreement is signed', async () => {
    await suite.portal.owner.query(
      'update billing_settings set is_agreement_required = true where tenant_id = $1',
      [suite.tenant.id],
    );
    await suite.portal.owner.query(
      `insert into agreement_versions (tenant_id, id, locale, number, body)
       values ($1, gen_random_uuid(), 'en', 1, 'For {{customer}}')`,
      [suite.tenant.id],
    );
    const { id } = await suite.start({ is_reserved: true });
    const page = await suite.manager.visit(`/rentals/${id}`);
    expect(page.text).to.include('The agreement is not signed yet');
    expect((await page.submit('Complete move-in')).errors).to.eql(['The agreement must be signed first']);
    const agreement = await page.follow('Sign agreement');
    expect(agreement.text).to.include(`For ${suite.rentals.company.name}`);
    const signed = await agreement.submit('Sign agreement', { 'Your full name': 'Ann Lee' });
    expect(signed.text).to.include('Signed by Ann Lee');
    expect(signed.badges).to.include('Active');
    expect(await suite.events(id)).to.include.members([
      'agreement.signed',
      'rental.started',
      'rental.reserved',
    ]);
    await suite.portal.owner.query(
      'update billing_settings set is_agreement_required = false where tenant_id = $1',
      [suite.tenant.id],
    );
  });
});
