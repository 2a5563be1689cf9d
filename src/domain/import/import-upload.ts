import * as z from 'zod';
import { newId } from '../../database/new-id.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import type { Actor } from '../actor.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { keepUploadedFile, type WrittenFile } from '../file/stored-file.ts';
import { code } from '../form/parse-values.ts';
import { truncate } from '../../truncate.ts';
import { cleanLine } from '../text/pasted-text.ts';
import type { CsvFormat } from '../csv/csv-format.ts';
import { importModes, type ImportKindName, type ImportMode } from './import-kind.ts';
import { availableKinds, importKinds } from './kinds.ts';

/** As the rows of the check, see `purge-expired.ts`. */
export const KEPT_DAYS = 30;
const MAX_NAME = 200;

/** The first key of the kind, or the id. */
export const chosenKeys = ['main', 'id'] as const;

export const newImportSchema = z
  .object({
    kind: z.enum(availableKinds, code('invalid')),
    mode: z.enum(importModes, code('invalid')),
    key: z.enum(chosenKeys, code('invalid')),
  })
  .refine(({ kind, mode }) => modeOf(kind, mode) !== undefined, {
    path: ['mode'],
    ...code('import_create_only'),
  })
  .refine(({ kind, key }) => key === 'main' || importKinds[kind].keys.some(({ name }) => name === key), {
    path: ['key'],
    ...code('invalid'),
  });

/**
 * A kind that only creates takes Create & Update, the first choice of the page, as Create Only. Undefined for a mode that the
 * kind does not have.
 */
function modeOf(kind: ImportKindName, mode: ImportMode): ImportMode | undefined {
  const { modes } = importKinds[kind];
  if (modes.includes(mode)) return mode;
  return mode === 'both' ? 'create' : undefined;
}

export type NewImportValues = z.infer<typeof newImportSchema>;

export async function createImport(
  db: TenantDb,
  actor: Actor,
  { kind, key, ...given }: NewImportValues,
  { name, ...file }: WrittenFile & { name: string },
  { encoding, delimiter, header }: CsvFormat,
) {
  const mode = modeOf(kind, given.mode)!;
  const row = {
    id: newId(),
    kind,
    mode,
    key: key === 'main' ? importKinds[kind].keys[0]!.name : key,
    file_id: file.id,
    file_name: truncate(cleanLine(name), MAX_NAME) || `${kind}.csv`,
    byte_count: BigInt(file.byte_count),
    encoding,
    delimiter,
    header: [...header],
    requested_by: actor.id,
  };
  await keepUploadedFile(db, file, KEPT_DAYS);
  await db.insertInto('imports', row);
  recordAudit(db, actor, {
    event: 'import.uploaded',
    target: { type: 'import', id: row.id, name: row.file_name },
    changes: { kind: [null, kind], mode: [null, mode], bytes: [null, file.byte_count] },
  });
  return { ok: true as const, id: row.id };
}
