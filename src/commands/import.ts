import { createReadStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { csvLines } from '../csv.ts';
import { asPlatform } from '../database/as-platform.ts';
import { accessTenant, inTenant, type TenantAccess } from '../database/in-tenant.ts';
import { newId } from '../database/new-id.ts';
import { errorHeadings, errorRows, reasonOf } from '../documents/import-errors.ts';
import { systemActor } from '../domain/actor.ts';
import { listTenantFields } from '../domain/custom-field/custom-field-queries.ts';
import { keepUploadedFile, writeUploadedFile } from '../domain/file/stored-file.ts';
import { detectFormat } from '../domain/import/detect-format.ts';
import type { CsvFormat, OpenContent } from '../domain/import/csv-format.ts';
import { findImport, type Import } from '../domain/import/import-queries.ts';
import { importModes, type ImportKindName, type ImportMode } from '../domain/import/import-kind.ts';
import { availableKinds, importKinds } from '../domain/import/kinds.ts';
import { listRefusedRows, REFUSED_ROWS, type ShownRow } from '../domain/import/list-rows.ts';
import { KEPT_DAYS } from '../domain/import/import-upload.ts';
import { matchColumns } from '../domain/import/match-columns.ts';
import { beginCheck, beginImport } from '../domain/import/import-steps.ts';
import { openFileStore, type FileStore } from '../files/file-store.ts';
import { errorText, errorTexts } from '../locales/error-texts.ts';
import { translator } from '../locales/translate.ts';
import { importCheckKind } from '../tasks/import-check.ts';
import { importKind } from '../tasks/import.ts';
import { runWithoutTask } from '../tasks/run-without-task.ts';
import { command, CommandFailed, getTenant, withDatabase, WrongUsage, type Call } from './command.ts';

const options = {
  tenant: { type: 'string' },
  kind: { type: 'string' },
  file: { type: 'string' },
  mode: { type: 'string' },
  key: { type: 'string' },
  mapping: { type: 'string' },
  'all-or-nothing': { type: 'boolean' },
  'clear-empty': { type: 'boolean' },
  errors: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;

type ImportCall = Call<typeof options>;

const actor = systemActor('Command line');
const t = translator('en');

export const importFile = command({
  options,
  required: ['tenant', 'kind', 'file'],
  run: (call) =>
    withDatabase(call.config, async ({ database }) => {
      const tenant = await asPlatform(database, (db) => getTenant(db, call.options.tenant!));
      const access = accessTenant(database, tenant.id);
      const files = openFileStore(call.config.filesUrl);
      const deps = { files, secretKeys: call.config.secretKeys };
      const chosen = readChoices(call);
      const file = call.options.file!;
      await stat(file).catch(() => {
        throw new CommandFailed(`${file} cannot be read.`);
      });
      const id = await storeImport(call, access, { files, file, ...chosen });
      const input = { import_id: id, file, requested_by: '' };
      await runWithoutTask(importCheckKind(deps), input, access);
      const checked = await getImport(access, id);
      if (checked.error !== null) throw new CommandFailed(unreadable(checked.error));
      const mayStart = await startable(call, checked);
      if (mayStart) {
        await inTenant(database, tenant.id, (db) =>
          beginImport(db, actor, id, call.options['all-or-nothing'] ?? false),
        );
        await runWithoutTask(importKind(deps), input, access);
      }
      await report(call, access, files, id);
    }),
});

function readChoices({ options: { kind, mode: given, key } }: ImportCall) {
  const name = availableKinds.find((each) => each === kind);
  if (!name) throw new WrongUsage(`--kind takes one of: ${availableKinds.join(', ')}.`);
  const info = importKinds[name];
  const mode = given ?? (info.modes.includes('both') ? 'both' : info.modes[0]!);
  const known = importModes.find((each) => each === mode && info.modes.includes(each));
  if (!known) throw new WrongUsage(`--mode takes one of: ${info.modes.join(', ')}.`);
  const chosen = info.keys.find((each) => each.name === (key ?? info.keys[0]!.name));
  if (!chosen) throw new WrongUsage(`--key takes one of: ${info.keys.map((each) => each.name).join(', ')}.`);
  return { kind: name, mode: known, key: chosen.name };
}

interface StoredFile {
  files: FileStore;
  file: string;
  kind: ImportKindName;
  mode: ImportMode;
  key: string;
}

async function storeImport(call: ImportCall, access: TenantAccess, { files, file, ...columns }: StoredFile) {
  const open: OpenContent = (from) => createReadStream(file, { start: from });
  const detected = await detectFormat(open);
  if (!detected.ok)
    throw new CommandFailed(
      t(errorText(detected.errors[0]!, errorTexts.platform), detected.errors[0]!.params),
    );
  const mapping = await readMapping(call, access, columns.kind, detected.format);
  const written = await writeUploadedFile(files, access, createReadStream(file));
  const id = newId();
  await access.inTenant(async (db) => {
    await keepUploadedFile(db, written, KEPT_DAYS);
    await db.insertInto('imports', {
      id,
      ...columns,
      file_id: written.id,
      file_name: file.split('/').at(-1)!,
      encoding: detected.format.encoding,
      delimiter: detected.format.delimiter,
      header: [...detected.format.header],
      byte_count: BigInt(written.byte_count),
      mapping: JSON.stringify(mapping),
      options: JSON.stringify({
        date_order: 'ymd',
        has_decimal_comma: detected.format.delimiter === ';',
        clears_empty: call.options['clear-empty'] ?? false,
      }),
    });
    await beginCheck(db, actor, id);
  });
  return id;
}

/** The file of a mapping is a JSON object from headings to columns; others are matched by their names. */
async function readMapping(
  { options: { mapping: path } }: ImportCall,
  access: TenantAccess,
  kind: ImportKindName,
  { header }: CsvFormat,
) {
  const columns = importKinds[kind].columns(await access.inTenant((db) => listTenantFields(db)));
  const matched = matchColumns(header, columns);
  if (path === undefined) return matched;
  const given = JSON.parse(await readFile(path, 'utf8')) as Record<string, string | null>;
  const unknown = Object.values(given).filter(
    (name) => name !== null && !columns.some((each) => each.name === name),
  );
  if (unknown.length > 0) throw new CommandFailed(`--mapping: there is no column ${unknown.join(', ')}.`);
  return header.map((heading, index) => (Object.hasOwn(given, heading) ? given[heading]! : matched[index]!));
}

async function getImport(access: TenantAccess, id: string): Promise<Import> {
  return (await access.inTenant((db) => findImport(db, id)))!;
}

function unreadable(error: string): string {
  const { code, line } = JSON.parse(error) as { code: 'file_has_nul'; line: number };
  return t(errorText({ field: 'file', code }, errorTexts.platform), { line });
}

async function startable({ options: given }: ImportCall, { counts }: Import): Promise<boolean> {
  const { create = 0, update = 0, error = 0 } = counts;
  if (given['dry-run'] || create + update === 0) return false;
  return !(given['all-or-nothing'] && error > 0);
}

/** One line for each refused row. @throws {CommandFailed} if there is one */
async function report(call: ImportCall, access: TenantAccess, files: FileStore, id: string): Promise<void> {
  const row = await getImport(access, id);
  const refused = await readRefused(access, id);
  for (const { line, errors } of refused) call.stderr(`Row ${line}: ${reasonOf(row, errors)}`);
  if (call.options.errors !== undefined) await writeErrors(call.options.errors, row, access, files);
  const { kind, counts } = row;
  const texts = Object.entries(counts).map(([name, count]) => `${name}: ${count}`);
  const result = { tenant: call.options.tenant, kind, id, dry_run: call.options['dry-run'] ?? false, counts };
  call.print(result, texts.join(', ') || 'no rows');
  if (refused.length > 0) throw new CommandFailed(`Refused rows: ${refused.length}.`);
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
  const parts: string[][] = [];
  for await (const rows of errorRows(
    row,
    (from) => files.open({ tenantId, id: row.file_id! }, { start: from }),
    refused,
    access,
  ))
    parts.push(...rows.map((cells) => cells.map(String)));
  await writeFile(path, csvLines([errorHeadings(row), ...parts]));
}
