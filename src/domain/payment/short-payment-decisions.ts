import { pick, selectRow } from '../../database/columns.ts';
import type { NewRow, TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { restOf } from '../billing/tax.ts';
import { queueBillingEmails } from '../email/queue-billing-emails.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { applyCreditToOldest } from '../invoice/apply-credit.ts';
import { issueCreditNote, type CreditedPart } from '../invoice/credit-note.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { listLines, type InvoiceForUpdate, type Line } from '../invoice/invoice-queries.ts';
import { lockInvoice } from '../invoice/lock-invoice.ts';
import { unlockPaidRentals } from '../rental/unlock-rentals.ts';
import { decidableCents } from '../short-payment/short-payment-list.ts';

const columns = pick('short_payments as s', 'id', 'invoice_id', 'amount_cents', 'reason', 'status');

interface Dispute {
  id: string;
  reason: string;
  account: BillingAccount;
  invoice: InvoiceForUpdate;
  amount: bigint;
}

export type DecidedDispute = { ok: true; invoice_id: string; label: string } | RefusedValues;

/** Staff agree: a credit note lowers the invoice by the disputed amount. @throws {NotFound} */
export async function acceptShortPayment(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  id: string,
): Promise<DecidedDispute> {
  const locked = await lockDispute(db, id);
  if (!locked.ok) return locked;
  const { dispute } = locked;
  const { invoice, reason, amount } = dispute;
  endDispute(db, dispute);
  const parts = creditedParts(await listLines(db, invoice.id), amount);
  const credited = await issueCreditNote(db, actor, billing, { invoice_id: invoice.id, parts, reason });
  if (!credited.ok) return credited;
  await storeDecision(db, actor, billing, dispute, { status: 'accepted', decision_reason: null });
  return { ok: true, invoice_id: invoice.id, label: invoice.label! };
}

/** The amount is due again, and late fees, lock-outs and reminders count from this day. @throws {NotFound} */
export async function rejectShortPayment(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, reason }: { id: string; reason: string },
): Promise<DecidedDispute> {
  const locked = await lockDispute(db, id);
  if (!locked.ok) return locked;
  const { dispute } = locked;
  const { invoice, account } = dispute;
  endDispute(db, dispute, { due_again_on: billing.today });
  await storeDecision(db, actor, billing, dispute, { status: 'rejected', decision_reason: reason });
  const applied = await applyCreditToOldest(db, billing, account);
  await unlockPaidRentals(
    db,
    actor,
    billing,
    applied.map((each) => each.invoice.id),
  );
  return { ok: true, invoice_id: invoice.id, label: invoice.label! };
}

async function lockDispute(
  db: TenantDb,
  id: string,
): Promise<{ ok: true; dispute: Dispute } | RefusedValues> {
  const rows = () => selectRow(db.visible('short_payments as s').where('s.id', id), columns);
  const { invoice_id } = found(await rows());
  const { account, invoice } = await lockInvoice(db, invoice_id);
  // Read after the lock, because the transaction that held it may have decided.
  const { status, reason, amount_cents } = found(await rows());
  if (status !== 'open') return refuse({ field: 'dispute', code: 'dispute_decided' });
  const amount = decidableCents({ amount_cents, disputed_cents: invoice.disputed_cents });
  if (amount === 0n) return refuse({ field: 'dispute', code: 'dispute_settled' });
  return { ok: true, dispute: { id, reason, account, invoice, amount } };
}

function endDispute(db: TenantDb, { invoice, amount }: Dispute, changes: NewRow<'invoices'> = {}): void {
  db.defer(
    db
      .from('invoices')
      .where({ id: invoice.id })
      .update({
        ...changes,
        disputed_cents: db.raw('disputed_cents - ?::bigint', [String(amount)]),
        version: db.raw('version + 1'),
      }),
  );
}

/** The first lines first. A deposit is held for the customer, so it is credited last. */
function creditedParts(lines: readonly Line[], amount: bigint): CreditedPart[] {
  const others = lines.filter(({ kind }) => kind !== 'deposit');
  const parts: CreditedPart[] = [];
  let left = amount;
  for (const line of [...others, ...lines.filter(({ kind }) => kind === 'deposit')]) {
    const { net_cents, tax_cents } = restOf(line);
    const rest = net_cents + tax_cents;
    const total_cents = rest < left ? rest : left;
    if (total_cents <= 0n) continue;
    parts.push({ position: line.position, total_cents });
    left -= total_cents;
  }
  return parts;
}

async function storeDecision(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, account, invoice, amount }: Dispute,
  { status, decision_reason }: { status: 'accepted' | 'rejected'; decision_reason: string | null },
): Promise<void> {
  db.defer(
    db
      .from('short_payments')
      .where({ id })
      .update({
        status,
        decision_reason,
        decided_by: actor.id,
        decided_at: billing.now,
        decided_on: billing.today,
        version: db.raw('version + 1'),
      }),
  );
  recordAudit(db, actor, {
    event: status === 'accepted' ? 'short_payment.accepted' : 'short_payment.rejected',
    target: { type: 'invoice', id: invoice.id, name: invoice.label },
    changes: {
      amount: [amountText(amount, account.currency), null],
      ...(decision_reason !== null && { reason: [null, decision_reason] }),
    },
  });
  await queueBillingEmails(db, billing, [
    {
      template: 'shortPaymentDecided',
      billing_account_id: account.id,
      path: `/billing/invoices/${invoice.id}`,
      variables: {
        label: invoice.label!,
        currency: account.currency,
        amount_cents: String(amount),
        ...(decision_reason === null ? { is_accepted: 'true' } : { reason: decision_reason }),
      },
    },
  ]);
}
