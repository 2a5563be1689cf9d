import { expect } from 'chai';
import { findEventsOf } from '../../support/audit.ts';
import { signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { createUnit } from '../../support/units.ts';

describe('The access code of a unit', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const createWithCode = async (code: string, accessCode: string) => {
    const unit = await createUnit(portal, tenant, { code });
    await (
      await manager.visit(`/units/${unit.id}/edit`)
    ).submit('Save changes', { 'Access code': accessCode });
    return unit;
  };

  it('is shown once after the button, and recorded', async () => {
    const unit = await createWithCode('K1', '4711#');
    const operations = await signedInStaff(portal, tenant, 'operations');
    const page = await operations.visit(`/units/${unit.id}`);
    expect(page.text).not.to.include('4711#');
    const shown = await page.submit('Show code');
    expect(shown.path).to.equal(`/units/${unit.id}`);
    expect(shown.text).to.include('4711#');
    expect((await operations.visit(`/units/${unit.id}`)).text).not.to.include('4711#');
    const events = await findEventsOf(portal, unit.id);
    expect(events.at(-1)).to.deep.equal({
      event: 'access_code.shown',
      actor_name: operations.person.name,
      changes: {},
    });
  });

  it('is refused to staff without the permission and missing for a unit without one', async () => {
    const unit = await createWithCode('K2', '0815');
    const driver = await signedInStaff(portal, tenant, 'driver');
    const page = await driver.visit(`/units/${unit.id}`);
    expect(page.buttons).not.to.include('Show code');
    expect((await driver.postFrom(page, `/units/${unit.id}/access-code`)).status).to.equal(403);
    const without = await createUnit(portal, tenant, { code: 'K3' });
    expect((await manager.visit(`/units/${without.id}`)).text).to.include('No access code is stored');
    const response = await manager.postFrom(page, `/units/${without.id}/access-code`);
    expect(response.status).to.be.oneOf([403, 404]);
  });
});
