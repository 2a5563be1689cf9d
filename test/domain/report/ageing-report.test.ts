import { expect } from 'chai';
import { readTenant } from '../../../src/database/in-tenant.ts';
import type { Viewer } from '../../../src/database/scope.ts';
import { addDays, type CivilDate } from '../../../src/domain/billing/civil-date.ts';
import { issueCreditNote } from '../../../src/domain/invoice/credit-note.ts';
import { deleteInvoice } from '../../../src/domain/invoice/invoice-actions.ts';
import { writeOff } from '../../../src/domain/invoice/write-off.ts';
import { recordPayment, undoPayment } from '../../../src/domain/payment/payment-actions.ts';
import { readAgeing } from '../../../src/domain/report/ageing-report.ts';
import { createCompany, createTenant, type TestTenant } from '../../support/factories.ts';
import { billingActor, TestAccount } from '../../support/money.ts';
import { sharedPortal, type TestPortal } from '../../support/portal.ts';
import { findReportDifferences } from '../../support/report-checks.ts';

describe('the ageing report', () => {
  let portal: TestPortal;
  let tenant: TestTenant;
  let account: TestAccount;

  before(async () => {
    portal = await sharedPortal();
  });
  beforeEach(async () => {
    tenant = await createTenant(portal);
    account = new TestAccount(portal, tenant, await createCompany(portal, tenant));
  });

  const report = async (day: CivilDate, viewer?: Viewer) => {
    const all = { offset: 0, limit: null };
    const [aged] = await readTenant(portal.database, tenant.id, (db) => [readAgeing(db, day, all)], viewer);
    return aged;
  };

  /** Current, 1–30, 31–60, 61–90 and over 90 days, credit and balance of the only account. */
  const amounts = async (day: CivilDate) => {
    const { accounts } = await report(day);
    return accounts.map((row) =>
      [
        row.current_cents,
        row.days_30_cents,
        row.days_60_cents,
        row.days_90_cents,
        row.older_cents,
        row.credit_cents,
        row.balance_cents,
      ].map(Number),
    );
  };

  const pay = async (amount: bigint, today: CivilDate) => {
    const { code: customer } = account.company;
    const payment = { customer, currency: 'USD', amount, received_on: today, channel: 'cash' as const };
    const rest = { reference: null, chosen: [], is_deposit: false };
    const result = await account.run(
      (db, billing) => recordPayment(db, billingActor, billing, { ...payment, ...rest }),
      { today },
    );
    if (!result.ok) throw new Error(JSON.stringify(result.errors));
    return result.payment.id;
  };

  const expectLedger = async (...days: CivilDate[]) => {
    for (const day of days) expect(await findReportDifferences(portal, tenant.id, day)).to.eql([]);
  };

  it('sorts open amounts by the days since they were due', async () => {
    const day = '2026-06-30';
    for (const [late, cents] of [
      [-5, 1n],
      [0, 2n],
      [1, 10n],
      [30, 20n],
      [31, 100n],
      [60, 200n],
      [61, 1000n],
      [90, 2000n],
      [91, 10000n],
      [400, 20000n],
    ] as const)
      await account.issue(cents, { today: '2026-01-01', due_on: addDays(day, -late) });
    expect(await amounts(day)).to.eql([[3, 30, 300, 3000, 30000, 0, 33333]]);
    await expectLedger(day);
  });

  it('is as of its day when a payment follows and is undone later', async () => {
    await account.issue(120_00n, { today: '2026-03-01', due_on: '2026-03-01' });
    const id = await pay(100_00n, '2026-04-01');
    await account.run((db, billing) => undoPayment(db, billingActor, billing, { id, reason: 'Bounced' }), {
      today: '2026-05-10',
    });
    expect(await amounts('2026-02-28')).to.eql([]);
    expect(await amounts('2026-03-31')).to.eql([[0, 12000, 0, 0, 0, 0, 12000]]);
    expect(await amounts('2026-04-01')).to.eql([[0, 0, 2000, 0, 0, 0, 2000]]);
    expect(await amounts('2026-05-09')).to.eql([[0, 0, 0, 2000, 0, 0, 2000]]);
    expect(await amounts('2026-05-10')).to.eql([[0, 0, 0, 12000, 0, 0, 12000]]);
    await expectLedger('2026-02-28', '2026-03-31', '2026-04-01', '2026-05-09', '2026-05-10');
  });

  it('shows what was paid too much as credit until the next invoice uses it', async () => {
    await account.issue(120_00n, { today: '2026-03-01', due_on: '2026-03-31' });
    await pay(150_00n, '2026-03-10');
    await account.issue(100_00n, { today: '2026-04-01', due_on: '2026-04-30' });
    expect(await amounts('2026-03-09')).to.eql([[12000, 0, 0, 0, 0, 0, 12000]]);
    expect(await amounts('2026-03-10')).to.eql([[0, 0, 0, 0, 0, 3000, -3000]]);
    await pay(100_00n, '2026-05-07');
    expect(await amounts('2026-04-01')).to.eql([[7000, 0, 0, 0, 0, 0, 7000]]);
    expect(await amounts('2026-05-07')).to.eql([[0, 0, 0, 0, 0, 3000, -3000]]);
    await expectLedger('2026-03-09', '2026-03-10', '2026-04-01', '2026-05-07');
  });

  it('contains an invoice until the day on which it is deleted, credited or written off', async () => {
    const issue = () => account.issue(100_00n, { today: '2026-03-01', due_on: '2026-03-01' });
    const [deleted, credited, given] = [await issue(), await issue(), await issue()];
    await account.run(
      (db, billing) => deleteInvoice(db, billingActor, billing, { id: deleted.id, reason: 'Wrong' }),
      { today: '2026-04-05' },
    );
    const parts = [{ position: 1, total_cents: 100_00n }];
    await account.run(
      (db, billing) =>
        issueCreditNote(db, billingActor, billing, { invoice_id: credited.id, parts, reason: 'Wrong' }),
      { today: '2026-04-06' },
    );
    await account.run(
      (db, billing) => writeOff(db, billingActor, billing, { id: given.id, reason: 'Moved away' }),
      { today: '2026-04-07' },
    );
    const open = [];
    for (const day of ['2026-04-04', '2026-04-05', '2026-04-06', '2026-04-07'])
      open.push((await amounts(day))[0]?.at(-1) ?? 0);
    expect(open).to.eql([300_00, 200_00, 100_00, 0]);
    await expectLedger('2026-04-04', '2026-04-05', '2026-04-06', '2026-04-07');
  });

  it('adds up to a total of each currency and begins with the largest open amount', async () => {
    const other = new TestAccount(portal, tenant, await createCompany(portal, tenant));
    await account.issue(10_00n, { today: '2026-03-01', due_on: '2026-03-01' });
    await other.issue(20_00n, { today: '2026-03-01', due_on: '2026-04-01' });
    await other.issue(5_000n, { today: '2026-03-01', due_on: '2026-04-01', currency: 'JPY' });
    const { totals, accounts } = await report('2026-03-31');
    expect(accounts.map(({ company_name, currency }) => [company_name, currency])).to.eql([
      [other.company.name, 'JPY'],
      [other.company.name, 'USD'],
      [account.company.name, 'USD'],
    ]);
    expect(
      totals.map(({ currency, accounts: count, current_cents, days_30_cents, balance_cents }) => [
        currency,
        count,
        current_cents,
        days_30_cents,
        balance_cents,
      ]),
    ).to.eql([
      ['JPY', 1, 5_000n, 0n, 5_000n],
      ['USD', 2, 20_00n, 10_00n, 30_00n],
    ]);
  });

  it('contains only the companies in the scope of restricted staff', async () => {
    const other = new TestAccount(portal, tenant, await createCompany(portal, tenant));
    await account.issue(10_00n, { today: '2026-03-01' });
    await other.issue(20_00n, { today: '2026-03-01' });
    const company_ids = [other.company.id];
    const viewer = { id: null, scope: { kind: 'restricted', company_ids, site_ids: [] } } as const;
    const { totals, accounts } = await report('2026-03-31', viewer);
    expect(accounts.map(({ company_id }) => company_id)).to.eql(company_ids);
    expect(totals.map(({ balance_cents }) => balance_cents)).to.eql([20_00n]);
  });
});
