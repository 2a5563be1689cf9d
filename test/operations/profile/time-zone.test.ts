import { expect } from 'chai';
import { createStaff, signIn, type TestTenant } from '../../support/factories.ts';
import { startOperations } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { userRow } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

const TIME_ZONE = '/profile/time-zone';

describe('/profile/time-zone', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    ({ portal, tenant } = await startOperations());
  });

  it('saves the time zone of staff', async () => {
    const dan = await createStaff(portal, tenant, { role: 'driver' });
    const visitor = await signIn(portal, tenant.operations, dan);
    const page = await (await visitor.visit('/profile')).follow('Change Time zone');
    const saved = await page.submit('Save changes', { 'Time zone': 'America/New_York' });
    expect([saved.path, saved.flashes]).to.eql(['/profile', ['Your changes have been saved.']]);
    expect((await userRow(portal, dan.id))['time_zone']).to.equal('America/New_York');
  });

  it('redirects anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.operations).visit(TIME_ZONE)).path).to.equal('/login');
  });
});
