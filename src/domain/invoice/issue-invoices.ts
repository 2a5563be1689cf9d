import { insertMany } from '../../database/insert-many.ts';
import { newId } from '../../database/new-id.ts';
import type { Row } from '../../database/tables.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing, Party } from '../billing/billing-settings.ts';
import type { CivilDate } from '../billing/civil-date.ts';
import { amountStep } from '../billing/money.ts';
import { mirrored, movement, type Movement, type Posting } from '../ledger/ledger.ts';
import { postEntries } from '../ledger/post-entries.ts';
import { queueInvoiceEmails } from './queue-invoice-emails.ts';
import {
  calculateLine,
  chargeMovements,
  totalsOf,
  type InvoiceLine,
  type NewLine,
  type Totals,
} from './invoice-lines.ts';

type InvoiceRow = Row<'invoices'>;

export interface NewInvoice {
  id: string;
  /** Locked. */
  account: BillingAccount;
  buyer: Party;
  lines: readonly NewLine[];
  /** Null for a credit note. */
  due_on: CivilDate | null;
  source: InvoiceRow['source'];
  /** A second invoice with the same key violates a unique index. */
  source_key?: string | null;
  po_number?: string | null;
  /** Printed on it: the reason of a credit note. */
  note?: string | null;
  /** Of a credit note: the invoice, and the part of it that was open. The rest becomes credit. */
  credits?: { invoice_id: string; open_cents: bigint };
}

/** An invoice with its sums, and what is taken from the credit of the account when it is issued. */
export interface CalculatedInvoice extends Omit<NewInvoice, 'lines'>, Totals {
  kind: InvoiceRow['kind'];
  lines: InvoiceLine[];
  applied_cents: bigint;
  /** To be paid. */
  open_cents: bigint;
}

export interface IssuedInvoice extends CalculatedInvoice {
  number: bigint;
  label: string;
  is_emailed: boolean;
}

/**
 * Issues the invoices in the given order: emails them, posts them to the ledger, applies credit and takes numbers. A
 * negative sum becomes a credit note to the account. The number of statements does not depend on that of the invoices.
 * Emails and audit events are written before the numbers, which are locked until the commit.
 */
export async function issueInvoices(
  db: TenantDb,
  billing: Billing,
  invoices: readonly CalculatedInvoice[],
): Promise<IssuedInvoice[]> {
  if (invoices.length === 0) return [];
  const issued = await postAndNumber(db, billing, invoices);
  const rows = issued.map((invoice) => ({ ...invoiceRow(invoice), ...issueColumns(billing, invoice) }));
  db.defer(insertMany(db, 'invoices', rows, { common: commonColumns(billing) }));
  insertLines(db, issued);
  insertCreditAllocations(db, billing, issued);
  return issued;
}

/** The same for drafts, whose lines are stored already. */
export async function issueDrafts(
  db: TenantDb,
  billing: Billing,
  drafts: readonly CalculatedInvoice[],
): Promise<IssuedInvoice[]> {
  if (drafts.length === 0) return [];
  const issued = await postAndNumber(db, billing, drafts);
  const rows = issued.map((invoice) => ({
    id: invoice.id,
    due_on: invoice.due_on,
    buyer: invoice.buyer,
    ...issueColumns(billing, invoice),
    ...commonColumns(billing),
  }));
  db.defer(updateDrafts(db, rows));
  insertCreditAllocations(db, billing, issued);
  return issued;
}

/** Stores invoices without number and postings. Their credit is applied when they are issued. */
export function insertDrafts(db: TenantDb, drafts: readonly CalculatedInvoice[]): void {
  if (drafts.length === 0) return;
  const rows = drafts.map((draft) => ({ ...invoiceRow(draft), status: 'draft' as const }));
  db.defer(insertMany(db, 'invoices', rows));
  insertLines(db, drafts);
}

/** Credit of an account is used by its first invoices. */
export function calculateInvoices(billing: Billing, invoices: readonly NewInvoice[]): CalculatedInvoice[] {
  return withCredit(billing, invoices.map(calculate));
}

/** Applies the credit of the accounts to invoices whose sums are known. */
export function withCredit(
  billing: Billing,
  invoices: readonly Omit<CalculatedInvoice, 'applied_cents' | 'open_cents'>[],
): CalculatedInvoice[] {
  const credit = new Map(invoices.map(({ account }) => [account.id, account.credit_cents]));
  return invoices.map((invoice) => {
    const { id } = invoice.account;
    const available = billing.applies_credit && invoice.kind === 'invoice' ? credit.get(id)! : 0n;
    const applied_cents = available < invoice.total_cents ? available : invoice.total_cents;
    credit.set(id, credit.get(id)! - applied_cents);
    const open_cents = invoice.kind === 'invoice' ? invoice.total_cents - applied_cents : 0n;
    return { ...invoice, applied_cents, open_cents };
  });
}

async function postAndNumber(
  db: TenantDb,
  billing: Billing,
  invoices: readonly CalculatedInvoice[],
): Promise<IssuedInvoice[]> {
  const emailed = await queueInvoiceEmails(db, billing, invoices);
  postEntries(
    db,
    invoices.flatMap((invoice) => postingsOf(billing, invoice)),
  );
  const numbered = await takeNumbers(db, billing, invoices);
  return numbered.map((invoice) => ({ ...invoice, is_emailed: emailed.has(invoice.account.id) }));
}

function calculate(invoice: NewInvoice) {
  const step = amountStep(invoice.account.currency);
  const lines = invoice.lines.map((line, n) => calculateLine(line, n + 1, step));
  const totals = totalsOf(lines);
  if (totals.total_cents >= 0n) return { ...invoice, kind: 'invoice' as const, lines, ...totals };
  const positive = lines.map(negated);
  return { ...invoice, kind: 'credit_note' as const, lines: positive, ...totalsOf(positive) };
}

function negated(line: InvoiceLine): InvoiceLine {
  return {
    ...line,
    unit_cents: -line.unit_cents,
    net_cents: -line.net_cents,
    tax_cents: -line.tax_cents,
    full_cents: line.full_cents && -line.full_cents,
  };
}

function postingsOf(billing: Billing, invoice: CalculatedInvoice): Posting[] {
  const { id, kind, account, lines, applied_cents } = invoice;
  const common = {
    billing_account_id: account.id,
    currency: account.currency,
    source_type: 'invoice' as const,
    source_id: id,
    effective_on: billing.today,
  };
  if (kind === 'credit_note') {
    const movements = creditNoteMovements(lines, invoice.credits?.open_cents ?? 0n);
    return [{ ...common, posting: 'credit_note', movements }];
  }
  return [
    { ...common, posting: 'issue', movements: chargeMovements('receivable', lines) },
    { ...common, posting: 'credit_applied', movements: movement('credit', 'receivable', applied_cents) },
  ];
}

/** Takes back `open` of what is receivable; the rest becomes credit. */
function creditNoteMovements(lines: readonly InvoiceLine[], open: bigint): Movement[] {
  const moved = mirrored(chargeMovements('receivable', lines));
  const charged = moved.filter(({ debit }) => debit === 'receivable');
  let left = open + charged.reduce((sum, { amount }) => sum + amount, 0n);
  const credited = moved
    .filter(({ credit }) => credit === 'receivable')
    .flatMap(({ debit, amount }) => {
      const part = amount < left ? amount : left;
      left -= part;
      return [...movement(debit, 'receivable', part), ...movement(debit, 'credit', amount - part)];
    });
  return [...charged, ...credited];
}

/** Locks the counters until the commit, in the order of the kinds. */
async function takeNumbers(
  db: TenantDb,
  billing: Billing,
  invoices: readonly CalculatedInvoice[],
): Promise<Omit<IssuedInvoice, 'is_emailed'>[]> {
  const next = new Map<string, bigint>();
  for (const kind of ['credit_note', 'invoice'] as const) {
    const count = invoices.filter((invoice) => invoice.kind === kind).length;
    if (count > 0) next.set(kind, await takeFirstNumber(db, kind, count));
  }
  return invoices.map((invoice) => {
    const number = next.get(invoice.kind)!;
    next.set(invoice.kind, number + 1n);
    return { ...invoice, number, label: labelOf(billing, invoice.kind, number) };
  });
}

/** Returns the first of `count` numbers. */
async function takeFirstNumber(db: TenantDb, series: InvoiceRow['kind'], count: number): Promise<bigint> {
  const { rows } = await db.raw<{ rows: { next: bigint }[] }>(
    `insert into counters (tenant_id, kind, next) values (?, ?, 1 + ?::bigint)
     on conflict (tenant_id, kind) do update set next = counters.next + excluded.next - 1
     returning next`,
    [db.tenantId, `invoice:${series}`, count],
  );
  return rows[0]!.next - BigInt(count);
}

export function labelOf(billing: Billing, kind: InvoiceRow['kind'], number: bigint): string {
  const prefix = kind === 'invoice' ? billing.invoice_prefix : billing.credit_note_prefix;
  return prefix + String(number).padStart(billing.invoice_digits, '0');
}

/** The columns of a draft too. */
function invoiceRow(invoice: CalculatedInvoice) {
  const { id, kind, account, net_cents, tax_cents, total_cents } = invoice;
  return {
    id,
    kind,
    series: kind,
    billing_account_id: account.id,
    currency: account.currency,
    due_on: invoice.due_on,
    po_number: invoice.po_number ?? null,
    source: invoice.source,
    source_key: invoice.source_key ?? null,
    credits_invoice_id: invoice.credits?.invoice_id ?? null,
    note: invoice.note ?? null,
    net_cents,
    tax_cents,
    total_cents,
    buyer: invoice.buyer as unknown,
  };
}

export function insertLines(
  db: TenantDb,
  invoices: readonly Pick<CalculatedInvoice, 'id' | 'lines'>[],
): void {
  const lines = invoices.flatMap(({ id, lines: own }) => own.map((line) => ({ invoice_id: id, ...line })));
  if (lines.length > 0) db.defer(insertMany(db, 'invoice_lines', lines));
}

function issueColumns(billing: Billing, invoice: IssuedInvoice) {
  const { kind, number, label, applied_cents, open_cents, is_emailed } = invoice;
  const isPaid = kind === 'credit_note' || open_cents === 0n;
  return {
    number,
    label,
    label_norm: label.toLowerCase(),
    status: isPaid ? ('paid' as const) : ('sent' as const),
    paid_cents: applied_cents,
    paid_at: isPaid ? billing.now : null,
    first_sent_at: is_emailed ? billing.now : null,
  };
}

/** Of all invoices that are issued together. */
function commonColumns({ today, seller }: Billing) {
  return { issued_on: today, seller: seller as unknown };
}

type IssuedColumns = ReturnType<typeof issueColumns> &
  ReturnType<typeof commonColumns> &
  Pick<CalculatedInvoice, 'id' | 'due_on' | 'buyer'>;

function updateDrafts(db: TenantDb, rows: readonly IssuedColumns[]) {
  const json = JSON.stringify(rows, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return db.raw(
    `update invoices i set number = r.number, label = r.label, label_norm = r.label_norm, status = r.status,
       issued_on = r.issued_on, due_on = r.due_on, paid_cents = r.paid_cents, paid_at = r.paid_at,
       first_sent_at = r.first_sent_at, seller = r.seller, buyer = r.buyer, version = i.version + 1
     from jsonb_to_recordset(?::jsonb) r (id uuid, number bigint, label text, label_norm text, status text,
       issued_on date, due_on date, paid_cents bigint, paid_at timestamptz, first_sent_at timestamptz, seller jsonb, buyer jsonb)
     where i.tenant_id = ? and i.id = r.id`,
    [json, db.tenantId],
  );
}

function insertCreditAllocations(db: TenantDb, billing: Billing, issued: readonly IssuedInvoice[]): void {
  const allocations = issued
    .filter(({ applied_cents }) => applied_cents > 0n)
    .map(({ id, account, applied_cents }) => ({
      id: newId(),
      billing_account_id: account.id,
      source: 'credit' as const,
      source_id: id,
      invoice_id: id,
      amount_cents: applied_cents,
      effective_on: billing.today,
    }));
  if (allocations.length > 0) db.defer(insertMany(db, 'allocations', allocations));
}
