import { expect } from 'chai';
import { MAX_LABELS } from '../../../../src/domain/label/label.ts';
import { findAuditEvents } from '../../../support/audit.ts';
import {
  createCompany,
  createCustomer,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../../../support/factories.ts';
import { createLabel } from '../../../support/labels.ts';
import { startOperations, type StaffVisitor } from '../../../support/operations.ts';
import type { TestPortal } from '../../../support/portal.ts';
import { sql } from '../../../support/rows.ts';

const LABELS = '/settings/labels';

describe(LABELS, () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const add = async (Name: string, fields: Record<string, string> = {}) =>
    (await manager.visit(`${LABELS}/new`)).submit('Create label', { Name, ...fields });

  it('explains labels when there are none', async () => {
    const other = await signedInStaff(portal, await createTenant(portal));
    const page = await (await other.visit('/settings')).follow('Labels');
    expect(page.path).to.equal(LABELS);
    expect(page.text).to.include('No labels yet');
    expect((await page.follow('Create label')).h1).to.equal('Create label');
  });

  it('creates a label with a colour and records it', async () => {
    const page = await add('VIP', { Colour: 'green' });
    expect(page.flashes).to.eql(['VIP was created.']);
    expect(page.find('.badge.ok')?.textContent).to.equal('VIP');
    const [event] = await findAuditEvents(portal, tenant, 'label.created');
    expect(event!.changes).to.eql({ name: [null, 'VIP'], colour: [null, 'green'] });
  });

  it('refuses a name that is missing, long or taken, and a colour that does not exist', async () => {
    await add('Café');
    expect((await add('')).errors).to.eql(['Enter a name']);
    expect((await add('x'.repeat(31))).errors).to.eql(['Use 30 characters or fewer']);
    const taken = await add('CAFE');
    expect(taken.status).to.equal(422);
    expect(taken.errors).to.eql(['A label with the name CAFE already exists']);
    const form = await manager.visit(`${LABELS}/new`);
    const forged = { ...form.form('Create label').values(), name: 'Odd', colour: 'pink' };
    const refused = await manager.postFrom(form, LABELS, forged);
    expect(refused.status).to.equal(422);
    expect(refused.text).to.include('Select a colour');
  });

  it('counts the users and companies that have each label and links to them', async () => {
    const [ada, grace] = [await createCustomer(portal, tenant), await createCustomer(portal, tenant)];
    const company = await createCompany(portal, tenant);
    const { id } = await createLabel(portal, tenant, 'Counted', { user: ada.id, company: company.id });
    await sql(portal, 'insert into user_labels (tenant_id, label_id, user_id) values ($1, $2, $3)', [
      tenant.id,
      id,
      grace.id,
    ]);
    const page = await manager.visit(LABELS);
    expect(page.rows('Counted')[0]).to.match(/^Counted 2 .* 1 .* 0 /);
    const users = await page.follow('2 Users with Counted');
    expect(users.path).to.equal('/users');
    expect(users.rows()).to.have.length(2);
    expect((await page.follow('1 Companies with Counted')).rows(company.name)).to.have.length(1);
  });

  it('allows a limited number of labels', async () => {
    const other = await createTenant(portal);
    const visitor = await signedInStaff(portal, other);
    await sql(
      portal,
      `insert into labels (tenant_id, id, name, name_norm, colour)
       select $1, gen_random_uuid(), n::text, n::text, 'grey' from generate_series(1, $2::int) n`,
      [other.id, MAX_LABELS],
    );
    const page = await (await visitor.visit(`${LABELS}/new`)).submit('Create label', { Name: 'More' });
    expect(page.errors).to.eql([`You can have ${MAX_LABELS} labels at most. Delete one first`]);
  });

  it('is not available to staff without the permission', async () => {
    const driver = await signedInStaff(portal, tenant, 'driver');
    expect((await driver.get(LABELS)).status).to.equal(403);
  });
});
