import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { restOf } from '../billing/tax.ts';
import type { RefusedValues } from '../form/parse-values.ts';
import { issueCreditNote } from '../invoice/credit-note.ts';
import { deleteInvoice } from '../invoice/invoice-actions.ts';
import {
  findInvoiceForUpdate,
  listLines,
  type InvoiceForUpdate,
  type Line,
} from '../invoice/invoice-queries.ts';
import { listRentalInvoices } from './rental-details.ts';

/** What was billed of a reservation. The unit, the account and the rental are locked. */
export async function takeBackInvoices(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, reason }: { id: string; reason: string },
): Promise<RefusedValues | undefined> {
  for (const invoice of await listRentalInvoices(db, id)) {
    const refused = await takeBack(db, actor, billing, { id, invoice_id: invoice.id, reason });
    if (refused) return refused;
  }
  return undefined;
}

/** Deletes an invoice that has only lines of the rental and on which nothing was paid; credits the lines otherwise. */
async function takeBack(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, invoice_id, reason }: { id: string; invoice_id: string; reason: string },
): Promise<RefusedValues | undefined> {
  const invoice = (await findInvoiceForUpdate(db, invoice_id))!;
  if (invoice.kind === 'credit_note' || invoice.status === 'deleted') return undefined;
  const lines = await listLines(db, invoice_id);
  const own = lines.filter(({ rental_id }) => rental_id === id);
  const isOwn = own.length === lines.length;
  const result = await takeBackLines(db, actor, billing, { invoice, own, isOwn, reason });
  return result.ok ? undefined : result;
}

function takeBackLines(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { invoice, own, isOwn, reason }: { invoice: InvoiceForUpdate; own: Line[]; isOwn: boolean; reason: string },
): Promise<{ ok: true } | RefusedValues> {
  const { id, status } = invoice;
  if (isOwn && (status === 'draft' || isUntouched(invoice)))
    return deleteInvoice(db, actor, billing, { id, reason });
  const parts = own
    .map((line) => ({ position: line.position, net_cents: restOf(line).net_cents }))
    .filter(({ net_cents }) => net_cents !== 0n);
  if (parts.length === 0) return Promise.resolve({ ok: true });
  return issueCreditNote(db, actor, billing, { invoice_id: id, parts, reason });
}

function isUntouched(invoice: InvoiceForUpdate): boolean {
  const { status, paid_cents, credited_cents, written_off_cents, credit_noted_cents } = invoice;
  const isUnpaid = status === 'sent' || status === 'failed';
  return (
    isUnpaid && [paid_cents, credited_cents, written_off_cents, credit_noted_cents].every((sum) => sum === 0n)
  );
}
