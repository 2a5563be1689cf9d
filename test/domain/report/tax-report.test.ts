import { expect } from 'chai';
import { readTenant } from '../../../src/database/in-tenant.ts';
import type { Viewer } from '../../../src/database/scope.ts';
import type { CivilDate } from '../../../src/domain/billing/civil-date.ts';
import type { TaxRate } from '../../../src/domain/billing/tax.ts';
import { issueCreditNote } from '../../../src/domain/invoice/credit-note.ts';
import { deleteInvoice } from '../../../src/domain/invoice/invoice-actions.ts';
import type { Period } from '../../../src/domain/report/period.ts';
import { readTaxReport, type TaxedSums } from '../../../src/domain/report/tax-report.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { TestRentals } from '../../support/rentals.ts';
import { findReportDifferences } from '../../support/report-checks.ts';

const MARCH = { from: '2026-03-01', to: '2026-03-31' };
const APRIL = { from: '2026-04-01', to: '2026-04-30' };

describe('the tax report', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let account: TestRentals;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    account = new TestRentals(portal, tenant, await createCompany(portal, tenant));
  });

  const report = async (period: Period, viewer?: Viewer) => {
    const [read] = await readTenant(portal.database, tenant.id, (db) => [readTaxReport(db, period)], viewer);
    return read;
  };

  /** Charged, credited, deleted, net, tax and gross. */
  const amountsOf = (sums: TaxedSums) =>
    [
      sums.charged_cents,
      sums.credited_cents,
      sums.deleted_cents,
      sums.net_cents,
      sums.tax_cents,
      sums.gross_cents,
    ].map(Number);

  const totals = async (period: Period) => (await report(period)).totals.map(amountsOf);

  const line = (unit_cents: bigint, tax_rate: TaxRate | null = null) => ({
    kind: 'item' as const,
    description: 'Item',
    unit_cents,
    tax_rate,
  });

  const expectLedger = async (...days: CivilDate[]) => {
    for (const day of days) expect(await findReportDifferences(portal, tenant.id, day)).to.eql([]);
  };

  it('sums the tax of lines for each rate, the highest first', async () => {
    const [high, low] = [await account.taxRate(230_000), await account.taxRate(88_750)];
    const lines = [line(55_55n, high), line(11_11n, high), line(100_00n, low), line(7_00n)];
    await account.issue(lines, { today: '2026-03-01' });
    await account.issue([line(10_00n, low)], { today: '2026-03-31' });
    await account.issue([line(1000_00n, low)], { today: '2026-02-28' });
    const { rows } = await report(MARCH);
    expect(rows.map((row) => [row.rate?.rate_ppm ?? null, ...amountsOf(row)])).to.eql([
      [230_000, 66_66, 0, 0, 66_66, 15_34, 82_00],
      [88_750, 110_00, 0, 0, 110_00, 9_77, 119_77],
      [null, 7_00, 0, 0, 7_00, 0, 7_00],
    ]);
    expect(await totals(MARCH)).to.eql([[183_66, 0, 0, 183_66, 25_11, 208_77]]);
    await expectLedger('2026-02-28', '2026-03-31');
  });

  it('contains a deleted invoice when it was issued and taken back when it was deleted', async () => {
    const rate = await account.taxRate(200_000);
    const { id } = await account.issue([line(120_00n, rate)], { today: '2026-03-15' });
    await account.run((db, billing) => deleteInvoice(db, billingActor, billing, { id, reason: 'Wrong' }), {
      today: '2026-04-02',
    });
    expect(await totals(MARCH)).to.eql([[120_00, 0, 0, 120_00, 24_00, 144_00]]);
    expect(await totals(APRIL)).to.eql([[0, 0, -120_00, -120_00, -24_00, -144_00]]);
    expect(await totals({ ...MARCH, to: '2026-04-30' })).to.eql([[120_00, 0, -120_00, 0, 0, 0]]);
    await expectLedger('2026-03-31', '2026-04-30');
  });

  it('takes a credit note back on the day of its issue, with the tax of its parts', async () => {
    const rate = await account.taxRate(200_000);
    const { id: invoice_id } = await account.issue([line(120_00n, rate)], { today: '2026-03-15' });
    const parts = [{ position: 1, net_cents: 81_29n }];
    await account.run(
      (db, billing) => issueCreditNote(db, billingActor, billing, { invoice_id, parts, reason: 'Moved out' }),
      { today: '2026-04-24' },
    );
    expect(await totals(MARCH)).to.eql([[120_00, 0, 0, 120_00, 24_00, 144_00]]);
    expect(await totals(APRIL)).to.eql([[0, -81_29, 0, -81_29, -16_26, -97_55]]);
    await expectLedger('2026-03-31', '2026-04-30');
  });

  it('contains no deposit but the part that is kept, with its tax', async () => {
    const kept_tax_rate = await account.taxRate(200_000);
    const moved = await account.moveIn('2026-03-01', { deposit: 100_00n });
    if (!moved.ok) throw new Error(JSON.stringify(moved.errors));
    const { id } = moved.rental;
    await account.notice('2026-03-01', id, '2026-03-31');
    const kept = { kept: 45_00n, kept_reason: 'Broken door', kept_tax_rate };
    expect((await account.complete('2026-04-01', id, kept)).ok).to.equal(true);
    expect(await totals(MARCH)).to.eql([[100_00, 0, 0, 100_00, 0, 100_00]]);
    const { rows } = await report(APRIL);
    expect(rows.map((row) => [row.is_kept_deposits, ...amountsOf(row)])).to.eql([
      [true, 37_50, 0, 0, 37_50, 7_50, 45_00],
    ]);
    await expectLedger('2026-03-31', '2026-04-30');
  });

  it('contains only the invoices of companies in the scope of restricted staff', async () => {
    const other = new TestRentals(portal, tenant, await createCompany(portal, tenant));
    await account.issue(10_00n, { today: '2026-03-15' });
    await other.issue(20_00n, { today: '2026-03-15' });
    const company_ids = [other.company.id];
    const viewer = { id: null, scope: { kind: 'restricted', company_ids, site_ids: [] } } as const;
    expect((await report(MARCH, viewer)).totals.map(({ net_cents }) => net_cents)).to.eql([20_00n]);
  });
});
