import { expect } from 'chai';
import { accessTenant, readTenant } from '../../../src/database/in-tenant.ts';
import { UNRESTRICTED, type Viewer } from '../../../src/database/scope.ts';
import { findSummary } from '../../../src/domain/dashboard/dashboard-queries.ts';
import { refreshSummary } from '../../../src/domain/dashboard/refresh-summary.ts';
import { Forbidden } from '../../../src/errors.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('refreshSummary', () => {
  let portal: TestPortal;
  let tenant: TestTenant;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
  });

  const access = (viewer: Viewer) => accessTenant(portal.database, tenant.id, viewer);
  const refresh = (minSeconds = 0) => refreshSummary(access(UNRESTRICTED), minSeconds);
  const summary = async (viewer: Viewer = UNRESTRICTED) => {
    const [found] = await readTenant(portal.database, tenant.id, (db) => [findSummary(db)], viewer);
    return found;
  };

  it('stores exact amounts beyond the numbers of JSON', async () => {
    const account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
    await account.issue(9_007_199_254_740_993n, { due_on: '2099-01-31' });
    await refresh();
    expect((await summary())!.figures.receivables[0]!.current_cents).to.equal(9_007_199_254_740_993n);
  });

  it('calculates once when it is called several times at the same moment', async () => {
    const results = await Promise.all(Array.from({ length: 4 }, () => refresh(60)));
    expect(results.filter(Boolean)).to.have.length(1);
  });

  it('neither shows sums to staff with a restricted scope nor lets them refresh', async () => {
    await refresh();
    const viewer: Viewer = { id: null, scope: { kind: 'restricted', company_ids: [], site_ids: [] } };
    expect(await summary(viewer)).to.equal(null);
    const error = await refreshSummary(access(viewer), 0).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Forbidden);
  });

  it('replaces figures of a former release, which are not shown', async () => {
    await refresh();
    await sql(portal, `update dashboard_summaries set figures = '{"sites": 1}' where tenant_id = $1`, [
      tenant.id,
    ]);
    expect(await summary()).to.equal(null);
    await refresh();
    expect((await summary())!.figures.sites).to.eql([]);
  });
});
