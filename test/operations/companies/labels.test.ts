import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { createLabel, labelsOfRow } from '../../support/labels.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

const COMPANIES = '/customers/companies';

describe('The labels of a company', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  it('are changed on their own page and recorded', async () => {
    const company = await createCompany(portal, tenant);
    expect((await manager.visit(`${COMPANIES}/${company.id}/labels`)).text).to.include('No labels yet');
    await createLabel(portal, tenant, 'Key account');
    const form = await (await manager.visit(`${COMPANIES}/${company.id}`)).follow('Add label');
    const page = await form.submit('Save changes', { Labels: ['Key account'] });
    expect(page.badges).to.include('Key account');
    expect(await labelsOfRow(portal, 'company', company.id)).to.eql(['Key account']);
    const [event] = await findAuditEvents(portal, tenant, 'company.labels_changed');
    expect(event!.changes).to.eql({ labels: [[], ['Key account']] });
  });

  it('filter the list, are exported and found by label:name', async () => {
    const company = await createCompany(portal, tenant);
    await createCompany(portal, tenant);
    const label = await createLabel(portal, tenant, 'Found', { company: company.id });
    const list = await (await manager.visit(COMPANIES)).submit('Search', { Label: ['Found'] });
    expect(list.rows()).to.have.length(1);
    expect(list.rows(company.name)[0]).to.include('Found');
    expect((await manager.visit(`${COMPANIES}?q=label:found`)).rows()).to.have.length(1);
    expect((await manager.get(`${COMPANIES}?label=${label.id}&format=csv`)).text).to.include(',Found,');
  });
});
