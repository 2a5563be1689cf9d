import { expect } from 'chai';
import { findEventsOf } from '../../support/audit.ts';
import { createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { createUnitType } from '../../support/units.ts';
import { Visitor } from '../../support/visitor.ts';

describe('A unit type', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('is edited', async () => {
    const type = await createUnitType(portal, tenant, { name: 'Medium', price_cents: 12_345n });
    const form = await (await manager.visit('/unit-types')).follow('Medium');
    expect(form.form('Save changes').values()).to.deep.include({
      price: '123.45',
      deposit: '0.00',
      width: '',
    });
    const list = await form.submit('Save changes', { Price: '130', Width: '2' });
    expect(list.path).to.equal('/unit-types');
    expect(list.rows('Medium')[0]).to.include('$130.00');
    const [event] = await findEventsOf(portal, type.id);
    expect(event).to.deep.include({
      event: 'unit_type.updated',
      changes: { price: ['123.45', '130.00'], width: ['', '2'] },
    });
  });

  it('keeps a tax rate that was retired', async () => {
    const taxes = await manager.visit('/settings/taxes/new');
    await taxes.submit('Add tax rate', { Code: 'OLD', Name: 'Old VAT', Rate: '17.5' });
    const form = await manager.visit('/unit-types/new');
    await form.submit('Add unit type', { Name: 'Taxed', Price: '10', 'Tax rate': 'Old VAT (17.5 %)' });
    const retired = await manager.visit('/settings/taxes');
    await (await retired.follow('Retire Old VAT')).submit('Retire tax rate');
    const edit = await (await manager.visit('/unit-types')).follow('Taxed');
    await edit.submit('Save changes', { Price: '11' });
    const again = await (await manager.visit('/unit-types')).follow('Taxed');
    expect(again.form('Save changes').values()).to.deep.include({ price: '11.00' });
    expect(again.form('Save changes').values()['tax_rate_id']).not.to.equal('');
    expect((await manager.visit('/unit-types/new')).text).not.to.include('Old VAT');
  });

  it('is refused when it was changed meanwhile or the name is taken', async () => {
    const type = await createUnitType(portal, tenant, { name: 'Large' });
    await createUnitType(portal, tenant, { name: 'Huge' });
    const form = await manager.visit(`/unit-types/${type.id}/edit`);
    expect((await form.submit('Save changes', { Name: 'huge' })).errors).to.deep.equal([
      'A unit type with this name already exists',
    ]);
    await form.submit('Save changes', { Price: '200' });
    const stale = await form.submit('Save changes', { Price: '300' });
    expect(stale.status).to.equal(422);
    expect(stale.errors[0]).to.include('Someone changed this after you opened this page');
    expect(stale.find('#stored')!.text).to.include('200.00');
  });

  it('is refused with bad amounts and changes nothing', async () => {
    const type = await createUnitType(portal, tenant, { name: 'Stable' });
    const form = await manager.visit(`/unit-types/${type.id}/edit`);
    for (const price of ['', '0', '-1', '0.001', '1000000000000000000'])
      expect((await form.submit('Save changes', { Price: price })).status, price).to.equal(422);
    expect((await manager.visit('/unit-types')).rows('Stable')[0]).to.include('$100.00');
  });

  it('returns 404 for another tenant, 403 without the permission, and redirects anonymous users', async () => {
    const other = await createTenant(portal);
    const foreign = await createUnitType(portal, other);
    expect((await manager.visit(`/unit-types/${foreign.id}/edit`)).status).to.equal(404);
    expect(
      (await manager.postFrom(await manager.visit('/units'), `/unit-types/${foreign.id}`, { name: 'Mine' }))
        .status,
    ).to.equal(404);
    const type = await createUnitType(portal, tenant, { name: 'Guarded' });
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.visit(`/unit-types/${type.id}/edit`)).status).to.equal(403);
    expect(
      (await driver.postFrom(await driver.visit('/units'), `/unit-types/${type.id}`, { name: 'Mine' }))
        .status,
    ).to.equal(403);
    const visitor = new Visitor(portal, tenant.operations);
    expect((await visitor.visit(`/unit-types/${type.id}/edit`)).path).to.equal('/login');
  });
});
