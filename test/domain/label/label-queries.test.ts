import { expect } from 'chai';
import { inTenant } from '../../../src/database/in-tenant.ts';
import type { Viewer } from '../../../src/database/scope.ts';
import { listCountedLabels } from '../../../src/domain/label/label-queries.ts';
import { createCompany, createCustomer, createTenant } from '../../support/factories.ts';
import { createLabel } from '../../support/labels.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('listCountedLabels', () => {
  let portal: TestPortal;

  before(async () => {
    portal = await sharedPortal();
  });

  it('counts only the rows that restricted staff may see', async () => {
    const tenant = await createTenant(portal);
    const [seen, hidden] = [await createCompany(portal, tenant), await createCompany(portal, tenant)];
    const ada = await createCustomer(portal, tenant, { company: seen });
    const bea = await createCustomer(portal, tenant, { company: hidden });
    const { id } = await createLabel(portal, tenant, 'VIP', { user: ada.id, company: hidden.id });
    await sql(portal, 'insert into user_labels (tenant_id, label_id, user_id) values ($1, $2, $3)', [
      tenant.id,
      id,
      bea.id,
    ]);
    const countsOf = async (viewer?: Viewer) => {
      const [label] = await inTenant(portal.database, tenant.id, listCountedLabels, viewer);
      return { users: label!.users, companies: label!.companies };
    };
    expect(await countsOf()).to.eql({ users: 2, companies: 1 });
    const restricted = { kind: 'restricted', company_ids: [seen.id], site_ids: [] } as const;
    expect(await countsOf({ id: null, scope: restricted })).to.eql({ users: 1, companies: 0 });
  });
});
