import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import type { Billing } from '../billing/billing-settings.ts';
import { restOf } from '../billing/tax.ts';
import { refuse } from '../form/parse-values.ts';
import { findHeldDeposit } from '../rental/take-back-deposits.ts';
import { unlockPaidRentals } from '../rental/unlock-rentals.ts';
import { issueCreditNote } from './credit-note.ts';
import { amountText } from './draft-actions.ts';
import type { ChangedInvoice } from './invoice-actions.ts';
import { listLines, type InvoiceForUpdate } from './invoice-queries.ts';
import { openCents } from './invoice.ts';
import { lockInvoice } from './lock-invoice.ts';
import { settleInvoices } from './settle-invoices.ts';
import { postBadDebt } from './take-back-write-off.ts';

/**
 * Gives up what is open of the invoice. A deposit that was not received is credited, so that it is not held; the rest
 * becomes bad debt.
 *
 * @throws {NotFound} if the viewer may not see the invoice
 */
export async function writeOff(
  db: TenantDb,
  actor: Actor,
  billing: Billing,
  { id, reason }: { id: string; reason: string },
): Promise<ChangedInvoice> {
  const { account, invoice } = await lockInvoice(db, id);
  const open_cents = openCents(invoice);
  if (invoice.status === 'pending') return refuse({ field: 'reason', code: 'payment_pending' });
  if (open_cents === 0n) return refuse({ field: 'reason', code: 'nothing_open' });
  const parts = await unpaidDeposits(db, account, invoice);
  if (parts.length > 0) {
    const noted = await issueCreditNote(db, actor, billing, { invoice_id: id, parts, reason });
    if (!noted.ok) return noted;
  }
  const amount_cents = parts.reduce((left, { net_cents }) => left - net_cents, open_cents);
  if (amount_cents > 0n) writeOffRest(db, billing, account, { id, amount_cents, reason });
  recordAudit(db, actor, {
    event: 'invoice.written_off',
    target: { type: 'invoice', id, name: invoice.label },
    changes: { amount: [null, amountText(open_cents, invoice.currency)], reason: [null, reason] },
  });
  await unlockPaidRentals(db, actor, billing, [id]);
  return { ok: true, invoice };
}

/** What was paid has paid the other lines first. */
async function unpaidDeposits(db: TenantDb, account: BillingAccount, invoice: InvoiceForUpdate) {
  const parts: { position: number; net_cents: bigint }[] = [];
  let left = least(openCents(invoice), account.deposit_cents);
  for (const line of (await listLines(db, invoice.id)).filter(({ kind }) => kind === 'deposit')) {
    const held = line.rental_id === null ? left : await findHeldDeposit(db, line.rental_id);
    const net_cents = least(left, held, restOf(line).net_cents);
    if (net_cents <= 0n) continue;
    parts.push({ position: line.position, net_cents });
    left -= net_cents;
  }
  return parts;
}

function least(...[first, ...others]: [bigint, ...bigint[]]): bigint {
  return others.reduce((least, each) => (each < least ? each : least), first);
}

function writeOffRest(
  db: TenantDb,
  billing: Billing,
  account: BillingAccount,
  { id, amount_cents, reason }: { id: string; amount_cents: bigint; reason: string },
): void {
  postBadDebt(db, billing, account, id, amount_cents);
  settleInvoices(db, billing, [
    {
      billing_account_id: account.id,
      source: 'write_off',
      source_id: id,
      invoice_id: id,
      amount_cents,
      effective_on: billing.today,
    },
  ]);
  db.defer(db.from('invoices').where({ id }).update({ written_off_reason: reason }));
}
