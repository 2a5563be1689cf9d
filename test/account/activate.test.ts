import { expect } from 'chai';
import { findAuditEvents, findEventNamesOf } from '../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  type TestCompany,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { receiveEmail, userRow } from '../support/rows.ts';
import { Visitor } from '../support/visitor.ts';

const NEW = 'three random words';

describe('Activation', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let company: TestCompany;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal, { name: 'Northwind' });
    company = await createCompany(portal, tenant, { name: 'Analytical Engines Ltd' });
  });

  const anonymous = () => new Visitor(portal, tenant.account);
  const invited = () =>
    createCustomer(portal, tenant, { company, password: null, first_name: null, last_name: null });

  it('leads from the activation email through the set-password email to the login', async () => {
    const grace = await invited();
    const activation = await receiveEmail(portal, tenant, grace, 'accountActivation');
    expect(activation.subject).to.equal('Activate your Northwind account');
    expect((await userRow(portal, grace.id))['access']).to.equal('invited');

    const visitor = anonymous();
    const activate = await visitor.visit(activation.link);
    expect(activate.url).to.equal('/account/activate');
    const sent = await activate.submit('Submit', { Username: grace.email });
    expect(sent.path).to.equal('/account/activate/sent');
    expect(sent.text).to.include('we have sent password setup instructions');

    const setUp = await portal.mailbox.next(grace.email);
    expect(setUp.subject).to.equal('Set your password for Northwind');
    const page = await visitor.visit(setUp.link);
    expect(page.path).to.equal('/account/set-password');
    expect(page.text).to.include(`Your username is ${grace.email}.`);
    expect((await page.follow('Terms and Conditions', { within: 'I agree' })).path).to.equal(
      '/account/terms',
    );
    const done = await page.submit('Submit', {
      'New password': NEW,
      'I agree to the Terms and Conditions': true,
    });
    expect(done.path).to.equal('/account/set-password/done');
    expect(done.h1).to.equal('Your password is set');

    const login = await done.follow('Click here to login');
    const account = await login.submit('Log in', { 'Email address': grace.email, Password: NEW });
    expect(account.h1).to.equal('Your account');
    expect(account.text).to.include('Analytical Engines Ltd');
    expect(account.flashes).to.deep.equal(['Your email address is verified.']);
    expect((await userRow(portal, grace.id))['access']).to.equal('active');
    expect(await findEventNamesOf(portal, grace.id)).to.include.members([
      'user.password_set',
      'user.terms_accepted',
    ]);
  });

  it('sends active customers an email with a link to the login page', async () => {
    const ada = await createCustomer(portal, tenant);
    const page = await anonymous().visit('/account/activate');
    const sent = await page.submit('Submit', { Username: ada.email });
    expect(sent.path).to.equal('/account/activate/sent');
    const mail = await portal.mailbox.next(ada.email);
    expect(mail.subject).to.equal('You already have an account with Northwind');
    expect(mail.link).to.match(/\/account\/login$/);
  });

  it('shows the same page for an unknown address and sends no email', async () => {
    const page = await anonymous().visit('/account/activate');
    const sent = await page.submit('Submit', { Username: 'unknown@example.com' });
    expect(sent.path).to.equal('/account/activate/sent');
    await portal.runMail();
    expect(portal.mailbox.messages.filter((mail) => mail.to === 'unknown@example.com')).to.deep.equal([]);
  });

  it('shows an error for an invalid username', async () => {
    const page = await anonymous().visit('/account/activate');
    const refused = await page.submit('Submit', { Username: 'grace' });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.deep.equal([
      'Enter an email address in the correct format, like name@example.com',
    ]);
  });

  it('records the request for the activation link in the audit log', async () => {
    const other = await createTenant(portal);
    const grace = await createCustomer(portal, other, { password: null });
    const activation = await receiveEmail(portal, other, grace, 'accountActivation');
    const page = await new Visitor(portal, other.account).visit(activation.link);
    expect(await findAuditEvents(portal, other, 'user.activation_requested')).to.deep.equal([]);
    await page.submit('Submit', { Username: grace.email });
    expect(await findAuditEvents(portal, other, 'user.activation_requested')).to.have.length(1);
  });
});
