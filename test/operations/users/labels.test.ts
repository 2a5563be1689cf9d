import { expect } from 'chai';
import { findAuditEvents } from '../../support/audit.ts';
import { createCustomer, createTenant, signedInStaff, type TestTenant } from '../../support/factories.ts';
import { createLabel, labelsOfRow } from '../../support/labels.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';

const GONE = "The filter 'Label' has a value that no longer exists.";

describe('The labels of a user', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });

  const customerWith = async (...names: string[]) => {
    const customer = await createCustomer(portal, tenant);
    for (const name of names) await createLabel(portal, tenant, name, { user: customer.id });
    return customer;
  };
  const formOf = ({ id }: { id: string }) => manager.visit(`/users/${id}/labels`);

  it('are added and removed on their own page, shown and recorded', async () => {
    const ada = await customerWith('VIP');
    await createLabel(portal, tenant, 'Late', { colour: 'red' });
    const form = await (await manager.visit(`/users/${ada.id}`)).follow('Change labels');
    const page = await form.submit('Save changes', { Labels: ['Late'] });
    expect(page.flashes).to.eql(['Your changes were saved.']);
    expect(page.badges).to.include('Late').and.not.include('VIP');
    const [event] = await findAuditEvents(portal, tenant, 'user.labels_changed');
    expect(event!.changes).to.eql({ labels: [['VIP'], ['Late']] });
    const again = await form.submit('Save changes', { Labels: ['Late'] });
    expect(again.flashes).to.eql(['There were no changes to save.']);
  });

  it('keep the labels that someone else added or removed while the form was open', async () => {
    const ada = await customerWith('Mine', 'Gone');
    await createLabel(portal, tenant, 'Theirs');
    await createLabel(portal, tenant, 'Added');
    const mine = await formOf(ada);
    await (await formOf(ada)).submit('Save changes', { Labels: ['Mine', 'Theirs'] });
    await mine.submit('Save changes', { Labels: ['Mine', 'Gone', 'Added'] });
    expect(await labelsOfRow(portal, 'user', ada.id)).to.eql(['Added', 'Mine', 'Theirs']);
  });

  it('are refused with a message if one of them was deleted while the form was open', async () => {
    const ada = await customerWith();
    const label = await createLabel(portal, tenant, 'Doomed');
    await createLabel(portal, tenant, 'Kept');
    const form = await formOf(ada);
    await (await manager.visit(`/settings/labels/${label.id}/deletion`)).submit('Delete label');
    const refused = await form.submit('Save changes', { Labels: ['Doomed', 'Kept'] });
    expect(refused.status).to.equal(422);
    expect(refused.errors[0]).to.include('Someone deleted a label that you selected.');
    await refused.submit('Save changes');
    expect(await labelsOfRow(portal, 'user', ada.id)).to.eql(['Kept']);
  });

  it('are refused if they belong to another tenant or are no ids', async () => {
    const ada = await customerWith();
    const foreign = await createLabel(portal, await createTenant(portal), 'Foreign');
    const form = await formOf(ada);
    for (const id of [foreign.id, 'x', "'"]) {
      const page = await manager.postFrom(form, form.path, { 'labels[]': [id] });
      expect(page.status).to.equal(422);
    }
    expect(await labelsOfRow(portal, 'user', ada.id)).to.eql([]);
  });

  it('have no link for staff who may not change users', async () => {
    const ada = await customerWith('Seen');
    const driver = await signedInStaff(portal, tenant, 'driver');
    const page = await driver.visit(`/users/${ada.id}`);
    expect(page.badges).to.include('Seen');
    expect(page.links).not.to.include(`/users/${ada.id}/labels`);
    expect((await driver.get(`/users/${ada.id}/labels`)).status).to.equal(403);
  });

  it('filter the list by any of them, are shown there and exported', async () => {
    const other = await createTenant(portal);
    const visitor = await signedInStaff(portal, other);
    const [ada, grace] = await Promise.all(
      ['Ada', 'Grace', 'Mary'].map((first_name) => createCustomer(portal, other, { first_name })),
    );
    const vip = await createLabel(portal, other, 'VIP', { user: ada!.id });
    await createLabel(portal, other, 'Zero', { user: ada!.id });
    await createLabel(portal, other, 'Another', { user: ada!.id });
    const late = await createLabel(portal, other, 'Late', { user: grace!.id });
    const one = await (await visitor.visit('/users')).submit('Search', { Label: ['VIP'] });
    expect(one.rows()).to.have.length(1);
    expect(one.rows('Ada')[0]).to.include('Another +2');
    expect((await one.follow('Clear')).rows()).to.have.length(3);
    expect((await visitor.visit(`/users?label=${vip.id}&label=${late.id}`)).rows()).to.have.length(2);
    expect((await visitor.visit('/users?label=x')).flashes[0]).to.include(
      "'label' in the address is not valid",
    );
    const csv = await visitor.get(`/users?label=${vip.id}&format=csv`);
    expect(csv.text).to.include('Labels').and.include('"Another, VIP, Zero"');
    const hasColumn = async (query: string) =>
      (await visitor.visit(`/users?${query}`)).findAll('th').some(({ text }) => text.trim() === 'Labels');
    expect(await hasColumn('')).to.equal(true);
    expect(await hasColumn('q=mary'), 'no row has a label').to.equal(false);
    expect(await hasColumn('q=mary&col=labels'), 'chosen').to.equal(true);
  });

  it('are named by the filter when they were deleted', async () => {
    const other = await createTenant(portal);
    const visitor = await signedInStaff(portal, other);
    const kept = await createLabel(portal, other, 'Kept');
    const gone = await createLabel(portal, other, 'Gone');
    const address = `/users?label=${kept.id}&label=${gone.id}`;
    expect((await visitor.visit(address)).flashes).to.not.include(GONE);
    await (await visitor.visit(`/settings/labels/${gone.id}/deletion`)).submit('Delete label');
    expect((await visitor.visit(address)).flashes).to.include(GONE);
  });

  it('are found by label:name, also negated', async () => {
    const other = await createTenant(portal);
    const visitor = await signedInStaff(portal, other);
    const ada = await createCustomer(portal, other, { first_name: 'Ada' });
    await createCustomer(portal, other, { first_name: 'Grace' });
    await createLabel(portal, other, 'Late payer', { user: ada.id });
    const rowsOf = async (q: string) => (await visitor.visit(`/users?q=${encodeURIComponent(q)}`)).rows();
    expect(await rowsOf('label:"late payer"')).to.have.length(1);
    expect((await rowsOf('-label:"Late payer"'))[0]).to.include('Grace');
    expect(await rowsOf('label:late')).to.have.length(0);
    expect(await rowsOf('ada label:"late payer"')).to.have.length(1);
  });
});
