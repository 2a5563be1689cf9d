import type { RowKind } from './import-engine.ts';
import type { ImportKindName } from './import-kind.ts';
import { userRows } from './user-rows.ts';

/** Undefined for a kind that cannot be imported yet. */
export const rowKinds: Readonly<Partial<Record<ImportKindName, RowKind>>> = { users: userRows };
