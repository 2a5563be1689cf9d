import { pick, selectRow, selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';

interface TakenBack {
  rental_id: string | null;
  net_cents: bigint;
}

/** What is taken back of an invoiced deposit is no longer part of the deposit of its rental. The account is locked. */
export async function takeBackDeposits(db: TenantDb, deposits: readonly TakenBack[]): Promise<void> {
  for (const { rental_id, net_cents } of deposits) {
    if (rental_id === null) continue;
    const id = await lastTransferOf(db, rental_id);
    db.defer(
      db
        .from('rentals')
        .where({ id, deposit_settled_on: null })
        .update({ deposit_cents: db.raw('greatest(deposit_cents - ?::bigint, 0)', [String(net_cents)]) }),
    );
  }
}

/** Of an invoice that is deleted. */
export async function takeBackDepositsOf(db: TenantDb, invoiceId: string): Promise<void> {
  const lines = db.from('invoice_lines as l').where({ 'l.invoice_id': invoiceId, 'l.kind': 'deposit' });
  await takeBackDeposits(db, await selectRows(lines, pick('invoice_lines as l', 'rental_id', 'net_cents')));
}

/** That a rental was invoiced and has not settled, perhaps since it was transferred. */
export async function findHeldDeposit(db: TenantDb, rentalId: string): Promise<bigint> {
  const id = await lastTransferOf(db, rentalId);
  const rentals = db.from('rentals as r').where({ 'r.id': id, 'r.deposit_settled_on': null });
  return (await selectRow(rentals, pick('rentals as r', 'deposit_cents')))?.deposit_cents ?? 0n;
}

/** A transfer moves the deposit to the new rental. */
async function lastTransferOf(db: TenantDb, id: string): Promise<string> {
  const following = db.from('rentals as r').where('r.transferred_from_id', id);
  const next = await selectRow(following, pick('rentals as r', 'id'));
  return next ? lastTransferOf(db, next.id) : id;
}
