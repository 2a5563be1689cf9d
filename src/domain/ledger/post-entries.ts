import { insertMany } from '../../database/insert-many.ts';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { balanceChange, type Movement, type Posting } from './ledger.ts';

/**
 * Appends the movements and updates the sums of the accounts, which must be locked. Two statements for any number of
 * postings, sent with the next awaited one.
 */
export function postEntries(db: TenantDb, postings: readonly Posting[]): void {
  const entries = postings.flatMap((posting) =>
    posting.movements.map(({ debit, credit, amount }) => ({
      id: newId(),
      billing_account_id: posting.billing_account_id,
      currency: posting.currency,
      posting: posting.posting,
      source_type: posting.source_type,
      source_id: posting.source_id,
      effective_on: posting.effective_on,
      debit,
      credit,
      amount_cents: amount,
    })),
  );
  if (entries.length === 0) return;
  db.defer(insertMany(db, 'ledger_entries', entries));
  db.defer(updateSums(db, postings));
}

function updateSums(db: TenantDb, postings: readonly Posting[]) {
  const movements = new Map<string, Movement[]>();
  for (const posting of postings) {
    const own = movements.get(posting.billing_account_id) ?? [];
    movements.set(posting.billing_account_id, own);
    own.push(...posting.movements);
  }
  const ids = [...movements.keys()];
  const changes = [...movements.values()].map(balanceChange);
  return db.raw(
    `update billing_accounts b set
       receivable_cents = b.receivable_cents + c.receivable,
       credit_cents = b.credit_cents + c.credit,
       deposit_cents = b.deposit_cents + c.deposit
     from unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::bigint[]) c (id, receivable, credit, deposit)
     where b.tenant_id = ? and b.id = c.id`,
    [
      ids,
      changes.map(({ receivable_cents }) => String(receivable_cents)),
      changes.map(({ credit_cents }) => String(credit_cents)),
      changes.map(({ deposit_cents }) => String(deposit_cents)),
      db.tenantId,
    ],
  );
}
