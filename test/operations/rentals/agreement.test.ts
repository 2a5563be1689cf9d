import { expect } from 'chai';
import { findEventNamesOf } from '../../support/audit.ts';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { accepted, TestRentals } from '../../support/rentals.ts';

const today = new Date().toISOString().slice(0, 10);

describe('The agreement of a rental', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let rentals: TestRentals;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations({ time_zone: 'UTC' }));
  });
  beforeEach(async () => {
    rentals = new TestRentals(portal, tenant, await createCompany(portal, tenant));
  });
  after(() => portal.close());

  const start = async (values: Parameters<TestRentals['moveIn']>[1] = {}, day = today) =>
    accepted(await rentals.moveIn(day, { today, ...values })).rental;

  const events = (id: string) => findEventNamesOf(portal, id);

  it('completes a move-in once the agreement is signed', async () => {
    await portal.owner.query(
      'update billing_settings set is_agreement_required = true where tenant_id = $1',
      [tenant.id],
    );
    await portal.owner.query(
      `insert into agreement_versions (tenant_id, id, locale, number, body)
       values ($1, gen_random_uuid(), 'en', 1, 'For {{customer}}')`,
      [tenant.id],
    );
    const { id } = await start({ is_reserved: true });
    const page = await manager.visit(`/rentals/${id}`);
    expect(page.text).to.include('The agreement is not signed yet');
    expect((await page.submit('Complete move-in')).errors).to.eql(['The agreement must be signed first']);
    const agreement = await page.follow('Sign agreement');
    expect(agreement.text).to.include(`For ${rentals.company.name}`);
    const signed = await agreement.submit('Sign agreement', { 'Your full name': 'Ann Lee' });
    expect(signed.text).to.include('Signed by Ann Lee');
    expect(signed.badges).to.include('Active');
    expect(await events(id)).to.include.members(['agreement.signed', 'rental.started', 'rental.reserved']);
    await portal.owner.query(
      'update billing_settings set is_agreement_required = false where tenant_id = $1',
      [tenant.id],
    );
  });
});
