import { balanceChange, type Movement } from './ledger.ts';
import type { StatementEntry } from './statement-queries.ts';

/** What one event changed, and the balance after it. */
export interface StatementMovement extends Pick<
  StatementEntry,
  'effective_on' | 'posting' | 'source_id' | 'invoice_label' | 'channel' | 'payment_reference'
> {
  amount_cents: bigint;
  balance_cents: bigint;
}

/** The balance is what the customer owes minus their credit; negative if they have more credit. */
export interface Statement {
  opening_cents: bigint;
  movements: readonly StatementMovement[];
  /** The opening balance and all movements. */
  closing_cents: bigint;
  /** Held at the end. Deposits are not in the balance. */
  deposit_cents: bigint;
}

/** `before` is what moved before the first entry. Events that leave the balance as it is are left out. */
export function statementOf(before: readonly Movement[], entries: readonly StatementEntry[]): Statement {
  const opening_cents = balanceOf(before);
  let balance_cents = opening_cents;
  const movements = eventsOf(entries).flatMap((event): StatementMovement[] => {
    const amount_cents = balanceOf(event);
    if (amount_cents === 0n) return [];
    balance_cents += amount_cents;
    const { effective_on, posting, source_id, invoice_label, channel, payment_reference } = event[0]!;
    const texts = { invoice_label, channel, payment_reference };
    return [{ effective_on, posting, source_id, ...texts, amount_cents, balance_cents }];
  });
  const { deposit_cents } = balanceChange([...before, ...entries]);
  return { opening_cents, movements, closing_cents: balance_cents, deposit_cents };
}

/** The entries of an event have the same source, posting and day. */
function eventsOf(entries: readonly StatementEntry[]): StatementEntry[][] {
  const events = new Map<string, StatementEntry[]>();
  for (const entry of entries) {
    const key = [entry.effective_on, entry.posting, entry.source_id].join(' ');
    const event = events.get(key);
    if (event) event.push(entry);
    else events.set(key, [entry]);
  }
  return [...events.values()];
}

function balanceOf(movements: readonly Movement[]): bigint {
  const { receivable_cents, credit_cents } = balanceChange(movements);
  return receivable_cents - credit_cents;
}
