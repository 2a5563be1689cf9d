import { pick, selectRows } from '../../database/columns.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { BillingAccount } from '../billing-account/billing-account.ts';
import { gatewayActor } from '../gateway/charge-deps.ts';
import { refuse, type RefusedValues } from '../form/parse-values.ts';
import { amountText } from '../invoice/draft-actions.ts';
import { listOpenInvoices } from '../invoice/open-invoices.ts';
import type { GatewayPayment, PaymentPart } from './gateway-payment.ts';
import { alertStaffOfPayment } from './payment-emails.ts';

export interface NewShortPayment {
  account: BillingAccount;
  invoice_id: string;
  /** What is not paid. */
  amount_cents: bigint;
  reason: string;
  comment: string | null;
}

/** Waits for the payment, which may fail. */
export function insertWaiting(
  db: TenantDb,
  actor: Actor,
  paymentId: string,
  shorts: readonly NewShortPayment[],
): void {
  const rows = shorts.map((short) => shortRow(actor, short, { payment_id: paymentId, status: 'waiting' }));
  if (rows.length > 0) db.defer(db.insertStatement('short_payments', rows));
}

function shortRow(
  actor: Actor,
  { account, ...short }: NewShortPayment,
  state: { payment_id: string | null; status: 'waiting' | 'open' },
) {
  return { id: newId(), billing_account_id: account.id, ...short, ...state, opened_by: actor.id };
}

const waitingColumns = pick('short_payments', 'id', 'invoice_id', 'amount_cents', 'reason', 'comment');

/** What was not paid is disputed from the success of the payment on. */
export async function openShortPayments(
  db: TenantDb,
  payment: GatewayPayment,
  paid: readonly { part: PaymentPart; amount_cents: bigint }[],
): Promise<void> {
  const rows = db.from('short_payments').where({ payment_id: payment.id, status: 'waiting' });
  for (const short of await selectRows(rows, waitingColumns)) {
    const found = paid.find(({ part }) => part.invoice_id === short.invoice_id);
    const rest = found ? found.part.open_cents - found.amount_cents - found.part.disputed_cents : 0n;
    const amount_cents = short.amount_cents < rest ? short.amount_cents : rest;
    if (amount_cents <= 0n) {
      db.defer(db.from('short_payments').where({ id: short.id }).update({ status: 'cancelled' }));
      continue;
    }
    db.defer(db.from('short_payments').where({ id: short.id }).update({ status: 'open', amount_cents }));
    await dispute(db, gatewayActor, payment, { ...short, label: found!.part.label, amount_cents });
  }
}

export function cancelShortPayments(db: TenantDb, paymentId: string): void {
  db.defer(
    db
      .from('short_payments')
      .where({ payment_id: paymentId, status: 'waiting' })
      .update({ status: 'cancelled' }),
  );
}

/** Nothing is paid: the undisputed part of the invoice is disputed at once. The account must be locked. */
export async function disputeInvoice(
  db: TenantDb,
  actor: Actor,
  { account, invoice_id, reason, comment }: Omit<NewShortPayment, 'amount_cents'>,
): Promise<{ ok: true; short_payment_id: string } | RefusedValues> {
  const invoice = (await listOpenInvoices(db, account.id)).find(({ id }) => id === invoice_id);
  if (!invoice) return refuse({ field: 'amount', code: 'invoice_not_open' });
  if (invoice.status === 'pending') return refuse({ field: 'amount', code: 'payment_pending' });
  const amount_cents = invoice.open_cents - invoice.disputed_cents;
  if (amount_cents <= 0n) return refuse({ field: 'amount', code: 'nothing_open' });
  const short = { account, invoice_id, reason, comment, amount_cents };
  const row = shortRow(actor, short, { payment_id: null, status: 'open' });
  db.defer(db.insertStatement('short_payments', [row]));
  const disputed = {
    id: invoice_id,
    billing_account_id: account.id,
    currency: account.currency,
    amount_cents,
  };
  await dispute(db, actor, disputed, { ...short, id: row.id, label: invoice.label });
  return { ok: true, short_payment_id: row.id };
}

type Disputed = Pick<NewShortPayment, 'invoice_id' | 'amount_cents' | 'reason' | 'comment'> & {
  id: string;
  label: string | null;
};

async function dispute(
  db: TenantDb,
  actor: Actor,
  payment: Parameters<typeof alertStaffOfPayment>[2],
  { id, invoice_id, amount_cents, reason, comment, label }: Disputed,
): Promise<void> {
  db.defer(
    db
      .from('invoices')
      .where({ id: invoice_id })
      .update({
        disputed_cents: db.raw('disputed_cents + ?::bigint', [String(amount_cents)]),
        version: db.raw('version + 1'),
      }),
  );
  recordAudit(db, actor, {
    event: 'short_payment.opened',
    target: { type: 'invoice', id: invoice_id, name: label },
    changes: { amount: [null, amountText(amount_cents, payment.currency)], reason: [null, reason] },
  });
  await alertStaffOfPayment(
    db,
    'disputeOpened',
    { ...payment, amount_cents },
    { path: `/disputes/${id}`, label, reason, body: comment },
  );
}
