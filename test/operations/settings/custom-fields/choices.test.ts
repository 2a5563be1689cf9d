import { expect } from 'chai';
import { createLog } from '../../../../src/log.ts';
import { customFieldValuesKind } from '../../../../src/tasks/custom-field-values.ts';
import { runTaskSlot } from '../../../../src/tasks/run-task.ts';
import { inTenant } from '../../../../src/database/in-tenant.ts';
import { queueTask } from '../../../../src/domain/task/task-actions.ts';
import { findAuditEvents } from '../../../support/audit.ts';
import {
  createCustomer,
  createCustomField,
  createTenant,
  signedInStaff,
  type TestTenant,
} from '../../../support/factories.ts';
import { sharedPortal, type TestPortal } from '../../../support/portal.ts';
import { sql } from '../../../support/rows.ts';
import { findTaskRow } from '../../../support/tasks.ts';

describe('/settings/custom-fields/:id/choices', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: Awaited<ReturnType<typeof signedInStaff>>;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    manager = await signedInStaff(portal, tenant);
  });

  const addField = (type: 'choice' | 'choices') =>
    createCustomField(portal, tenant, {
      code: 'size',
      type,
      choices: ['Small', 'Large'],
      is_searchable: true,
    });
  const withValue = async (size: unknown) => {
    const customer = await createCustomer(portal, tenant);
    await sql(portal, 'update users set custom = $2 where id = $1', [
      customer.id,
      JSON.stringify({ size, other: 'Small' }),
    ]);
    return customer;
  };
  const customOf = async ({ id }: { id: string }) =>
    (await sql(portal, 'select custom from users where id = $1', [id]))[0]!['custom'];
  const rename = async (field: { id: string }, choice: string, name: string) =>
    (await manager.visit(`/settings/custom-fields/${field.id}/choices`)).submit('Rename everywhere', {
      Choice: choice,
      'New name': name,
    });

  it('refuses the second of two renames of one choice, and says why', async () => {
    const field = await addField('choice');
    const ada = await withValue('Small');
    const [one, other] = [
      await manager.visit(`/settings/custom-fields/${field.id}/choices`),
      await manager.visit(`/settings/custom-fields/${field.id}/choices`),
    ];
    const pages = await Promise.all([
      one.submit('Rename everywhere', { Choice: 'Small', 'New name': 'Compact' }),
      other.submit('Rename everywhere', { Choice: 'Small', 'New name': 'Tiny' }),
    ]);
    const [refused] = pages.filter(({ status }) => status === 422);
    expect(pages.map(({ status }) => status)).to.have.members([200, 422]);
    expect(refused!.errors).to.eql(['This choice was renamed or removed. Select one of the list']);
    const { size } = (await customOf(ada)) as { size: string };
    expect(['Compact', 'Tiny']).to.include(size);
  });

  it('renames a choice in the list, in every value and in the index', async () => {
    const field = await addField('choice');
    const [ada, grace] = [await withValue('Small'), await withValue('Large')];
    const page = await rename(field, 'Small', 'Compact');
    expect(page.flashes).to.eql(['Small is Compact now.']);
    expect(await customOf(ada)).to.eql({ size: 'Compact', other: 'Small' });
    expect(await customOf(grace)).to.eql({ size: 'Large', other: 'Small' });
    const stored = await sql(portal, 'select choices from custom_fields where id = $1', [field.id]);
    expect(stored).to.eql([{ choices: ['Compact', 'Large'] }]);
    const indexed = await sql(
      portal,
      'select value_norm from custom_field_values_index where custom_field_id = $1 order by 1',
      [field.id],
    );
    expect(indexed).to.eql([{ value_norm: 'compact' }, { value_norm: 'large' }]);
    const [event] = await findAuditEvents(portal, tenant, 'custom_field.choice_renamed');
    expect(event!.changes).to.eql({ choice: ['Small', 'Compact'] });
  });

  it('renames one of several choices of a value', async () => {
    const field = await addField('choices');
    const ada = await withValue(['Large', 'Small']);
    await rename(field, 'Small', 'Compact');
    expect(await customOf(ada)).to.deep.include({ size: ['Large', 'Compact'] });
  });

  it('refuses the old name in a form that was opened before, beside the field', async () => {
    const field = await addField('choice');
    const ada = await withValue('Large');
    const form = await manager.visit(`/users/${ada.id}/edit`);
    await rename(field, 'Small', 'Compact');
    const page = await form.submit('Save changes', { [field.title]: 'Small' });
    expect(page.status).to.equal(422);
    expect(page.errors).to.eql([`“Small” is not a choice any longer. Select ${field.title} again`]);
    expect(await customOf(ada)).to.deep.include({ size: 'Large' });
  });

  it('refuses the name of another choice and an unknown choice', async () => {
    const field = await addField('choice');
    expect((await rename(field, 'Small', 'Large')).errors).to.eql(['This choice already exists']);
    const form = await manager.visit(`/settings/custom-fields/${field.id}/choices`);
    const forged = { ...form.form('Rename everywhere').values(), choice: 'Huge', new_name: 'Vast' };
    expect((await manager.postFrom(form, form.path, forged)).status).to.equal(422);
  });

  it('renames the choice in batches when it is a task', async () => {
    const field = await addField('choice');
    const customers = [];
    for (let n = 0; n < 5; n += 1) customers.push(await withValue(n % 2 ? 'Large' : 'Small'));
    await sql(portal, `update custom_fields set choices = '{Compact,Large}' where id = $1`, [field.id]);
    const input = { field_id: field.id, title: field.title, from: 'Small', to: 'Compact' };
    const id = await inTenant(portal.database, tenant.id, (db) =>
      queueTask(db, { kind: 'custom-field-values', input, requested_by: manager.person.id }),
    );
    const kinds = { 'custom-field-values': customFieldValuesKind(2) };
    await runTaskSlot({ database: portal.database, log: createLog('silent'), kinds }, tenant.id);
    expect(await findTaskRow(portal, id)).to.deep.include({ state: 'done', result: { changed: 3 } });
    for (const [n, customer] of customers.entries())
      expect(await customOf(customer)).to.deep.include({ size: n % 2 ? 'Large' : 'Compact' });
    expect((await manager.visit(`/tasks/${id}`)).text).to.include('Values changed: 3');
  });
});
