import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';
import { createUnit } from '../../support/units.ts';
import { Visitor } from '../../support/visitor.ts';

const VALID = { Name: 'Small', Width: '2.5', Depth: '3', Height: '2.4', Price: '100.00', Deposit: '50' };

describe('Unit types', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const add = async (fields: Record<string, string>) =>
    (await manager.visit('/unit-types/new')).submit('Add unit type', { ...VALID, ...fields });

  it('explains unit types when there are none', async () => {
    const other = await createTenant(portal);
    const page = await (await signedInStaff(portal, other)).visit('/unit-types');
    expect(page.text).to.include('Add your first unit type');
    expect((await page.follow('Add unit type')).h1).to.equal('Add unit type');
  });

  it('are added with size, price, deposit and tax rate', async () => {
    const rate = await (
      await manager.visit('/settings/taxes/new')
    ).submit('Add tax rate', {
      Code: 'VAT20',
      Name: 'VAT',
      Rate: '20',
    });
    expect(rate.path).to.equal('/settings/taxes');
    const list = await add({ Name: 'Garage', 'Tax rate': 'VAT (20 %)' });
    expect(list.path).to.equal('/unit-types');
    expect(list.rows('Garage')).to.deep.equal(['Garage 2.5 × 3 × 2.4 m $100.00 $50.00 Show units Garage']);
    const [event] = await findAuditEvents(portal, tenant, 'unit_type.created');
    expect(event!.changes).to.deep.include({
      price: [null, '100.00'],
      width: [null, '2.5'],
      tax_rate: [null, 'VAT'],
    });
    const [row] = await sql(portal, "select width_mm, price_cents from unit_types where name = 'Garage'", []);
    expect(row).to.deep.equal({ width_mm: 2500, price_cents: '10000' });
  });

  it('have a link to their units', async () => {
    const unit = await createUnit(portal, tenant, { code: 'T1' });
    const list = await manager.visit('/unit-types');
    const units = await list.follow(`Show units ${unit.type.name}`);
    expect(units.url).to.equal(`/units?unit_type=${unit.type.id}`);
    expect(units.rows()).to.have.length(1);
  });

  it('accept Arabic digits and a decimal comma', async () => {
    const list = await add({ Name: 'Arabic', Width: '٢٫٥', Price: '١٢٣٫٤٥', Deposit: '0' });
    expect(list.rows('Arabic')[0]).to.include('2.5 × 3 × 2.4 m $123.45 —');
    expect((await add({ Name: 'Comma', Depth: '3,25' })).rows('Comma')[0]).to.include('2.5 × 3.25');
  });

  for (const [price, error] of Object.entries({
    '': 'Enter a price',
    '0': 'Enter an amount above 0',
    '-1': 'Enter an amount above 0',
    '1.005': 'Enter an amount like 12.50',
    '1000000000000000000': 'Enter 10000000000000.00 or less',
    ten: 'Enter an amount like 12.50',
  }))
    it(`are refused with the price "${price}"`, async () => {
      const page = await add({ Name: `Price ${price}`, Price: price });
      expect(page.status).to.equal(422);
      expect(page.errors).to.have.length(1);
      expect(page.errors[0]).to.include(error);
      expect(page.form('Add unit type').values()).to.deep.include({ price });
    });

  it('are refused with a negative deposit, an impossible length and a name that exists', async () => {
    await add({ Name: 'Existing' });
    expect((await add({ Name: 'Deposit', Deposit: '-5' })).errors).to.deep.equal([
      'Enter 0 or an amount above 0',
    ]);
    for (const width of ['0', '-2', '1001', '2.0001', 'wide'])
      expect((await add({ Name: 'Length', Width: width })).errors, width).to.deep.equal([
        'Enter a length in metres, like 2.5',
      ]);
    expect((await add({ Name: 'EXISTING' })).errors).to.deep.equal([
      'A unit type with this name already exists',
    ]);
  });

  it('are refused with the tax rate of another tenant', async () => {
    const other = await createTenant(portal);
    const staff = await signedInStaff(portal, other);
    await (
      await staff.visit('/settings/taxes/new')
    ).submit('Add tax rate', {
      Code: 'X',
      Name: 'X',
      Rate: '5',
    });
    const [rate] = await sql(portal, 'select id from tax_rates where tenant_id = $1', [other.id]);
    const response = await manager.postFrom(await manager.visit('/units'), '/unit-types', {
      name: 'Foreign',
      price: '1',
      tax_rate_id: String(rate!['id']),
    });
    expect(response.status).to.equal(422);
    expect(response.text).to.include('Select a tax rate');
  });

  it('return 403 to staff without the permission and redirect anonymous users', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.visit('/unit-types')).status).to.equal(200);
    expect((await driver.visit('/unit-types/new')).status).to.equal(403);
    expect(
      (await driver.postFrom(await driver.visit('/units'), '/unit-types', { name: 'Forced', price: '1' }))
        .status,
    ).to.equal(403);
    expect((await new Visitor(portal, tenant.operations).visit('/unit-types')).path).to.equal('/login');
  });
});
