import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { Visitor } from '../../support/visitor.ts';

const TAXES = '/settings/taxes';

describe('/settings/taxes', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const add = async (fields: Record<string, string | boolean>) =>
    (await manager.visit(`${TAXES}/new`)).submit('Add tax rate', { Name: 'VAT', Rate: '20', ...fields });
  const idOf = async (code: string) => {
    const [row] = await sql(portal, 'select id from tax_rates where tenant_id = $1 and code = $2', [
      tenant.id,
      code,
    ]);
    return String(row!['id']);
  };

  it('explains taxes when there are none, and that tax is rounded per line', async () => {
    const other = await createTenant(portal);
    const page = await (await (await signedInStaff(portal, other)).visit('/settings')).follow('Taxes');
    expect(page.path).to.equal(TAXES);
    expect(page.text).to.include('No tax rates yet').and.include('Tax is rounded on each line');
  });

  it('adds rates in percent, stored in millionths', async () => {
    const page = await add({ Code: 'NY', Name: 'Sales tax', Rate: '8.875', 'Included in price': true });
    expect(page.flashes).to.deep.equal(['Sales tax was added.']);
    expect(page.rows('Sales tax')[0]).to.include('Sales tax NY 8.875 % Yes');
    const [row] = await sql(portal, "select rate_ppm, is_inclusive from tax_rates where code = 'NY'", []);
    expect(row).to.deep.equal({ rate_ppm: 88_750, is_inclusive: true });
    const [event] = await findAuditEvents(portal, tenant, 'tax_rate.created');
    expect(event!.changes).to.deep.include({ rate: [null, '8.875 %'], is_inclusive: [null, true] });
  });

  it('accepts a decimal comma, a percent sign and Arabic digits', async () => {
    for (const [code, rate, shown] of [
      ['COMMA', '7,7', '7.7 %'],
      ['SIGN', '19 %', '19 %'],
      ['ARABIC', '٥٫٥', '5.5 %'],
      ['ZERO', '0', '0 %'],
    ] as const)
      expect((await add({ Code: code, Rate: rate })).rows(code)[0], code).to.include(shown);
  });

  it('refuses missing and impossible values and a code that exists', async () => {
    for (const rate of ['-1', '100.1', '8.87555', 'ten', '1000000000000000000'])
      expect((await add({ Code: 'BAD', Rate: rate })).errors, rate).to.deep.equal([
        'Enter a percentage from 0 to 100, like 8.875',
      ]);
    expect((await add({ Code: '', Name: '', Rate: '' })).errors).to.deep.equal([
      'Enter a code',
      'Enter a name',
      'Enter a rate',
    ]);
    await add({ Code: 'ONCE' });
    const taken = await add({ Code: 'once' });
    expect(taken.status).to.equal(422);
    expect(taken.errors[0]).to.include('A tax rate with the code once already exists');
  });

  it('has one default, which can be changed', async () => {
    const first = await add({ Code: 'D1', Name: 'First', Default: true });
    expect(first.rows('First')[0]).to.include('Default');
    const second = await add({ Code: 'D2', Name: 'Second', Default: true });
    expect(second.rows('First')[0]).not.to.include(' Default');
    const page = await second.submit('Make default First');
    expect(page.flashes).to.deep.equal(['First is the default now.']);
    expect(page.rows('Second')[0]).to.include('Active');
    const [event] = await findAuditEvents(portal, tenant, 'billing_settings.updated');
    expect(event).to.deep.include({ target_name: 'First', changes: { is_default: [false, true] } });
  });

  it('retires a rate after a confirmation and frees its code', async () => {
    const list = await add({ Code: 'OLD', Name: 'Old rate', Rate: '17.5' });
    const confirm = await list.follow('Retire Old rate');
    expect(confirm.h1).to.equal('Retire Old rate, 17.5 %?');
    const page = await confirm.submit('Retire tax rate');
    expect(page.rows('Old rate')[0]).to.include('Retired').and.not.include('Make default');
    expect((await findAuditEvents(portal, tenant, 'tax_rate.retired'))[0]!.target_name).to.equal('Old rate');
    const id = await idOf('OLD');
    expect((await manager.visit(`${TAXES}/${id}/retirement`)).path).to.equal(TAXES);
    for (const path of ['default', 'retirement'])
      expect((await manager.postFrom(page, `${TAXES}/${id}/${path}`)).status, path).to.equal(404);
    expect((await add({ Code: 'OLD', Name: 'New rate' })).rows('New rate')).to.have.length(1);
  });

  it('returns 404 for another tenant, 403 without the permission, and redirects anonymous users', async () => {
    await add({ Code: 'MINE' });
    const id = await idOf('MINE');
    const other = await createTenant(portal);
    const stranger = await signedInStaff(portal, other);
    const page = await stranger.visit(TAXES);
    expect((await stranger.visit(`${TAXES}/${id}/retirement`)).status).to.equal(404);
    for (const path of ['default', 'retirement'])
      expect((await stranger.postFrom(page, `${TAXES}/${id}/${path}`)).status, path).to.equal(404);
    const admin = await signedInStaff(portal, tenant, 'admin');
    const users = await admin.visit('/users');
    for (const path of [TAXES, `${TAXES}/new`, `${TAXES}/${id}/retirement`])
      expect((await admin.visit(path)).status, path).to.equal(403);
    for (const path of ['', `/${id}/default`, `/${id}/retirement`])
      expect((await admin.postFrom(users, TAXES + path)).status, path).to.equal(403);
    expect((await new Visitor(portal, tenant.operations).visit(TAXES)).path).to.equal('/login');
  });
});
