import { pick, selectRows } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { rowError } from '../company/check-status.ts';
import { queueStaffAlert } from '../email/queue-billing-emails.ts';
import { refuse, type FieldError, type RefusedValues } from '../form/parse-values.ts';
import { balanceChange, mirrored, type Movement } from '../ledger/ledger.ts';
import { postEntries } from '../ledger/post-entries.ts';
import { listAlertedStaff } from '../role/users-with-permission.ts';
import { takeBackDepositsOf } from '../rental/take-back-deposits.ts';
import { unlockPaidRentals } from '../rental/unlock-rentals.ts';
import { postAppliedCredit } from './apply-credit.ts';
import { amountText } from './draft-actions.ts';
import { findInvoiceForUpdate, type InvoiceForUpdate } from './invoice-queries.ts';
import { lockInvoice } from './lock-invoice.ts';
import { listOpenInvoices } from './open-invoices.ts';

export type ChangedInvoice = { ok: true; invoice: { id: string; label: string | null } } | RefusedValues;

/**
 * Takes back a draft, or an invoice on which nothing was paid or credited: its number stays, and the ledger gets its
 * mirrored rows.
 *
 * @throws {NotFound} if the viewer may not see the invoice
 */
export async function deleteInvoice(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, reason }: { id: string; reason: string },
): Promise<ChangedInvoice> {
  const { account, invoice } = await lockInvoice(db, id);
  const error = deletionError(invoice);
  if (error) return refuse(error);
  const movements = mirrored(await listMovements(db, id));
  if (account.deposit_cents + balanceChange(movements).deposit_cents < 0n)
    return refuse({ field: 'reason', code: 'deposit_returned' });
  const posting = { posting: 'reversal', source_type: 'invoice', source_id: id } as const;
  const { currency } = account;
  const effective_on = billing.today;
  postEntries(db, [{ billing_account_id: account.id, currency, effective_on, ...posting, movements }]);
  const columns = { status: 'deleted' as const, deleted_at: billing.now, deleted_by: actor.id };
  db.defer(
    db
      .from('invoices')
      .where({ id })
      .update({ ...columns, deleted_reason: reason, version: invoice.version + 1 }),
  );
  await takeBackDepositsOf(db, id);
  recordAudit(db, actor, {
    event: 'invoice.deleted',
    target: invoiceTarget(invoice),
    changes: { total: [amountText(invoice.total_cents, invoice.currency), null], reason: [null, reason] },
  });
  await unlockPaidRentals(db, actor, billing, [id]);
  return { ok: true, invoice };
}

function deletionError(invoice: InvoiceForUpdate): FieldError | undefined {
  if (invoice.status === 'draft') return undefined;
  if (invoice.status === 'deleted') return { field: 'reason', code: 'already_deleted' };
  const isUntouched =
    invoice.paid_cents === 0n &&
    invoice.credited_cents === 0n &&
    invoice.written_off_cents === 0n &&
    invoice.credit_noted_cents === 0n;
  const isUnpaid = invoice.status === 'sent' || invoice.status === 'failed';
  if (invoice.kind === 'invoice' && isUnpaid && isUntouched) return undefined;
  return { field: 'reason', code: 'not_deletable' };
}

const movementColumns = pick('ledger_entries', 'debit', 'credit', 'amount_cents');

async function listMovements(db: TenantDb, invoiceId: string): Promise<Movement[]> {
  const entries = db.from('ledger_entries').where({ source_id: invoiceId, posting: 'issue' }).orderBy('id');
  const rows = await selectRows(entries, movementColumns);
  return rows.map(({ debit, credit, amount_cents }) => ({ debit, credit, amount: amount_cents }));
}

/**
 * Pays as much of the invoice as the credit of its account covers.
 *
 * @throws {NotFound} if the viewer may not see the invoice
 */
export async function applyCredit(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  id: string,
): Promise<{ ok: true; invoice: InvoiceForUpdate; amount_cents: bigint } | RefusedValues> {
  const { account, invoice } = await lockInvoice(db, id);
  if (invoice.status === 'pending') return refuse({ field: 'credit', code: 'payment_pending' });
  const open = (await listOpenInvoices(db, account.id)).find((each) => each.id === id);
  if (!open) return refuse({ field: 'credit', code: 'nothing_open' });
  const { open_cents } = open;
  const amount_cents = account.credit_cents < open_cents ? account.credit_cents : open_cents;
  if (amount_cents === 0n) return refuse({ field: 'credit', code: 'no_credit' });
  postAppliedCredit(db, billing, account, [{ invoice: open, amount_cents }]);
  recordAudit(db, actor, {
    event: 'credit.applied',
    target: invoiceTarget(invoice),
    changes: { amount: [null, amountText(amount_cents, account.currency)] },
  });
  await unlockPaidRentals(db, actor, billing, [id]);
  return { ok: true, invoice, amount_cents };
}

/** @throws {NotFound} if the viewer may not see the invoice */
export async function addComment(
  db: TenantDb,
  actor: Actor,
  { id, body }: { id: string; body: string },
): Promise<{ ok: true; comment: { id: string } } | RefusedValues> {
  const [row, archived] = await Promise.all([
    findInvoiceForUpdate(db, id),
    rowError(db, 'invoices', id, 'body'),
  ]);
  const invoice = found(row);
  if (archived) return refuse(archived);
  const comment = { id: newId(), invoice_id: id, author_id: actor.id!, body };
  db.defer(db.insertInto('invoice_comments', comment));
  recordAudit(db, actor, { event: 'invoice.commented', target: invoiceTarget(invoice) });
  if (actor.kind === 'customer')
    queueStaffAlert(db, await listAlertedStaff(db, 'alerts_of_comments', 'invoices.view'), {
      template: 'commentAlert',
      path: `/invoices/${id}`,
      variables: { label: invoice.label!, author: actor.name, body },
    });
  return { ok: true, comment };
}

function invoiceTarget({ id, label }: InvoiceForUpdate) {
  return { type: 'invoice' as const, id, name: label };
}
