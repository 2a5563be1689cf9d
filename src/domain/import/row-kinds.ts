import type { RowKind } from './import-engine.ts';
import type { ImportKindName } from './import-kind.ts';
import { balanceRows } from '../balance-import/balance-rows.ts';
import { companyRows } from '../company-import/company-rows.ts';
import { rentalRows } from '../rental-import/rental-rows.ts';
import { unitRows } from '../unit-import/unit-rows.ts';
import { userRows } from '../user-import/user-rows.ts';

/** Undefined for a kind that cannot be imported yet. */
export const rowKinds: Readonly<Partial<Record<ImportKindName, RowKind>>> = {
  users: userRows,
  companies: companyRows,
  units: unitRows,
  rentals: rentalRows,
  balances: balanceRows,
};
