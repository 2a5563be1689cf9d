import { expect } from 'chai';
import pino from 'pino';
import { exportedLists } from '../../src/operations/list-exports.ts';
import { countViews } from '../../src/tasks/count-views.ts';
import { createCustomer, createTenant, signedInStaff, type TestTenant } from '../support/factories.ts';
import type { StaffVisitor } from '../support/operations.ts';
import { startPortal, type OwnPortal } from '../support/portal.ts';
import { sql } from '../support/rows.ts';

describe('countViews', () => {
  let portal: OwnPortal;
  let tenant: TestTenant;
  let staff: StaffVisitor;

  before(async () => {
    portal = await startPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    staff = await signedInStaff(portal, tenant);
    for (const first_name of ['Ada', 'Ada', 'Bea']) await createCustomer(portal, tenant, { first_name });
  });
  after(() => portal.close());

  const run = () => {
    const deps = { database: portal.database, config: portal.config, log: pino({ level: 'silent' }) };
    return countViews(exportedLists).run(deps, () => false);
  };
  const save = async (query: string, list = 'users') => {
    const form = await staff.visit(`/views/new?list=${list}&query=${encodeURIComponent(query)}`);
    await form.submit('Save view', { Name: query });
  };
  const counts = async () => {
    const rows = await sql<{ query: string; row_count: number | null }>(
      portal,
      'select query, row_count from saved_views where tenant_id = $1 order by name_norm',
      [tenant.id],
    );
    return Object.fromEntries(rows.map(({ query, row_count }) => [query, row_count]));
  };
  const set = (columns: string) =>
    sql(portal, `update saved_views set ${columns} where tenant_id = $1`, [tenant.id]);

  it('counts the rows of new views', async () => {
    await save('q=ada');
    await save('sort=name');
    await run();
    expect(await counts()).to.eql({ 'q=ada': 2, 'sort=name': 3 });
  });

  it('counts again after five minutes when the view was shown since, and otherwise not', async () => {
    await save('q=ada');
    await run();
    await createCustomer(portal, tenant, { first_name: 'Ada' });
    await set(`shown_at = now() + interval '1 second'`);
    await run();
    expect(await counts(), 'younger than five minutes').to.eql({ 'q=ada': 2 });
    await set(`counted_at = now() - interval '6 minutes', shown_at = now() - interval '7 minutes'`);
    await run();
    expect(await counts(), 'not shown').to.eql({ 'q=ada': 2 });
    await set('shown_at = now()');
    await run();
    expect(await counts(), 'shown').to.eql({ 'q=ada': 3 });
  });

  it('leaves out filters that no longer exist, as the page does', async () => {
    await save('q=ada&status=gone&cf.colour=red');
    await run();
    expect(Object.values(await counts())).to.eql([2]);
  });

  it('counts the rows of the owner in a list of their own', async () => {
    await save('col=task&col=started', 'tasks');
    await run();
    expect(Object.values(await counts())).to.eql([0]);
  });

  it('stores no count after an error, and tries again only after five minutes', async () => {
    await save('q=ada');
    const broken = { ...exportedLists, users: { ...exportedLists.users, open: () => expect.fail('broken') } };
    const deps = { database: portal.database, config: portal.config, log: pino({ level: 'silent' }) };
    await countViews(broken).run(deps, () => false);
    await run();
    expect(await counts()).to.eql({ 'q=ada': null });
  });

  it('counts no view of a list that only another version has', async () => {
    await save('q=ada');
    await set(`list = 'gone'`);
    await run();
    expect(await counts()).to.eql({ 'q=ada': null });
  });
});
