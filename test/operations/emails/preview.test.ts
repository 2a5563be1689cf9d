import { expect } from 'chai';
import { newId } from '../../../src/database/new-id.ts';
import { createCompany, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { Visitor } from '../../support/visitor.ts';

describe('Preview of an email', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('shows the email with a masked link', async () => {
    const page = await manager.visit('/emails/preview/accountActivation');
    expect(page.h1).to.equal('Preview of accountActivation-EJS');
    expect(page.text).to.include('/account/activate');
    const frame = page.find('iframe')!;
    expect(frame.getAttribute('sandbox')).to.equal('');
    expect(frame.getAttribute('src')).to.equal('/emails/preview/accountActivation/html');
  });

  it('returns the HTML with a policy that allows no scripts', async () => {
    const html = await manager.get('/emails/preview/accountInvitation/html');
    expect(html.status).to.equal(200);
    expect(html.text).to.include('Accept invitation').and.include('••••').and.include(manager.person.name);
    expect(html.headers['content-security-policy']).to.include("default-src 'none'").and.include('sandbox');
  });

  it('shows the company and the address of the customer who is being added', async () => {
    const company = await createCompany(portal, tenant, { name: 'Engines & Sons' });
    const form = await manager.visit(`/customers/companies/${company.id}/customers/new`);
    const link = form.href('accountInvitation (opens in a new tab)');
    expect(link).to.equal(`/emails/preview/accountInvitation?company=${company.id}`);
    const page = await manager.visit(`${link}&username=Ada@Example.org`);
    expect(page.text).to.include('Engines & Sons').and.include('ada@example.org');
    expect(page.text).to.not.include('Analytical Engines').and.not.include('name@example.com');
    const html = await manager.get(page.find('iframe')!.getAttribute('src')!);
    expect(html.text).to.include('Engines &amp; Sons').and.include('ada@example.org');
    for (const unknown of ['x', newId(), `${company.id}&company=${company.id}`])
      expect((await manager.get(`/emails/preview/accountInvitation?company=${unknown}`)).status).to.equal(
        404,
      );
    const typed = await manager.visit(`${link}&username=no+address`);
    expect(typed.text).to.include('name@example.com');
  });

  it('returns 404 for templates that are not offered', async () => {
    for (const name of ['resetPassword', 'constructor', 'x']) {
      expect((await manager.get(`/emails/preview/${name}`)).status, name).to.equal(404);
      expect((await manager.get(`/emails/preview/${name}/html`)).status, name).to.equal(404);
    }
  });

  it('returns 403 to a Driver', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    for (const path of ['/emails/preview/accountActivation', '/emails/preview/accountActivation/html'])
      expect((await driver.get(path)).status, path).to.equal(403);
  });

  it('redirects anonymous users to the login page', async () => {
    const page = await new Visitor(portal, tenant.operations).visit('/emails/preview/accountActivation');
    expect(page.path).to.equal('/login');
  });
});
