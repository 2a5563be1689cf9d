import * as z from 'zod';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { found } from '../../errors.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { checkbox, optionalLine } from '../form/fields.ts';
import { code, refuse } from '../form/parse-values.ts';
import { fold } from '../text/fold.ts';
import { findMapping, findMatchedImport, type MatchedImport } from './column-queries.ts';
import { delimiters, encodings, type CsvFormat } from '../csv/csv-format.ts';
import type { ImportColumn } from './import-kind.ts';
import { dateOrders, type ImportMapping } from './import.ts';
import { checkMapping } from './match-columns.ts';

export const matchSchema = z.object({
  date_order: z.enum(dateOrders, code('invalid')),
  has_decimal_comma: checkbox(),
  clears_empty: checkbox(),
  save_as: optionalLine(60),
  version: z.int(),
});

export const formatSchema = z.object({
  encoding: z.enum(encodings, code('invalid')),
  delimiter: z.enum(delimiters, code('invalid')),
  version: z.int(),
});

export type MatchValues = z.infer<typeof matchSchema>;

/** Stores how the headings are imported, and under a name also for later imports. */
export async function matchImport(
  db: TenantDb,
  actor: Actor,
  id: string,
  { version, save_as, date_order, has_decimal_comma, clears_empty }: MatchValues,
  { mapping, columns }: { mapping: ImportMapping; columns: readonly ImportColumn[] },
) {
  const row = found(await findMatchedImport(db, id).forUpdate('i'));
  const error = changeError(row, version);
  if (error) return refuse(error);
  const errors = checkMapping(mapping, columns, keyColumn(row));
  if (errors.length > 0) return refuse(...errors);
  const stored = {
    mapping: JSON.stringify(mapping),
    options: JSON.stringify({ date_order, has_decimal_comma, clears_empty }),
  };
  await db
    .from('imports')
    .where({ id })
    .update({ ...stored, version: version + 1 });
  recordAudit(db, actor, {
    event: 'import.columns_matched',
    target: { type: 'import', id, name: row.file_name },
    changes: { columns: mapping.filter((name) => name !== null).join(', ') },
  });
  if (save_as !== null && !(await saveMapping(db, actor, row, { name: save_as, ...stored })))
    return refuse({ field: 'save_as', code: 'mapping_name_taken', params: { name: save_as } });
  return { ok: true as const };
}

/** An import that only creates needs no column of its key. */
function keyColumn({ key, mode }: MatchedImport): string | null {
  return mode === 'create' ? null : key;
}

export async function changeFormat(
  db: TenantDb,
  actor: Actor,
  id: string,
  version: number,
  { encoding, delimiter, header }: CsvFormat,
) {
  const row = found(await findMatchedImport(db, id).forUpdate('i'));
  const error = changeError(row, version);
  if (error) return refuse(error);
  await db
    .from('imports')
    .where({ id })

    .update({
      encoding,
      delimiter,
      header: [...header],
      mapping: null,
      // The verdicts of a check are those of the former header.
      state: 'uploaded',
      counts: '{}',
      error: null,
      version: version + 1,
    });
  recordAudit(db, actor, {
    event: 'import.format_changed',
    target: { type: 'import', id, name: row.file_name },
    changes: { encoding: [row.encoding, encoding], delimiter: [row.delimiter, delimiter] },
  });
  return { ok: true as const };
}

function changeError(row: MatchedImport, version: number) {
  if (!isMatchable(row)) return { field: 'version', code: 'import_checked_before' } as const;
  if (row.file_id === null) return { field: 'version', code: 'import_file_expired' } as const;
  return version === row.version ? undefined : ({ field: 'version', code: 'import_changed' } as const);
}

/** Until something was imported. */
export function isMatchable({ state, imported_at }: Pick<MatchedImport, 'state' | 'imported_at'>): boolean {
  return imported_at === null && ['uploaded', 'checked', 'failed', 'cancelled'].includes(state);
}

async function saveMapping(
  db: TenantDb,
  actor: Actor,
  { kind, header }: MatchedImport,
  { name, ...stored }: { name: string; mapping: string; options: string },
): Promise<boolean> {
  const id = newId();
  const isFree = await db.catchUniqueViolation(() =>
    db.insertInto('import_mappings', {
      id,
      kind,
      name,
      name_norm: fold(name),
      header: [...header],
      created_by: actor.id,
      ...stored,
    }),
  );
  if (isFree)
    recordAudit(db, actor, {
      event: 'import_mapping.saved',
      target: { type: 'import_mapping', id, name },
      changes: { kind: [null, kind] },
    });
  return isFree;
}

/** @throws {NotFound} also if it was deleted before */
export async function deleteMapping(db: TenantDb, actor: Actor, id: string) {
  const mapping = found(await findMapping(db, id).forUpdate());
  await db.from('import_mappings').where({ id }).delete();
  recordAudit(db, actor, {
    event: 'import_mapping.deleted',
    target: { type: 'import_mapping', id, name: mapping.name },
    changes: { kind: [mapping.kind, null] },
  });
  return mapping;
}
