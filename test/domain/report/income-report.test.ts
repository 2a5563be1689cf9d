import { expect } from 'chai';
import { readTenant } from '../../../src/database/in-tenant.ts';
import type { Viewer } from '../../../src/database/scope.ts';
import { deleteInvoice } from '../../../src/domain/invoice/invoice-actions.ts';
import { readIncome } from '../../../src/domain/report/income-report.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { TestRentals } from '../../support/rentals.ts';

describe('the income report', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let account: TestRentals;

  before(async () => {
    portal = await sharedPortal();
    tenant = await createTenant(portal);
    account = new TestRentals(portal, tenant, await createCompany(portal, tenant));
    const tax_rate = await account.taxRate(200_000);
    const line = { kind: 'item' as const, description: 'Item', unit_cents: 120_00n, tax_rate };
    const { id } = await account.issue([line], { today: '2026-03-15' });
    await account.issue(30_00n, { today: '2026-03-31' });
    await account.issue(70_00n, { today: '2026-06-01' });
    await account.issue(5_000n, { today: '2026-06-01', currency: 'JPY' });
    await account.run((db, billing) => deleteInvoice(db, billingActor, billing, { id, reason: 'Wrong' }), {
      today: '2026-06-02',
    });
  });

  const months = async (from: string, to: string, viewer?: Viewer) => {
    const [read] = await readTenant(
      portal.database,
      tenant.id,
      (db) => [readIncome(db, { from, to })],
      viewer,
    );
    return read.map(({ month, currency, charged_cents, taken_back_cents, income_cents }) =>
      [month, currency, charged_cents, taken_back_cents, income_cents].map(String).join(' '),
    );
  };

  it('has the net amounts of each month and currency, also of months between them without any', async () => {
    expect(await months('2026-01-01', '2026-12-31')).to.eql([
      '2026-06-01 JPY 5000 0 5000',
      '2026-03-01 USD 15000 0 15000',
      '2026-04-01 USD 0 0 0',
      '2026-05-01 USD 0 0 0',
      '2026-06-01 USD 7000 -12000 -5000',
    ]);
  });

  it('contains the first and the last day of the period and no others', async () => {
    expect(await months('2026-03-31', '2026-06-01')).to.include('2026-03-01 USD 3000 0 3000');
    expect(await months('2026-03-31', '2026-06-01')).to.include('2026-06-01 USD 7000 0 7000');
    expect(await months('2026-04-01', '2026-05-31')).to.eql([]);
  });

  it('contains only the companies in the scope of restricted staff', async () => {
    const scope = { kind: 'restricted', company_ids: [], site_ids: [] } as const;
    expect(await months('2026-01-01', '2026-12-31', { id: null, scope })).to.eql([]);
  });
});
