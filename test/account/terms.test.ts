import { expect } from 'chai';
import { inTenant } from '../../src/database/in-tenant.ts';
import { systemActor } from '../../src/domain/actor.ts';
import { acceptTerms } from '../../src/domain/terms/terms-actions.ts';
import { findTermsInForce } from '../../src/domain/terms/terms-queries.ts';
import {
  createCustomer,
  createTenant,
  publishTerms,
  signedInCustomer,
  signIn,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { findEventNamesOf } from '../support/audit.ts';

describe('Terms and Conditions', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal, { name: 'Acme Storage' });
  });

  const enter = async (person: { email: string; password: string }) => {
    const login = await new Visitor(portal, tenant.account).visit('/account/login');
    return login.submit('Log in', { 'Email address': person.email, Password: person.password });
  };

  it('shows the version in force to anonymous users, with its headings', async () => {
    await publishTerms(
      portal,
      tenant,
      '1. <i>Manners</i>\nBe kind,\nalways.\n\n<b>Pay</b> in time & be merry.',
    );
    const page = await new Visitor(portal, tenant.account).visit('/account/terms');
    expect(page.h1).to.equal('Terms and Conditions');
    expect(page.text).to.include('Version 2, in force since');
    const texts = (selector: string) => page.findAll(selector).map(({ text }) => text);
    expect(texts('.prose h2')).to.deep.equal(['1. <i>Manners</i>']);
    expect(texts('.prose p')).to.deep.equal(['Be kind,\nalways.', '<b>Pay</b> in time & be merry.']);
    expect(page.html).to.include('&lt;b&gt;').and.include('&lt;i&gt;');
  });

  it('leads anonymous users back to the login page and customers to their account', async () => {
    const anonymous = await new Visitor(portal, tenant.account).visit('/account/terms');
    expect(anonymous.href('Back to login')).to.equal('/account/login');
    const customer = await (await signedInCustomer(portal, tenant)).visit('/account/terms');
    expect(customer.href('Back to my account')).to.equal('/account');
  });

  it('asks for agreement to a new version at the next login', async () => {
    const ada = await createCustomer(portal, tenant);
    expect((await enter(ada)).path).to.equal('/account');
    await publishTerms(portal, tenant, 'Be better.');
    const agreement = await enter(ada);
    expect(agreement.path).to.equal('/account/terms/agreement');
    expect(agreement.text).to.include('Be better.');

    const refused = await agreement.submit('Submit');
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.deep.equal(['Agree to the Terms and Conditions to continue']);
    const account = await refused.submit('Submit', { 'I agree to the Terms and Conditions': true });
    expect(account.path).to.equal('/account');
    expect(await findEventNamesOf(portal, ada.id)).to.include('user.terms_accepted');
    expect((await enter(ada)).path).to.equal('/account');
  });

  it('records one agreement when it is accepted twice', async () => {
    const ada = await createCustomer(portal, tenant, { terms: false });
    for (let n = 0; n < 2; n += 1)
      await inTenant(portal.database, tenant.id, async (db) => {
        const inForce = await findTermsInForce(db);
        return acceptTerms(db, systemActor('Tests'), ada, String(inForce!.number));
      });
    const events = await findEventNamesOf(portal, ada.id);
    expect(events.filter((event) => event === 'user.terms_accepted')).to.have.length(1);
  });

  it('asks again when a newer version was published before the form was submitted', async () => {
    const ada = await createCustomer(portal, tenant, { terms: false });
    const agreement = await enter(ada);
    await publishTerms(portal, tenant, 'Be the best.');
    const again = await agreement.submit('Submit', { 'I agree to the Terms and Conditions': true });
    expect(again.status).to.equal(422);
    expect(again.errors).to.deep.equal(['A new version has been published. Read it before you agree.']);
    expect(again.text).to.include('Be the best.');
    expect(await findEventNamesOf(portal, ada.id)).not.to.include('user.terms_accepted');
    const account = await again.submit('Submit', { 'I agree to the Terms and Conditions': true });
    expect(account.path).to.equal('/account');
  });

  it('refuses the agreement to a version that the form does not name', async () => {
    const ada = await createCustomer(portal, tenant, { terms: false });
    const visitor = await signIn(portal, tenant.account, ada);
    const agreement = await visitor.visit('/account/terms/agreement');
    for (const number of ['', '0', 'x', '1x']) {
      const body = { accept_terms: '1', number };
      const { status } = await visitor.postFrom(agreement, '/account/terms/agreement', body);
      expect(status, number).to.equal(422);
    }
    expect(await findEventNamesOf(portal, ada.id)).not.to.include('user.terms_accepted');
  });

  it('redirects every page except logging out to the agreement page until the user agrees', async () => {
    const ada = await createCustomer(portal, tenant, { terms: false });
    const agreement = await enter(ada);
    const visitor = new Visitor(portal, tenant.account);
    const login = await visitor.visit('/account/login');
    await login.submit('Log in', { 'Email address': ada.email, Password: ada.password });
    const closed = ['', '/units', '/billing', '/profile', '/profile/email', '/security'];
    for (const path of closed)
      expect((await visitor.visit(`/account${path}`)).path, path).to.equal('/account/terms/agreement');
    expect((await agreement.submit('Log out')).path).to.equal('/account/login');
  });

  it('does not ask for agreement during a session', async () => {
    const ada = await signedInCustomer(portal, tenant);
    await publishTerms(portal, tenant);
    expect((await ada.visit('/account')).path).to.equal('/account');
    expect((await ada.visit('/account/terms/agreement')).path).to.equal('/account');
  });

  it('redirects anonymous users from the agreement to the login page', async () => {
    const page = await new Visitor(portal, tenant.account).visit('/account/terms/agreement');
    expect(page.path).to.equal('/account/login');
  });

  it('does not show the terms of another tenant', async () => {
    const other = await createTenant(portal);
    await publishTerms(portal, other, 'Only theirs.');
    const page = await new Visitor(portal, tenant.account).visit('/account/terms');
    expect(page.text).to.not.include('Only theirs.');
  });
});
