import { writeFile } from 'node:fs/promises';
import { csvLines } from '../csv.ts';
import type { TenantAccess } from '../database/in-tenant.ts';
import { errorHeadings, errorRows, reasonOf } from '../documents/import-errors.ts';
import { findImport, type Import } from '../domain/import/import-queries.ts';
import { listRefusedRows, REFUSED_ROWS, type ShownRow } from '../domain/import/list-rows.ts';
import type { FileStore } from '../files/file-store.ts';
import { CommandFailed } from './command.ts';
import { delimiterNames, type ImportCall } from './import-options.ts';
import type { StoredImport } from './import-store.ts';

export async function getImport(access: TenantAccess, id: string): Promise<Import> {
  return (await access.inTenant((db) => findImport(db, id)))!;
}

/** One line for each refused row. @throws {CommandFailed} if there is one */
export async function report(
  call: ImportCall,
  access: TenantAccess,
  files: FileStore,
  { id, saved }: StoredImport,
): Promise<void> {
  const row = await getImport(access, id);
  const refused = await readRefused(access, id);
  for (const { line, errors } of refused) call.stderr(`Row ${line}: ${reasonOf(row, errors)}`);
  if (call.options.errors !== undefined) await writeErrors(call.options.errors, row, access, files);
  const { kind, counts } = row;
  const read = readAs(row, saved);
  const dry_run = call.options['dry-run'] ?? false;
  call.print({ tenant: call.options.tenant, kind, id, dry_run, counts, ...read }, [
    ...readAsLines(read),
    `Import ${id}: ${countsText(counts)}`,
  ]);
  if (refused.length > 0) throw new CommandFailed(`Refused rows: ${refused.length}.`);
}

export function countsText(counts: Import['counts']): string {
  return (
    Object.entries(counts)
      .map(([name, count]) => `${name}: ${count}`)
      .join(', ') || 'no rows'
  );
}

/** How the file was read: what was given, and otherwise what was detected. */
function readAs({ encoding, delimiter, header, mapping, mode, key, options }: Import, saved: string | null) {
  const { date_order, has_decimal_comma, clears_empty = false } = options;
  return {
    encoding,
    delimiter: delimiterNames[delimiter],
    date_order,
    decimal_mark: has_decimal_comma ? 'comma' : 'point',
    clear_empty: clears_empty,
    mode,
    key,
    saved_mapping: saved,
    mapping: Object.fromEntries(header.map((heading, index) => [heading, mapping?.[index] ?? null])),
  };
}

function readAsLines(read: ReturnType<typeof readAs>): string[] {
  const { mapping, saved_mapping, ...formats } = read;
  const texts = Object.entries(formats).map(([name, value]) => `${name.replaceAll('_', '-')} ${value}`);
  const saved = saved_mapping === null ? [] : [`saved-mapping ${saved_mapping}`];
  const columns = Object.entries(mapping).map(([heading, name]) => `${heading} = ${name ?? 'not imported'}`);
  return [`Read as: ${[...texts, ...saved].join(', ')}`, `Columns: ${columns.join(', ')}`];
}

async function readRefused(access: TenantAccess, id: string): Promise<ShownRow[]> {
  const refused: ShownRow[] = [];
  for (;;) {
    const rows = await access.inTenant((db) => listRefusedRows(db, id, refused.at(-1)?.line));
    refused.push(...rows);
    if (rows.length < REFUSED_ROWS) return refused;
  }
}

async function writeErrors(path: string, row: Import, access: TenantAccess, files: FileStore): Promise<void> {
  const tenantId = await access.inTenant((db) => db.tenantId);
  const [refused] = await access.readTenant((db) => [listRefusedRows(db, row.id)]);
  const open = (from: number) => files.open({ tenantId, id: row.file_id! }, { start: from });
  const parts: string[][] = [];
  for await (const rows of errorRows(row, open, refused, access))
    parts.push(...rows.map((cells) => cells.map(String)));
  await writeFile(path, csvLines([errorHeadings(row), ...parts]));
}
