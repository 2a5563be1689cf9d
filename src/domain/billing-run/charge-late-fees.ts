import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { lockAccounts } from '../billing-account/billing-account.ts';
import { findBuyers } from '../billing-account/buyer.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';
import { amountStep } from '../billing/money.ts';
import { divide } from '../billing/proration.ts';
import { openSql } from '../invoice/invoice.ts';
import type { NewInvoice } from '../invoice/issue-invoices.ts';
import { storeInvoices } from '../rental/bill-rentals.ts';
import { batchOf, NOTHING, type Place, type RunStep } from './run-step.ts';

const MAX_FEES = 500;

/** An invoice with a rule that applies to it and has not been applied. */
export interface DueFee {
  invoice_id: string;
  rule_id: string;
  billing_account_id: string;
  label: string;
  due_on: CivilDate;
  /** Open and not disputed. */
  balance_cents: bigint;
  fee_cents: bigint | null;
  fee_ppm: number | null;
  tax_rate_id: string | null;
  rate_ppm: number | null;
  is_inclusive: boolean | null;
}

/** One invoice for each overdue invoice and rule, at most once. Rules are in the currency of the tenant. */
export const chargeLateFees: RunStep<DueFee> = {
  list: async (db, { billing }, after) => {
    const rows = await listDueFees(db, billing, { after });
    return batchOf(rows, MAX_FEES, ({ due_on, invoice_id, rule_id }) => [due_on, invoice_id, rule_id]);
  },
  process: async (db, { billing }, rows) => {
    const accounts = await lockAccounts(
      db,
      rows.map(({ billing_account_id }) => billing_account_id),
    );
    const buyers = await findBuyers(db, [...accounts.keys()]);
    const due = await listDueFees(db, billing, { keys: rows.map(sourceKey) });
    const invoices = due.flatMap((fee): NewInvoice[] => {
      const amount = amountOf(billing, fee);
      const id = fee.billing_account_id;
      return amount === 0n
        ? []
        : [newInvoice(billing, fee, amount, { account: accounts.get(id)!, buyer: buyers.get(id)! })];
    });
    if (invoices.length === 0) return NOTHING;
    const stored = await storeInvoices(db, billing, invoices);
    return {
      invoices: stored.length,
      amount_cents: stored.reduce((sum, { total_cents }) => sum + total_cents, 0n),
    };
  },
  describe: ({ invoice_id, label }) => ({ id: invoice_id, path: `/invoices/${invoice_id}`, name: label }),
};

function sourceKey({ invoice_id, rule_id }: Pick<DueFee, 'invoice_id' | 'rule_id'>): string {
  return `${invoice_id}:${rule_id}`;
}

/** Either the fees after the place, or those with the keys. */
async function listDueFees(
  db: TenantDb,
  { today, currency }: Billing,
  { after = null, keys = null }: { after?: Place | null; keys?: readonly string[] | null },
): Promise<DueFee[]> {
  const { tenantId } = db;
  const { rows } = await db.raw<{ rows: DueFee[] }>(
    `select i.id as invoice_id, f.id as rule_id, i.billing_account_id, i.label, i.due_on,
       ${openSql('i')} - i.disputed_cents as balance_cents, f.fee_cents, f.fee_ppm, f.tax_rate_id,
       x.rate_ppm, x.is_inclusive
     from late_fee_rules f
     join invoices i on i.tenant_id = f.tenant_id and i.due_on + f.days_after_due <= ?::date
     left join tax_rates x on x.tenant_id = f.tenant_id and x.id = f.tax_rate_id
     where f.tenant_id = ? and i.tenant_id = ? and i.kind = 'invoice' and i.status in ('sent', 'failed')
       and (i.due_again_on is null or i.due_again_on + f.days_after_due <= ?::date)
       and i.source <> 'late_fee' and i.currency = ?
       and ${openSql('i')} - i.disputed_cents >= greatest(f.minimum_balance_cents, 1)
       and (f.site_id is null or exists (
         select 1 from invoice_lines l
         join rentals r on r.tenant_id = l.tenant_id and r.id = l.rental_id
         join units u on u.tenant_id = r.tenant_id and u.id = r.unit_id
         where l.tenant_id = ? and l.invoice_id = i.id and u.site_id = f.site_id))
       and not exists (
         select 1 from invoices e
         where e.tenant_id = ? and e.source = 'late_fee' and e.source_key = i.id || ':' || f.id)
       and ${keys ? `i.id || ':' || f.id = any(?::text[])` : '(i.due_on, i.id, f.id) > (?::date, ?::uuid, ?::uuid)'}
     order by i.due_on, i.id, f.id limit ${MAX_FEES}`,
    [
      today,
      tenantId,
      tenantId,
      today,
      currency,
      tenantId,
      tenantId,
      ...(keys ? [[...keys]] : (after ?? FIRST)),
    ],
  );
  return rows;
}

const FIRST: Place = [
  '-infinity',
  '00000000-0000-0000-0000-000000000000',
  '00000000-0000-0000-0000-000000000000',
];

function amountOf({ currency }: Billing, { fee_cents, fee_ppm, balance_cents }: DueFee): bigint {
  return fee_cents ?? divide(balance_cents * BigInt(fee_ppm!), 1_000_000n, amountStep(currency));
}

function newInvoice(
  billing: Billing,
  fee: DueFee,
  unit_cents: bigint,
  parties: Pick<NewInvoice, 'account' | 'buyer'>,
): NewInvoice {
  const { tax_rate_id, rate_ppm, is_inclusive } = fee;
  const tax_rate =
    tax_rate_id === null ? null : { id: tax_rate_id, rate_ppm: rate_ppm!, is_inclusive: is_inclusive! };
  const terms = parties.account.terms_days ?? billing.payment_terms_days;
  const text = { description: 'Late fee for invoice {label}', description_params: { label: fee.label } };
  return {
    id: newId(),
    ...parties,
    lines: [{ kind: 'late_fee', ...text, unit_cents, tax_rate }],
    due_on: addDays(billing.today, terms),
    source: 'late_fee',
    source_key: sourceKey(fee),
  };
}
