import { expect } from 'chai';
import { createDomain, createTenant, type TestTenant } from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

describe('TenantDirectory', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal, { name: 'Kept Lockers' });
    portal.directory.clear();
  });

  it('returns the cached tenant until clear() is called', async () => {
    const first = await portal.directory.bySlug(tenant.slug);
    await portal.owner.query("update tenants set name = 'Renamed Lockers' where id = $1", [tenant.id]);
    expect(await portal.directory.bySlug(tenant.slug)).to.equal(first);
    portal.directory.clear();
    expect(await portal.directory.bySlug(tenant.slug)).to.include({ name: 'Renamed Lockers' });
  });

  it('reads a forgotten tenant again under each of its hosts, and no other tenant', async () => {
    const other = await createTenant(portal);
    const domain = await createDomain(portal, tenant, 'forgotten.example');
    const find = () =>
      Promise.all([
        portal.directory.bySlug(tenant.slug),
        portal.directory.byDomain(domain),
        portal.directory.bySlug(other.slug),
      ]);
    const before = await find();
    portal.directory.forget(tenant.id);
    const after = await find();
    expect(after[0]).not.to.equal(before[0]);
    expect(after[1]).not.to.equal(before[1]);
    expect(after[2]).to.equal(before[2]);
  });

  it('keeps cached tenants when many unknown hosts are looked up', async () => {
    const known = await portal.directory.bySlug(tenant.slug);
    for (let n = 0; n < 1_500; n++) await portal.directory.bySlug(`unknown-${n}`);
    expect(await portal.directory.bySlug(tenant.slug)).to.equal(known);
  });
});
