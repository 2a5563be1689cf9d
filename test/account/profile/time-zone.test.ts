import { expect } from 'chai';
import { createTenant, signedInCustomer, type TestTenant } from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { userRow } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';
import { findEventsOf } from '../../support/audit.ts';

const TIME_ZONE = '/account/profile/time-zone';

describe('/account/profile/time-zone', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal, { time_zone: 'Asia/Calcutta' });
  });

  it('offers the current names with their offsets', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const profile = await ada.visit('/account/profile');
    expect(profile.text).to.include('Asia/Kolkata (UTC+05:30)');
    const page = await profile.follow('Change Time zone');
    expect(page.form('Save changes').values()['time_zone']).to.equal('Asia/Kolkata');
    const labels = page.findAll('option').map((option) => option.text);
    expect(labels).to.include('Asia/Kolkata (UTC+05:30)').and.include('Asia/Ho Chi Minh (UTC+07:00)');
    for (const old of ['Calcutta', 'Kiev', 'Saigon', 'Rangoon', 'Godthab'])
      expect(labels.join(), old).to.not.include(old);
  });

  it('saves the time zone and keeps the other details', async () => {
    const ada = await signedInCustomer(portal, tenant, { phone: '+44 20 7946 0000', locale: 'en' });
    const page = await ada.visit(TIME_ZONE);
    const saved = await page.submit('Save changes', { 'Time zone': 'America/New_York' });
    expect([saved.path, saved.flashes]).to.eql(['/account/profile', ['Your changes have been saved.']]);
    expect(await userRow(portal, ada.person.id)).to.include({
      phone: '+44 20 7946 0000',
      locale: 'en',
      time_zone: 'America/New_York',
    });
    expect((await findEventsOf(portal, ada.person.id)).at(-1)!.changes).to.eql({
      time_zone: [null, 'America/New_York'],
    });
  });

  it('accepts a former name and stores the current one', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const page = await ada.visit(TIME_ZONE);
    expect((await ada.postFrom(page, TIME_ZONE, { time_zone: 'Europe/Kiev' })).status).to.equal(303);
    expect((await userRow(portal, ada.person.id))['time_zone']).to.equal('Europe/Kyiv');
  });

  it('refuses an unknown time zone', async () => {
    const ada = await signedInCustomer(portal, tenant);
    const page = await ada.visit(TIME_ZONE);
    for (const time_zone of ["Mars/Base'; drop table users", '+02:00']) {
      const response = await ada.postFrom(page, TIME_ZONE, { time_zone });
      const refused = await ada.arrive(TIME_ZONE, response);
      expect([refused.status, refused.errors], time_zone).to.eql([422, ['Select a time zone']]);
    }
  });

  it('redirects anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.account).visit(TIME_ZONE)).path).to.equal('/account/login');
  });
});
