import { expect } from 'chai';
import {
  createCompany,
  createCustomer,
  createTenant,
  type TestCompany,
  type TestTenant,
} from '../support/factories.ts';
import { sharedPortal, type TestPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';
import { receiveEmail, userRow } from '../support/rows.ts';
import { findEventNamesOf } from '../support/audit.ts';

const NEW = 'three random words';

describe('Set password', () => {
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

  it('requires agreement to the terms and sets the access to opened after the first submitted form', async () => {
    const grace = await invited();
    await receiveEmail(portal, tenant, grace, 'accountActivation');
    const visitor = anonymous();
    await (await visitor.visit('/account/activate')).submit('Submit', { Username: grace.email });
    const page = await visitor.visit((await portal.mailbox.next(grace.email)).link);
    expect((await userRow(portal, grace.id))['access']).to.equal('invited');
    const refused = await page.submit('Submit', { 'New password': NEW });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.deep.equal(['Agree to the Terms and Conditions to continue']);
    expect(await userRow(portal, grace.id)).to.deep.include({ access: 'opened', password_hash: null });
  });

  it('saves the password and shows the page that leads to the login', async () => {
    const grace = await invited();
    const { link } = await receiveEmail(portal, tenant, grace, 'setPassword');
    const page = await anonymous().visit(link);
    expect(page.path).to.equal('/account/set-password');
    const done = await page.submit('Submit', { 'New password': NEW, accept_terms: true });
    expect(done.path).to.equal('/account/set-password/done');
    expect(done.href('Click here to login')).to.equal('/account/login');
    expect((await userRow(portal, grace.id))['password_hash']).to.not.equal(null);
    expect(await findEventNamesOf(portal, grace.id)).to.include('user.password_set');
  });

  it('keeps the link when the new password is invalid', async () => {
    const grace = await invited();
    const { link } = await receiveEmail(portal, tenant, grace, 'setPassword');
    const page = await anonymous().visit(link);
    const refused = await page.submit('Submit', { 'New password': 'short', accept_terms: true });
    expect(refused.status).to.equal(422);
    expect(refused.errors).to.deep.equal(['Password must be 12 characters or more']);
    const done = await refused.submit('Submit', { 'New password': NEW, accept_terms: true });
    expect(done.path).to.equal('/account/set-password/done');
  });

  it('shows the error page for an unknown token', async () => {
    const page = await anonymous().visit('/account/set-password?token=unknown');
    expect(page.status).to.equal(410);
    expect(page.buttons).to.not.include('Submit');
  });
});
