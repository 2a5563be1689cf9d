import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { toDecimal } from '../../locales/currencies.ts';
import type { Actor } from '../actor.ts';
import { changedFields, type Changes } from '../audit/audit.ts';
import { recordAudit, recordAudits } from '../audit/record-audit.ts';
import { lockAccounts, openAccount, type BillingAccount } from '../billing-account/billing-account.ts';
import { findBuyers, findOwner } from '../billing-account/buyer.ts';
import type { Billing, Party } from '../billing/billing-settings.ts';
import { addDays, type CivilDate } from '../billing/civil-date.ts';
import { comingDayError } from '../billing/date-field.ts';
import { amountStep } from '../billing/money.ts';
import { accountError } from '../company/check-status.ts';
import { NO_SUBMITTED_CUSTOM, type SubmittedCustom } from '../custom-field/form-fields.ts';
import { saveCustomValues } from '../custom-field/store-values.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { calculateLine, totalsOf, type InvoiceLine, type NewLine } from './invoice-lines.ts';
import { listDrafts, listLinesOf, type InvoiceForUpdate } from './invoice-queries.ts';
import {
  calculateInvoices,
  insertDrafts,
  insertLines,
  issueDrafts,
  issueInvoices,
  withCredit,
  type CalculatedInvoice,
  type IssuedInvoice,
} from './issue-invoices.ts';
import { lockInvoice } from './lock-invoice.ts';

export interface DraftValues {
  lines: readonly NewLine[];
  /** Null: as the payment terms say. */
  due_on: CivilDate | null;
  po_number: string | null;
}

export interface InvoiceValues extends DraftValues {
  /** The code of a company or the email address of a person. */
  customer: string;
  currency: string;
  /** A draft otherwise. */
  is_issued: boolean;
}

/** `label` is null for a draft. */
export type InvoiceResult =
  | { ok: true; invoice: { id: string; label: string | null; total_cents: bigint } }
  | RefusedValues;

export async function createInvoice(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { customer, currency, is_issued, ...values }: InvoiceValues,
  custom = NO_SUBMITTED_CUSTOM,
): Promise<InvoiceResult> {
  const dayError = values.due_on && comingDayError('due_on', values.due_on, billing.today);
  if (dayError) return refuse(dayError);
  const owner = await findOwner(db, customer);
  if (!owner) return refuse({ field: 'customer', code: 'unknown_customer' });
  if (values.lines.length === 0) return refuse({ field: 'description_1', code: 'no_lines' });
  const account = await openAccount(db, owner, currency);
  const [archived, buyers] = await Promise.all([accountError(db, owner), findBuyers(db, [account.id])]);
  if (archived) return refuse(archived);
  const buyer = buyers.get(account.id)!;
  const due_on = values.due_on ?? dueOn(billing, account);
  const invoice = { ...values, id: newId(), account, buyer, due_on, source: 'manual' as const };
  const [calculated] = calculateInvoices(billing, [invoice]);
  if (!is_issued) {
    insertDrafts(db, [calculated!]);
    const { changes, ...event } = draftEvent('invoice.created', calculated!);
    recordAudit(db, actor, { ...event, changes: { ...changes, ...saveCustom(db, invoice.id, custom) } });
    return { ok: true, invoice: { ...calculated!, label: null } };
  }
  const issued = await issueInvoices(db, billing, [calculated!]);
  recordIssued(db, actor, issued, saveCustom(db, invoice.id, custom));
  return { ok: true, invoice: issued[0]! };
}

function saveCustom(db: TenantDb, id: string, { form, values }: SubmittedCustom): Changes {
  return saveCustomValues(db, 'invoice', id, form, values);
}

/** Of an invoice that is issued today. */
export function dueOn(
  { today, payment_terms_days }: Pick<Billing, 'today' | 'payment_terms_days'>,
  { terms_days }: Pick<BillingAccount, 'terms_days'>,
): CivilDate {
  return addDays(today, terms_days ?? payment_terms_days);
}

/** @throws {NotFound} if the viewer may not see the invoice */
export async function updateDraft(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  id: string,
  { lines: given, due_on, po_number, version }: DraftValues & { version: number },
): Promise<InvoiceResult> {
  const { account, invoice } = await lockInvoice(db, id);
  const draftError = checkDraft(invoice, version);
  if (draftError) return refuse(draftError);
  if (given.length === 0) return refuse({ field: 'description_1', code: 'no_lines' });
  const dayError = due_on && due_on !== invoice.due_on && comingDayError('due_on', due_on, billing.today);
  if (dayError) return refuse(dayError);
  const step = amountStep(account.currency);
  const lines = given.map((line, n) => calculateLine(line, n + 1, step));
  const totals = totalsOf(lines);
  if (totals.total_cents < 0n) return refuse({ field: 'amount_1', code: 'negative_total' });
  const columns = { ...totals, po_number, due_on: due_on ?? dueOn(billing, account), version: version + 1 };
  db.defer(db.from('invoices').where({ id }).update(columns));
  db.defer(db.from('invoice_lines').where({ invoice_id: id }).delete());
  insertLines(db, [{ id, lines }]);
  recordAudit(db, actor, {
    event: 'invoice.updated',
    target: { type: 'invoice', id, name: null },
    changes: draftChanges(invoice, columns),
  });
  return { ok: true, invoice: { id, label: null, total_cents: totals.total_cents } };
}

function draftChanges(before: InvoiceForUpdate, after: Omit<DraftValues, 'lines'> & { total_cents: bigint }) {
  const shown = ({ due_on, po_number, total_cents }: typeof after) => ({
    due_on,
    po_number,
    total: amountText(total_cents, before.currency),
  });
  return changedFields(shown(before), shown(after));
}

/** @throws {NotFound} if the viewer may not see the invoice */
export async function issueDraft(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, version }: { id: string; version: number },
): Promise<InvoiceResult> {
  const { invoice } = await lockInvoice(db, id);
  const error = checkDraft(invoice, version);
  if (error) return refuse(error);
  const [issued] = await issueDraftsById(db, actor, billing, [id]);
  return { ok: true, invoice: issued! };
}

/** `version` is that of the draft that the user has seen. */
function checkDraft(invoice: InvoiceForUpdate, version: number): FieldError | undefined {
  if (invoice.status !== 'draft') return { field: 'version', code: 'not_a_draft' };
  return invoice.version === version ? undefined : { field: 'version', code: 'invoice_changed' };
}

/** Locks the accounts. Skips ids of invoices that are no drafts. */
export async function issueDraftsById(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  ids: readonly string[],
): Promise<IssuedInvoice[]> {
  const candidates = await listDrafts(db, ids);
  const accounts = await lockAccounts(
    db,
    candidates.map(({ billing_account_id }) => billing_account_id),
  );
  // Read again, because the transaction that held a lock may have issued or changed some.
  const drafts = await listDrafts(db, ids);
  const [lines, buyers] = [await listLinesOf(db, ids), await findBuyers(db, [...accounts.keys()])];
  const calculated = drafts.map((draft) => {
    const account = accounts.get(draft.billing_account_id)!;
    const own = lines.filter(({ invoice_id }) => invoice_id === draft.id);
    return calculatedDraft(billing, draft, { account, lines: own, buyer: buyers.get(account.id)! });
  });
  const issued = await issueDrafts(db, billing, withCredit(billing, calculated));
  recordIssued(db, actor, issued);
  return issued;
}

/** An invoice that was due before it is issued gets a new due day, so that the delay makes no customer late. */
function calculatedDraft(
  billing: Billing,
  draft: Awaited<ReturnType<typeof listDrafts>>[number],
  parts: { account: BillingAccount; lines: InvoiceLine[]; buyer: Party },
): Omit<CalculatedInvoice, 'applied_cents' | 'open_cents'> {
  const { due_on } = draft;
  const isLate = due_on !== null && due_on < billing.today;
  return { ...draft, ...parts, due_on: isLate ? dueOn(billing, parts.account) : due_on };
}

function recordIssued(
  db: TenantDb,
  actor: Actor,
  issued: readonly IssuedInvoice[],
  customChanges: Changes = {},
): void {
  const invoices = issued.map((invoice) => ({
    event: 'invoice.issued' as const,
    target: { type: 'invoice' as const, id: invoice.id, name: invoice.label },
    changes: {
      total: [null, amountText(invoice.total_cents, invoice.account.currency)],
      ...customChanges,
    },
  }));
  recordAudits(db, actor, invoices);
}

function draftEvent(event: 'invoice.created', { id, buyer, total_cents, account }: CalculatedInvoice) {
  return {
    event,
    target: { type: 'invoice' as const, id, name: null },
    changes: {
      customer: [null, buyer.name],
      total: [null, amountText(total_cents, account.currency)],
    },
  };
}

/** For the changes of an audit event. */
export function amountText(amount: bigint, currency: string): string {
  return `${toDecimal(amount, currency)} ${currency}`;
}
