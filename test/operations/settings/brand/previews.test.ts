import { expect } from 'chai';
import { signedInStaff, type TestTenant } from '../../../support/factories.ts';
import { createImage } from '../../../support/images.ts';
import { startOperations, type StaffVisitor } from '../../../support/operations.ts';
import type { TestPortal } from '../../../support/portal.ts';
import { Visitor } from '../../../support/visitor.ts';
import { BRAND, submitBrand } from './brand-page.ts';

const COLOUR = 'color=%23123456';

describe('Previews of the brand', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let query: string;
  let hash: string;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations({ name: 'Bay Storage', locale: 'ar' }));
    const page = await submitBrand(manager, {
      color: '#123456',
      action: 'preview',
      file: await createImage(),
    });
    query = page.url.split('?')[1]!;
    hash = new URLSearchParams(query).get('logo')!;
  });

  it('show the login page of customers with the draft, in the language of the tenant', async () => {
    const page = await manager.visit(`${BRAND}/login?${query}`);
    expect(page.find('html')!.getAttribute('lang')).to.equal('ar');
    expect(page.find('input[name="username"]')).not.to.equal(null);
    expect(page.find('.brand img')!.getAttribute('src')).to.equal(`/logo.${hash}.small.png`);
    const theme = await manager.get(page.find('link[href*="theme"]')!.getAttribute('href')!);
    expect(theme.headers['content-type']).to.include('text/css');
    expect(theme.text).to.include('--brand: #123456');
    expect(page.headers['content-security-policy'])
      .to.include("frame-ancestors 'self'")
      .and.include("form-action 'none'");
  });

  it('show an email with the draft, whose logo comes from the customer portal', async () => {
    const { text, headers } = await manager.get(`${BRAND}/email/html?${query}`);
    const origin = `http://${tenant.account}`;
    expect(text).to.include(`src="${origin}/logo.${hash}.large.png"`).and.include('alt="Bay Storage"');
    expect(text).to.include('#123456');
    expect(headers['content-security-policy']).to.include(`img-src ${origin};`).and.include('sandbox');
  });

  it('neither show nor consume the message of the page around them', async () => {
    const page = await manager.visit(BRAND);
    const { action: _, logo_file: __, ...values } = page.form('Save changes').values();
    await manager.uploadFrom(page, BRAND, { ...values, color: '#654321', action: 'save' }, []);
    expect((await manager.visit(`${BRAND}/login?${query}`)).flashes).to.deep.equal([]);
    expect((await manager.visit(BRAND)).flashes).to.deep.equal(['Your changes have been saved.']);
  });

  it('return 403 to roles other than Manager', async () => {
    const admin = await signedInStaff(portal, tenant, 'admin');
    for (const preview of ['login', 'email/html', 'theme'])
      expect((await admin.get(`${BRAND}/${preview}?${COLOUR}`)).status, preview).to.equal(403);
  });

  it('redirect anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.operations).visit(`${BRAND}/login`)).path).to.equal('/login');
  });
});
