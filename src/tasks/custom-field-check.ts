import * as z from 'zod';
import { csvLines, moreCsvLines } from '../csv.ts';
import type { TenantAccess } from '../database/in-tenant.ts';
import { NIL_ID } from '../database/new-id.ts';
import { findCustomField } from '../domain/custom-field/custom-field-queries.ts';
import { fieldTypeNames } from '../domain/custom-field/field-types.ts';
import { failedRows, listValues, type NewType } from '../domain/custom-field/rewrite-values.ts';
import { keepTaskFiles, placeTaskFile, writeTaskFile } from '../domain/file/stored-file.ts';
import type { FileStore } from '../files/file-store.ts';
import type { TaskKind } from './task-kind.ts';

interface Cursor {
  /** The last id. */
  after: string;
  /** Number of parts of the file. */
  parts: number;
  failed: number;
  isComplete: boolean;
}

const inputSchema = z.object({
  field_id: z.string(),
  title: z.string(),
  type: z.enum(fieldTypeNames),
  type_label: z.string(),
  /** One on each line. */
  choices: z.string(),
});

type Input = z.infer<typeof inputSchema>;

const FIRST: Cursor = { after: NIL_ID, parts: 0, failed: 0, isComplete: false };

/** Lists the values that a new type would not fit, in a file. */
export function customFieldCheckKind(
  { files }: { files: FileStore },
  batchSize = 5_000,
): TaskKind<Input, Cursor> {
  return {
    input: inputSchema,
    async *run({ field_id, type, choices }, progress, tenant, taskId) {
      let { cursor, done } = { ...progress, cursor: progress.cursor ?? FIRST };
      const to = { type, choices: choices.split('\n') };
      while (!cursor.isComplete) {
        const read = await readFailed(tenant, field_id, to, { after: cursor.after, limit: batchSize });
        const lines = read.failed.map(({ id, name, text }) => [id, name, text]);
        const isFirst = cursor.parts === 0;
        const text = isFirst ? csvLines([['Id', 'Name', 'Value'], ...lines]) : moreCsvLines(lines);
        const file = text === '' ? undefined : await writeTaskFile(files, tenant, taskId, text);
        const position = cursor.parts;
        cursor = {
          after: read.after,
          parts: position + (file ? 1 : 0),
          failed: cursor.failed + lines.length,
          isComplete: read.rows < batchSize,
        };
        done += read.rows;
        const after = { cursor, done, total: null };
        yield async (db) => {
          if (file) await placeTaskFile(db, file, position);
          if (after.cursor.isComplete) await keepTaskFiles(db, taskId);
          return after;
        };
      }
      return { failed: cursor.failed };
    },
  };
}

function readFailed(
  tenant: TenantAccess,
  fieldId: string,
  to: NewType,
  batch: { after: string; limit: number },
) {
  return tenant.inTenant(async (db) => {
    const field = await findCustomField(db, fieldId);
    const rows = field ? await listValues(db, field, batch) : [];
    return {
      failed: field ? failedRows(field, to, rows) : [],
      rows: rows.length,
      after: rows.at(-1)?.id ?? batch.after,
    };
  });
}
