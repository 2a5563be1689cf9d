import { NIL_ID } from '../../database/new-id.ts';
import { selectRows } from '../../database/columns.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { CustomField } from './custom-field-queries.ts';
import { fieldEntities, rowName } from './custom-field.ts';
import { convertValue, isFile, submittedTexts, type FieldTypeName, type FieldValue } from './field-types.ts';
import { customOfUser } from './former-values.ts';
import { indexValues, storeCustomValues, type ChangedValues } from './store-values.ts';

export interface RenamedChoice {
  from: string;
  to: string;
}

export interface ValueRow {
  id: string;
  /** Of the row. */
  name: string;
  /** Null if the row has no value of the field. */
  value: FieldValue | null;
}

/** Rows of the entity with the value of the field, in the order of their ids. */
export function listValues(
  db: TenantDb,
  { entity, code }: Pick<CustomField, 'entity' | 'code'>,
  { after, limit }: { after: string; limit: number },
) {
  const { table } = fieldEntities[entity];
  const custom = entity === 'user' ? customOfUser(db, 't') : db.raw<unknown>('t.custom');
  const rows = db.from(`${table} as t`).where('t.id', '>', after).orderBy('t.id').limit(limit);
  return selectRows(rows, {
    id: db.raw<string>('t.id'),
    name: rowName(db, entity),
    value: db.raw<FieldValue | null>('(?) -> ?::text', [custom, code]),
  });
}

/**
 * Stores the values of a batch of rows in the present type of the field, and their index. A value that cannot be
 * converted is kept as it is. Returns the last id, how many rows were read and how many were changed.
 */
export async function rewriteValues(
  db: TenantDb,
  field: CustomField,
  renamed: RenamedChoice | undefined,
  batch: { after: string; limit: number },
): Promise<{ after: string; rows: number; changed: number }> {
  const rows = await listValues(db, field, batch).forNoKeyUpdate('t');
  const changed: ChangedValues[] = [];
  const indexed: ChangedValues[] = [];
  for (const { id, value } of rows) {
    const after = value === null || field.is_secret ? value : rewritten(field, value, renamed);
    indexed.push({ id, values: { [field.code]: after } });
    if (JSON.stringify(after) !== JSON.stringify(value)) changed.push(indexed.at(-1)!);
  }
  if (changed.length > 0) storeCustomValues(db, field.entity, [field], changed);
  indexValues(db, [field], indexed);
  await db.flush();
  return { after: rows.at(-1)?.id ?? batch.after, rows: rows.length, changed: changed.length };
}

function rewritten(field: CustomField, value: FieldValue, renamed: RenamedChoice | undefined): FieldValue {
  const given = renamed ? withRenamedChoice(value, renamed) : value;
  return convertValue(field, given) ?? given;
}

function withRenamedChoice(value: FieldValue, { from, to }: RenamedChoice): FieldValue {
  if (typeof value === 'string') return value === from ? to : value;
  if (typeof value === 'boolean' || isFile(value)) return value;
  return [...new Set(value.map((choice) => (choice === from ? to : choice)))];
}

export interface NewType {
  type: FieldTypeName;
  choices: readonly string[];
}

export interface Conversion {
  failed: number;
  /** The first rows whose value cannot be converted. */
  first: { id: string; name: string; text: string }[];
  /** There are more rows, which `checkByTask` reads. */
  is_cut: boolean;
}

/** Of one look at the values before the type changes. */
const MAX_CHECKED = 10_000;
const MAX_SHOWN = 10;

/** What a change of the type would do. Values that are not of the present type do not count. */
export async function checkConversion(db: TenantDb, field: CustomField, to: NewType): Promise<Conversion> {
  const read = await listValues(db, field, { after: NIL_ID, limit: MAX_CHECKED });
  const failed = failedRows(field, to, read);
  return { failed: failed.length, first: failed.slice(0, MAX_SHOWN), is_cut: read.length === MAX_CHECKED };
}

/** Those whose value cannot be converted. */
export function failedRows(field: CustomField, to: NewType, rows: readonly ValueRow[]): Conversion['first'] {
  return rows.flatMap(({ id, name, value }) => {
    if (value === null || convertValue(field, value) === undefined || convertValue(to, value) !== undefined)
      return [];
    return [{ id, name, text: submittedTexts(value).join(', ') }];
  });
}
