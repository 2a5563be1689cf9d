import { pick, selectRow } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { findUnit } from '../unit/unit-queries.ts';

/** Exactly one of the two. */
export interface TransferChoice {
  to_unit_id: string | null;
  to_unit_type_id: string | null;
}

export interface TransferPrices {
  /** Of a choice of a type, the name of the type. */
  unit_code: string;
  price: bigint;
  deposit: bigint;
}

/** The prices of an available unit, or of a type. */
export async function findTransferTarget(
  db: TenantDb,
  { to_unit_id, to_unit_type_id }: TransferChoice,
): Promise<TransferPrices | undefined> {
  if (to_unit_id !== null) {
    const unit = await findUnit(db, to_unit_id);
    if (unit?.status !== 'available') return undefined;
    return { unit_code: unit.code, price: unit.price_cents, deposit: unit.deposit_cents };
  }
  if (to_unit_type_id === null) return undefined;
  const types = db.from('unit_types').where({ id: to_unit_type_id });
  const type = await selectRow(types, pick('unit_types', 'name', 'price_cents', 'deposit_cents'));
  return type && { unit_code: type.name, price: type.price_cents, deposit: type.deposit_cents };
}
