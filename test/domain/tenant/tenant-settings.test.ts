import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import { systemActor } from '../../../src/domain/actor.ts';
import { tablesWithAmounts, updateBusiness } from '../../../src/domain/tenant/tenant-settings.ts';
import { createTenant, type TestTenant } from '../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';

const actor = systemActor('Tests');

describe('updateBusiness', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let other: TestTenant;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    other = await createTenant(portal);
  });

  const row = async ({ id }: TestTenant) =>
    (await portal.owner.query('select * from tenants where id = $1', [id])).rows[0];
  const inTransaction = <Result>(work: Parameters<typeof inTenant<Result>>[2]) =>
    inTenant(portal.database, tenant.id, work);

  it('changes the given fields of the current tenant only', async () => {
    const [before, untouched] = [await row(tenant), await row(other)];
    const { version } = before;
    await inTransaction((db) => updateBusiness(db, actor, { tax_number: 'GB 1', version }));
    const { updated_at: _, ...after } = await row(tenant);
    expect(after).to.deep.include({ name: before.name, tax_number: 'GB 1', version: version + 1 });
    expect(await row(other)).to.eql(untouched);
  });

  it('changes and records nothing when the values are the stored ones', async () => {
    const before = await row(tenant);
    const { name, version } = before;
    await inTransaction((db) => updateBusiness(db, actor, { name, version }));
    expect(await row(tenant)).to.eql(before);
  });

  it('lets one of two parallel changes of the same version pass', async () => {
    const { version } = await row(tenant);
    const results = await Promise.all(
      ['One', 'Two', 'Three'].map((name) =>
        inTransaction((db) => updateBusiness(db, actor, { name, version })),
      ),
    );
    expect(results.map(({ ok }) => ok)).to.have.members([true, false, false]);
  });

  it('cannot be used to change the status or the hosts of a tenant', async () => {
    const before = await row(tenant);
    const forged = JSON.stringify({
      id: other.id,
      slug: 'taken',
      status: 'suspended',
      primary_host: 'evil.example',
      name: 'Honest',
    });
    await inTransaction((db) => db.raw('select update_tenant(?::jsonb, ?::int)', [forged, before.version]));
    const { id, slug, status, primary_host } = before;
    expect(await row(tenant)).to.deep.include({ id, slug, status, primary_host, name: 'Honest' });
  });
});

describe('tablesWithAmounts', () => {
  it('returns the tables with a column in cents', () => {
    const tables = {
      invoices: { total_cents: 'bigint' },
      users: { name: 'text' },
      rates: { percent: 'int' },
    };
    expect(tablesWithAmounts(tables)).to.eql(['invoices']);
  });
});
