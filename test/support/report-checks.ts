import { readTenant } from '../../src/database/in-tenant.ts';
import { addDays, type CivilDate } from '../../src/domain/billing/civil-date.ts';
import { readAgeing } from '../../src/domain/report/ageing-report.ts';
import { readIncome } from '../../src/domain/report/income-report.ts';
import type { Period } from '../../src/domain/report/period.ts';
import { readTaxReport } from '../../src/domain/report/tax-report.ts';
import type { TestPortal } from './portal.ts';

type ReportPortal = Pick<TestPortal, 'database' | 'owner'>;

/** What the reports as of a day and of days until it have and the ledger has not. */
export async function findReportDifferences(
  portal: ReportPortal,
  tenantId: string,
  day: CivilDate,
): Promise<string[]> {
  const period = { from: addDays(day, -45), to: day };
  return [
    ...differences(
      `ageing as of ${day}`,
      await agedBalances(portal, tenantId, day),
      await ledgerBalances(portal, tenantId, day),
    ),
    ...differences(
      `tax until ${day}`,
      await reportedSums(portal, tenantId, period),
      await ledgerSums(portal, tenantId, period),
    ),
  ];
}

type Sums = Record<string, string>;

function differences(title: string, reported: Sums, ledger: Sums): string[] {
  const keys = [...new Set([...Object.keys(reported), ...Object.keys(ledger)])];
  return keys
    .filter((key) => reported[key] !== ledger[key])
    .map((key) => `${title}, ${key}: ${reported[key]} in the report, ${ledger[key]} in the ledger`);
}

/** The open amount and the credit of each account. */
async function agedBalances({ database }: ReportPortal, tenantId: string, day: CivilDate): Promise<Sums> {
  const all = { offset: 0, limit: null };
  const [{ accounts }] = await readTenant(database, tenantId, (db) => [readAgeing(db, day, all)]);
  return Object.fromEntries(
    accounts.map(({ id, open_cents, credit_cents }) => [id, `${open_cents} open, ${credit_cents} credit`]),
  );
}

async function ledgerBalances({ owner }: ReportPortal, tenantId: string, day: CivilDate): Promise<Sums> {
  const { rows } = await owner.query<{ id: string; open: string; credit: string }>(
    `select * from (
       select billing_account_id as id,
         sum((debit = 'receivable')::int * amount_cents - (credit = 'receivable')::int * amount_cents)::text as open,
         sum((credit = 'credit')::int * amount_cents - (debit = 'credit')::int * amount_cents)::text as credit
       from ledger_entries where tenant_id = $1 and effective_on <= $2 group by 1) b
     where open <> '0' or credit <> '0'`,
    [tenantId, day],
  );
  return Object.fromEntries(rows.map(({ id, open, credit }) => [id, `${open} open, ${credit} credit`]));
}

/** Of the accounts `tax` and `income`. */
async function reportedSums({ database }: ReportPortal, tenantId: string, period: Period): Promise<Sums> {
  const [tax, months] = await readTenant(database, tenantId, (db) => [
    readTaxReport(db, period),
    readIncome(db, period),
  ]);
  const sum = (amounts: bigint[]) => String(amounts.reduce((total, amount) => total + amount, 0n));
  return {
    tax: sum(tax.totals.map(({ tax_cents }) => tax_cents)),
    'tax of the rates': sum(tax.rows.map(({ tax_cents }) => tax_cents)),
    income: sum(tax.totals.map(({ net_cents }) => net_cents)),
    'income by month': sum(months.map(({ income_cents }) => income_cents)),
  };
}

async function ledgerSums({ owner }: ReportPortal, tenantId: string, { from, to }: Period): Promise<Sums> {
  const { rows } = await owner.query<{ tax: string; income: string }>(
    `select coalesce(sum((credit = 'tax')::int * amount_cents - (debit = 'tax')::int * amount_cents), 0)::text as tax,
       coalesce(sum((credit = 'income')::int * amount_cents - (debit = 'income')::int * amount_cents), 0)::text as income
     from ledger_entries where tenant_id = $1 and effective_on between $2 and $3`,
    [tenantId, from, to],
  );
  const { tax, income } = rows[0]!;
  return { tax, 'tax of the rates': tax, income, 'income by month': income };
}
