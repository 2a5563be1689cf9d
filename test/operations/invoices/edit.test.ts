import { expect } from 'chai';
import { createCompany, type TestTenant } from '../../support/factories.ts';
import { TestAccount } from '../../support/money.ts';
import { startOperations, type StaffVisitor } from '../../support/operations.ts';
import type { TestPortal } from '../../support/portal.ts';
import { sql } from '../../support/rows.ts';

describe('Editing a draft', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let manager: StaffVisitor;
  let account: TestAccount;

  before(async () => {
    ({ portal, tenant, manager } = await startOperations());
  });
  beforeEach(async () => {
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
  });

  const createDraft = async () => {
    const form = await manager.visit(`/invoices/new?customer=${account.company.code}`);
    return form.submit('Create invoice', {
      description_1: 'Boxes',
      amount_1: '10',
      description_2: 'Tape',
      amount_2: '5',
    });
  };

  it('changes lines, removes emptied ones and adds new ones', async () => {
    const draft = await createDraft();
    const page = await (
      await draft.follow('Edit')
    ).submit('Save changes', {
      amount_1: '20',
      quantity_1: '2',
      description_2: '',
      amount_2: '',
      description_3: 'Lock',
      amount_3: '7.50',
    });
    expect(page.flashes).to.eql(['Your changes were saved.']);
    expect(page.rows('Boxes')[0]).to.include('$40.00');
    expect(page.text).to.include('Lock').and.not.include('Tape');
    expect(page.text).to.include('$47.50');
  });

  it('keeps the translation of a line unless its description is changed', async () => {
    const draft = await createDraft();
    const id = draft.path.split('/').at(-1)!;
    const lines = () =>
      sql(
        portal,
        'select description, description_params from invoice_lines where invoice_id = $1 order by position',
        [id],
      );
    const params = { unit: 'A-12' };
    await sql(
      portal,
      `update invoice_lines set description = 'Rent of unit {unit}', description_params = $2 where invoice_id = $1`,
      [id, JSON.stringify(params)],
    );
    const form = await (await manager.visit(draft.path)).follow('Edit');
    expect(form.find('[name=description_1]')!.attributes['value']).to.equal('Rent of unit A-12');
    await form.submit('Save changes', { description_2: 'Rent of the yard' });
    expect(await lines()).to.eql([
      { description: 'Rent of unit {unit}', description_params: params },
      { description: 'Rent of the yard', description_params: null },
    ]);
  });

  it('changes a line of a draft with 60 lines', async () => {
    const draft = await createDraft();
    await portal.owner.query(
      `insert into invoice_lines (tenant_id, invoice_id, position, kind, description, unit_cents, net_cents)
       select tenant_id, invoice_id, n, kind, repeat('ä', 200), unit_cents, net_cents from invoice_lines, generate_series(3, 60) n
       where invoice_id = $1 and position = 1`,
      [draft.path.split('/').at(-1)],
    );
    const page = await (await draft.follow('Edit')).submit('Save changes', { amount_60: '12345' });
    expect(page.flashes).to.eql(['Your changes were saved.']);
    expect(page.text).to.include('$12,345.00');
  });

  it('refuses a form that was opened before another change', async () => {
    const form = await (await createDraft()).follow('Edit');
    await form.submit('Save changes', { amount_1: '20' });
    const refused = await form.submit('Save changes', { amount_1: '30' });
    expect(refused.errors).to.eql(['Someone else has changed this draft. Check it and try again.']);
    expect((await refused.submit('Save changes')).rows('Boxes')[0]).to.include('$30.00');
  });

  it('redirects to an invoice that was issued', async () => {
    const { id } = await account.issue(10_00n);
    expect((await manager.visit(`/invoices/${id}/edit`)).path).to.equal(`/invoices/${id}`);
  });
});
