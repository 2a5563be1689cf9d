import { column, pick, selectRows, type Column, type RowOf } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { recordAudits } from '../audit/record-audit.ts';
import { lockAccounts } from '../billing-account/billing-account.ts';
import { recomputeOccupancy } from '../rental/renting.ts';
import { lockUnits } from '../unit/unit-queries.ts';
import { deleteRowsOf } from '../import/delete-rows-of.ts';
import { hasMoney, hasRecords, reasonsToKeep, reasonsSql } from '../import/references.ts';
import { accountReferences, rentalRecords } from './rental-references.ts';
import type { RentalRows } from './rental-row-context.ts';
import type { RowReason, UndoableRow, WrittenRow } from '../import/row.ts';
import type { RentalUndo } from './write-rentals.ts';

const columns = (db: TenantDb) => ({
  ...pick('rentals as r', 'id', 'unit_id', 'billing_account_id', 'version', 'starts_on'),
  unit_code: column('units as u', 'code') as Column<string>,
  reasons: reasonsToKeep(db, rentalRecords, 'r'),
});

type UndoneRental = RowOf<ReturnType<typeof columns>>;

/** Deletes rentals without money and other records. Their units are free again. */
export async function undoRentals(
  db: TenantDb,
  rows: RentalRows,
  written: readonly UndoableRow[],
): Promise<WrittenRow[]> {
  const ids = written.flatMap(({ target_id }) => target_id ?? []);
  const rentals = await lockRentals(db, ids);
  const reasons = new Map<number, RowReason>();
  const undone: UndoneRental[] = [];
  for (const row of written) {
    const rental = rentals.get(row.target_id!);
    const reason = reasonOf(row, rental);
    if (reason) reasons.set(row.line, reason);
    else undone.push(rental!);
  }
  deleteRentals(db, rows, undone);
  await deleteAccounts(
    db,
    written.filter(({ line }) => !reasons.has(line)),
  );
  return written.map(({ line, target_version, undo }) => {
    const reason = reasons.get(line);
    const errors = reason === undefined ? [] : [{ column: '', value: '', ...reason }];
    return { line, result: reason === undefined ? 'undone' : 'skipped', errors, target_version, undo };
  });
}

function reasonOf({ target_version }: UndoableRow, rental: UndoneRental | undefined): RowReason | undefined {
  if (!rental) return { code: 'undo_gone' };
  const referred = [hasMoney, hasRecords].find(({ code }) => rental.reasons.includes(code));
  return referred ?? (rental.version === target_version ? undefined : { code: 'undo_changed' });
}

/** With their units and accounts, in the order of the product. */
async function lockRentals(db: TenantDb, ids: readonly string[]): Promise<Map<string, UndoneRental>> {
  const chosen = () =>
    db
      .from('rentals as r')
      .join('units as u', { 'u.tenant_id': 'r.tenant_id', 'u.id': 'r.unit_id' })
      .whereRaw('r.id = any(?::uuid[])', [[...ids]])
      .orderBy('r.id');
  const seen = await selectRows(chosen(), pick('rentals as r', 'unit_id', 'billing_account_id'));
  await lockUnits(
    db,
    seen.map(({ unit_id }) => unit_id),
  );
  await lockAccounts(
    db,
    seen.map(({ billing_account_id }) => billing_account_id),
  );
  await selectRows(chosen().forUpdate('r'), pick('rentals as r', 'id'));
  const locked = await selectRows(chosen(), columns(db));
  return new Map(locked.map((rental) => [rental.id, rental]));
}

function deleteRentals(db: TenantDb, { actor }: RentalRows, rentals: readonly UndoneRental[]): void {
  if (rentals.length === 0) return;
  const ids = rentals.map(({ id }) => id);
  // Who rents is found by the rentals of the units, so these are cancelled before they are deleted.
  db.defer({
    text: `update rentals set status = 'cancelled' where tenant_id = $1 and id = any($2::uuid[])`,
    values: [db.tenantId, ids],
  });
  recomputeOccupancy(db, [...new Set(rentals.map(({ unit_id }) => unit_id))]);
  deleteRowsOf(db, ids, [
    ['rental_prices', 'rental_id'],
    ['custom_field_values_index', 'entity_id'],
    ['rentals', 'id'],
  ]);
  recordAudits(
    db,
    actor,
    rentals.map(({ id, unit_code, starts_on }) => ({
      event: 'rental.deleted',
      target: { type: 'rental', id, name: unit_code },
      changes: { starts_on: [starts_on, null] },
    })),
  );
}

/** Of accounts that the import has opened, those without rentals and money, so that a person can be deleted too. */
async function deleteAccounts(db: TenantDb, written: readonly UndoableRow[]): Promise<void> {
  const ids = written
    .map(({ undo }) => undo as RentalUndo)
    .flatMap(({ account_id, is_account_new }) => (is_account_new ? [account_id] : []));
  if (ids.length === 0) return;
  db.defer({
    text: `delete from billing_accounts b where b.tenant_id = $1 and b.id = any($2::uuid[])
      and cardinality(${reasonsSql(accountReferences, 'b', '$1')}) = 0`,
    values: [db.tenantId, ids],
  });
  await db.flush();
}
