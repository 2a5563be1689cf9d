import { expect } from 'chai';
import { signedInStaff, type TestTenant } from '../../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../../support/operations.ts';
import type { TestPortal } from '../../../support/portal.ts';
import { Visitor } from '../../../support/visitor.ts';
import { BRAND } from './brand-page.ts';

describe('/settings/brand', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations({ brand: { color: '#ffd400' } }));
  });

  it('shows the colour with the contrast of the texts in it', async () => {
    const page = await (await manager.visit('/settings')).follow('Brand');
    expect(page.find('#color')!.getAttribute('value')).to.equal('#ffd400');
    expect(page.rows('Text on buttons')[0]).to.include('black').and.include('14.7:1');
    expect(page.rows('Links on white')[0]).to.match(/#[0-9a-f]{6}, adjusted to be readable 5\.0:1/);
    expect(page.rows('Links in dark mode')[0]).to.include('#ffd400, as chosen');
  });

  it('shows a draft of the URL, and the stored brand for invalid parameters', async () => {
    const draft = await manager.visit(`${BRAND}?color=%23123456&logo=`);
    expect(draft.find('#color')!.getAttribute('value')).to.equal('#123456');
    expect(draft.links).to.include('Revert');
    for (const query of ['color=red%22%3E&logo=x', 'color[]=%23123456', 'logo=../../x', 'logo=%00']) {
      const page = await manager.visit(`${BRAND}?${query}`);
      expect(page.find('#color')!.getAttribute('value'), query).to.equal('#ffd400');
      expect(page.links, query).to.not.include('Revert');
    }
  });

  it('frames its own previews only', async () => {
    const page = await manager.visit(BRAND);
    expect(page.headers['content-security-policy']).to.include("frame-src 'self'");
    expect(page.findAll('iframe').map((frame) => frame.getAttribute('src')!.split('?')[0])).to.eql([
      `${BRAND}/login`,
      `${BRAND}/email/html`,
    ]);
  });

  it('returns 403 to roles other than Manager', async () => {
    for (const role of ['admin', 'operations', 'driver']) {
      const staff = await signedInStaff(portal, tenant, role);
      expect((await staff.visit('/customers/companies')).links, role).to.not.include('Brand');
      expect((await staff.get(BRAND)).status, role).to.equal(403);
    }
  });

  it('redirects anonymous users to the login page', async () => {
    expect((await new Visitor(portal, tenant.operations).visit(BRAND)).path).to.equal('/login');
  });
});
