import type { RowKind } from './import-engine.ts';
import type { ImportKindName } from './import-kind.ts';
import { companyRows } from './company-rows.ts';
import { unitRows } from './unit-rows.ts';
import { userRows } from './user-rows.ts';

/** Undefined for a kind that cannot be imported yet. */
export const rowKinds: Readonly<Partial<Record<ImportKindName, RowKind>>> = {
  users: userRows,
  companies: companyRows,
  units: unitRows,
};
