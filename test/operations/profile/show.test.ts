import { expect } from 'chai';
import { createStaff, signedInStaff, signIn } from '../../support/factories.ts';
import { findEventNamesOf, findEventsOf } from '../../support/audit.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import type { TestTenant } from '../../support/factories.ts';
import { userRow } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

describe('The profile of staff', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('is linked in the menu and saves phone and language', async () => {
    const dan = await signedInStaff(portal, tenant, 'driver');
    const page = await (await dan.visit('/users')).follow('Profile');
    expect(page.path).to.equal('/profile');
    const saved = await page.submit('Save changes', {
      Phone: '+49 30 1234567',
      Language: 'العربية',
    });
    expect([saved.path, saved.flashes]).to.deep.equal(['/profile', ['Your changes have been saved.']]);
    expect(await userRow(portal, dan.person.id)).to.deep.include({
      phone: '+49 30 1234567',
      locale: 'ar',
    });
    const [updated] = (await findEventsOf(portal, dan.person.id)).filter(
      ({ event }) => event === 'user.updated',
    );
    expect(updated!.changes['phone']).to.deep.equal([null, '+49 30 1234567']);
  });

  it('shows the name, which a Manager can change', async () => {
    const dan = await signedInStaff(portal, tenant, 'driver');
    const page = await dan.visit('/profile');
    expect(page.text).to.include('First name Ada').and.include('To change your name, ask a Manager.');
    await dan.postFrom(page, '/profile', { phone: '', locale: 'en', time_zone: 'UTC', first_name: 'Eve' });
    expect((await userRow(portal, dan.person.id))['first_name']).to.equal('Ada');
    const own = await manager.visit('/profile');
    expect(own.text).to.not.include('ask a Manager');
    const edited = await (
      await own.follow('Change First name')
    ).submit('Save changes', { 'First name': 'Grace' });
    expect(edited.h1).to.match(/^Grace /);
  });

  it('asks a person without a name once', async () => {
    const person = await createStaff(portal, tenant, { first_name: null, last_name: null });
    const visitor = await signIn(portal, tenant.operations, person);
    const page = await visitor.visit('/profile');
    const refused = await page.submit('Save changes', { 'Last name': 'Hopper' });
    expect(refused.errors).to.deep.equal(['Enter a first name']);
    const named = await refused.submit('Save changes', { 'First name': 'Grace', 'Last name': 'Hopper' });
    expect(named.text).to.include('First name Grace');
    expect(named.find('[name="first_name"]')).to.equal(null);
    expect((await userRow(portal, person.id))['name']).to.equal('Grace Hopper');
    // The form of another tab that was opened before.
    await page.submit('Save changes', { 'First name': 'Eve', 'Last name': 'Mallory' });
    expect((await userRow(portal, person.id))['name']).to.equal('Grace Hopper');
    expect(await findEventNamesOf(portal, person.id)).to.include('user.updated');
  });

  it('redirects anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.operations).visit('/profile')).path).to.equal('/login');
  });
});
