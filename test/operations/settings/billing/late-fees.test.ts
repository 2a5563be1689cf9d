import { expect } from 'chai';
import { findAuditEvents } from '../../../support/audit.ts';
import { createTenant, signedInStaff, type TestTenant } from '../../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../../support/operations.ts';
import type { TestPortal } from '../../../support/portal.ts';
import { sql } from '../../../support/rows.ts';
import { createSite } from '../../../support/units.ts';
import { Visitor } from '../../../support/visitor.ts';

const NEW = '/settings/billing/late-fees/new';

describe('Late fees', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const add = async (fields: Record<string, string>) =>
    (await manager.visit(NEW)).submit('Add late fee', { 'Days after due': '10', ...fields });
  const rules = () => sql(portal, 'select * from late_fee_rules where tenant_id = $1', [tenant.id]);

  it('are added as an amount or a percentage, for all sites or one', async () => {
    await createSite(portal, tenant, 'North');
    const form = await (await manager.visit('/settings/billing')).follow('Add late fee');
    const page = await form.submit('Add late fee', {
      'Days after due': '30',
      Fee: '٢٥',
      'Minimum balance': '10',
      Site: 'North',
    });
    expect(page.path).to.equal('/settings/billing');
    expect(page.rows('North')[0]).to.include('25.00 USD 30 $10.00 North No tax');
    const percent = await add({ 'Or percent': '5' });
    expect(percent.rows('5 %')[0]).to.include('5 % 10 $0.00 All sites');
    const events = await findAuditEvents(portal, tenant, 'billing_settings.updated');
    expect(events.at(-1)!.changes).to.deep.equal({ late_fee: [null, '5 % after 10 days'] });
  });

  it('are removed after a confirmation', async () => {
    await add({ Fee: '7' });
    const confirm = await (await manager.visit('/settings/billing')).follow('Remove 7.00 USD');
    expect(confirm.h1).to.equal('Remove the late fee of 7.00 USD?');
    const page = await confirm.submit('Remove late fee');
    expect(page.rows('7.00 USD')).to.have.length(0);
    const events = await findAuditEvents(portal, tenant, 'billing_settings.updated');
    expect(events.at(-1)!.changes).to.deep.equal({ late_fee: ['7.00 USD after 10 days', null] });
  });

  it('are refused with bad values', async () => {
    const before = await rules();
    const errors = async (fields: Record<string, string>) => (await add(fields)).errors[0];
    expect(await errors({})).to.equal('Enter an amount, or a percentage below');
    expect(await errors({ Fee: '1', 'Or percent': '1' })).to.include('not both');
    for (const fee of ['0', '-1']) expect(await errors({ Fee: fee })).to.equal('Enter an amount above 0');
    expect(await errors({ Fee: '1.001' })).to.include('Enter an amount like');
    expect(await errors({ Fee: '1000000000000000000' })).to.match(/^Enter \d+\.00 or less$/);
    for (const percent of ['0', '101', '-1', 'x'])
      expect(await errors({ 'Or percent': percent }), percent).to.include('Enter a percentage');
    expect(await errors({ Fee: '1', 'Days after due': '0' })).to.include('from 1 to 365');
    expect(await errors({ Fee: '1', 'Minimum balance': '-1' })).to.equal('Enter 0 or an amount above 0');
    expect(await rules()).to.have.length(before.length);
  });

  it('are refused with the site or the tax rate of another tenant', async () => {
    const other = await createTenant(portal);
    const site = await createSite(portal, other);
    const page = await manager.visit(NEW);
    const body = { days_after_due: '5', fee: '1' };
    for (const foreign of [{ site_id: site.id }, { tax_rate_id: site.id }]) {
      const response = await manager.postFrom(page, '/settings/billing/late-fees', { ...body, ...foreign });
      expect(response.status).to.equal(422);
    }
  });

  it('return 404 for another tenant, 403 without the permission, and redirect anonymous users', async () => {
    await add({ Fee: '3' });
    const [rule] = await rules();
    const removal = `/settings/billing/late-fees/${String(rule!['id'])}/removal`;
    const stranger = await signedInStaff(portal, await createTenant(portal));
    expect((await stranger.visit(removal)).status).to.equal(404);
    expect((await stranger.postFrom(await stranger.visit('/users'), removal)).status).to.equal(404);
    const admin = await signedInStaff(portal, tenant, 'admin');
    const users = await admin.visit('/users');
    for (const path of [NEW, removal]) expect((await admin.visit(path)).status, path).to.equal(403);
    for (const path of ['/settings/billing/late-fees', removal])
      expect((await admin.postFrom(users, path)).status, path).to.equal(403);
    expect((await new Visitor(portal, tenant.operations).visit(NEW)).path).to.equal('/login');
  });
});
