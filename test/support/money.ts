import { inTenant } from '../../src/database/in-tenant.ts';
import { newId } from '../../src/database/new-id.ts';
import type { TenantDb } from '../../src/database/tenant-db.ts';
import { systemActor } from '../../src/domain/actor.ts';
import { openAccount, type Owner } from '../../src/domain/billing-account/billing-account.ts';
import { getBilling, type Billing } from '../../src/domain/billing/billing-settings.ts';
import type { NewLine } from '../../src/domain/invoice/invoice-lines.ts';
import {
  calculateInvoices,
  issueInvoices,
  type IssuedInvoice,
} from '../../src/domain/invoice/issue-invoices.ts';
import { recordPayment, type PaymentValues } from '../../src/domain/payment/payment-actions.ts';
import type { TestCompany, TestTenant } from './factories.ts';
import type { TestPortal } from './portal.ts';

export const billingActor = systemActor('Tests');

type Work<Result> = (db: TenantDb, billing: Billing) => Promise<Result>;

/** The money of one company. */
export class TestAccount {
  readonly portal: TestPortal;
  readonly tenant: TestTenant;
  readonly company: TestCompany;

  constructor(portal: TestPortal, tenant: TestTenant, company: TestCompany) {
    this.portal = portal;
    this.tenant = tenant;
    this.company = company;
  }

  /** With other values of the settings, or of the day. */
  run<Result>(work: Work<Result>, values: Partial<Billing> = {}): Promise<Result> {
    return inTenant(this.portal.database, this.tenant.id, async (db) =>
      work(db, { ...(await getBilling(db)), ...values }),
    );
  }

  get owner(): Owner {
    return { company_id: this.company.id };
  }

  /** Issues an invoice: `lines` or an amount of one line. */
  issue(
    lines: bigint | readonly NewLine[],
    { due_on = '2026-03-01', ...values }: Partial<Billing> & { due_on?: string } = {},
  ): Promise<IssuedInvoice> {
    const given =
      typeof lines === 'bigint' ? [{ kind: 'item' as const, description: 'Item', unit_cents: lines }] : lines;
    return this.run(async (db, billing) => {
      const account = await openAccount(db, this.owner, billing.currency);
      const buyer = { name: this.company.name, address: null, tax_number: null };
      const invoice = { id: newId(), account, buyer, lines: given, due_on, source: 'manual' as const };
      const [issued] = await issueInvoices(db, billing, calculateInvoices(billing, [invoice]));
      return issued!;
    }, values);
  }

  pay(amount: bigint, values: Partial<PaymentValues> = {}) {
    return this.run((db, billing) =>
      recordPayment(db, billingActor, billing, {
        customer: this.company.code,
        currency: billing.currency,
        amount,
        received_on: billing.today,
        channel: 'bank_transfer',
        reference: null,
        chosen: [],
        is_deposit: false,
        ...values,
      }),
    );
  }

  /** A short payment of the invoice that staff have rejected on a day. */
  async rejectShortPayment(invoice_id: string, decided_on: string): Promise<void> {
    await this.portal.owner.query(
      `insert into short_payments (tenant_id, id, billing_account_id, invoice_id, amount_cents, reason, status, decided_on, decided_at)
       select tenant_id, gen_random_uuid(), billing_account_id, id, 1, 'Price', 'rejected', $2::date, $2::date + time '12:00'
       from invoices where id = $1`,
      [invoice_id, decided_on],
    );
    await this.portal.owner.query('update invoices set due_again_on = $2 where id = $1', [
      invoice_id,
      decided_on,
    ]);
  }

  async invoice(id: string) {
    const { rows } = await this.portal.owner.query<Record<string, string>>(
      `select status, label, (total_cents - paid_cents - credited_cents - written_off_cents)::text as open,
         paid_cents::text as paid, credited_cents::text as credited, written_off_cents::text as written_off,
         credit_noted_cents::text as credit_noted, net_cents::text as net, tax_cents::text as tax,
         total_cents::text as total
       from invoices where id = $1`,
      [id],
    );
    return rows[0]!;
  }

  async balance() {
    const { rows } = await this.portal.owner.query<Record<string, string>>(
      `select receivable_cents::text as receivable, credit_cents::text as credit, deposit_cents::text as deposit
       from billing_accounts where company_id = $1`,
      [this.company.id],
    );
    return rows[0]!;
  }

  /** The sum of an account of the ledger, debits minus credits. */
  async ledger(account: string): Promise<string> {
    const { rows } = await this.portal.owner.query<{ sum: string }>(
      `select coalesce(sum(case when debit = $2 then amount_cents when credit = $2 then -amount_cents end), 0)::text as sum
       from ledger_entries l join billing_accounts b on b.tenant_id = l.tenant_id and b.id = l.billing_account_id
       where b.company_id = $1`,
      [this.company.id, account],
    );
    return rows[0]!.sum;
  }
}
