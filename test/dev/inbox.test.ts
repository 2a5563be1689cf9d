import { expect } from 'chai';
import { createCustomer, createTenant } from '../support/factories.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { Visitor } from '../support/visitor.ts';

describe('Dev inbox', () => {
  let portal: OwnPortal;
  let visitor: Visitor;

  before(async () => {
    portal = await startPortal({ env: { SMTP_URL: '' } });
    visitor = new Visitor(portal, portal.config.operationsDomain);
  });
  after(() => portal.close());

  it('explains the inbox while it is empty', async () => {
    const page = await visitor.visit('/dev/inbox');
    expect(page.h1).to.equal('Dev inbox');
    expect(page.text).to.include('No emails yet');
  });

  it('shows an email with its link, text, headers and HTML', async () => {
    const tenant = await createTenant(portal, { name: 'Bay Storage' });
    const { email } = await createCustomer(portal, tenant);
    const customer = new Visitor(portal, tenant.account);
    const form = await customer.visit('/account/forgot-password');
    await form.submit('Send password reset email', { username: email });
    await portal.runMail();

    const list = await visitor.visit('/dev/inbox');
    expect(list.rows(email)[0]).to.include('Reset your Bay Storage password').and.include('Bay Storage');
    const mail = await list.follow('Reset your Bay Storage password');
    const link = mail.links.find((name) => name.includes('token='))!;
    expect(link).to.match(/^http:\/\/.+\/account\/reset-password\?token=[\w-]{43}$/);
    expect(mail.text)
      .to.include('Auto-Submitted: auto-generated')
      .and.include('This link works for 60 minutes');
    expect((await customer.visit(link)).h1).to.equal('Create a new password');

    const html = await visitor.get(`${mail.path}/html`);
    expect(html.text).to.include(`href="${link}"`);
    expect(html.headers['content-security-policy'])
      .to.match(/sandbox/)
      .and.not.match(/script-src|allow-scripts/);
    expect(mail.headers['content-security-policy']).to.include("frame-src 'self'");
  });

  it('returns 404 for unknown ids and path traversal', async () => {
    for (const id of ['..%2fsecret-key', '%2e%2e%2fsecret-key', '01890000-0000-7000-8000-000000000000']) {
      expect((await visitor.get(`/dev/inbox/${id}`)).status).to.equal(404);
      expect((await visitor.get(`/dev/inbox/${id}/html`)).status).to.equal(404);
    }
  });

  it('returns 404 on the hosts of a tenant', async () => {
    const tenant = await createTenant(portal);
    for (const host of [tenant.account, tenant.operations]) {
      expect((await new Visitor(portal, host).get('/dev/inbox')).status).to.equal(404);
    }
  });

  it('is absent when the server listens on all network interfaces', async () => {
    const open = await startPortal({ env: { SMTP_URL: '', HOST: '0.0.0.0' } });
    try {
      const other = new Visitor(open, open.config.operationsDomain);
      expect((await other.get('/dev/inbox')).status).to.not.equal(200);
    } finally {
      await open.close();
    }
  });
});
