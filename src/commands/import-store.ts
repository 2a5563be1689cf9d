import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { TenantAccess } from '../database/in-tenant.ts';
import type { TenantDb } from '../database/tenant-db.ts';
import { systemActor } from '../domain/actor.ts';
import { listTenantFields } from '../domain/custom-field/custom-field-queries.ts';
import { writeUploadedFile } from '../domain/file/stored-file.ts';
import { findMatchedImport, listMappings, type SavedMapping } from '../domain/import/column-queries.ts';
import type { CsvFormat, CsvRow, OpenContent } from '../domain/csv/csv-format.ts';
import { detectFormat } from '../domain/csv/detect-format.ts';
import { readFirstRows } from '../domain/csv/first-rows.ts';
import type { ImportColumn } from '../domain/import/import-kind.ts';
import { beginCheck } from '../domain/import/import-steps.ts';
import { createImport } from '../domain/import/import-upload.ts';
import type { ImportMapping } from '../domain/import/import.ts';
import { importKinds } from '../domain/import/kinds.ts';
import { headingField } from '../domain/import/match-columns.ts';
import { matchImport } from '../domain/import/match-import.ts';
import { findSameHeader, suggestMapping, suggestOptions } from '../domain/import/suggest-mapping.ts';
import { fold } from '../domain/text/fold.ts';
import type { FileStore } from '../files/file-store.ts';
import { errorText, errorTexts } from '../locales/error-texts.ts';
import { translator } from '../locales/translate.ts';
import { CommandFailed, invalidOptions } from './command.ts';
import { mayClear, type ImportChoices } from './import-options.ts';

export const commandLine = systemActor('Command line');
const t = translator('en');

interface ReadFile {
  format: CsvFormat;
  /** The first ones. */
  rows: readonly CsvRow[];
}

export interface StoredImport {
  id: string;
  /** The name of the saved mapping that was used. */
  saved: string | null;
}

/**
 * Stores the file and how its columns are matched, as the pages of an import do. The import is being checked then.
 *
 * @throws {CommandFailed}
 */
export async function storeImport(
  access: TenantAccess,
  files: FileStore,
  file: string,
  choices: ImportChoices,
): Promise<StoredImport> {
  const open: OpenContent = (from) => createReadStream(file, { start: from });
  const detected = await detectFormat(open, choices.format);
  if (!detected.ok) throw new CommandFailed(unreadable(detected.errors[0]!));
  const read = { format: detected.format, rows: await readFirstRows(open, detected.format) };
  const written = await writeUploadedFile(files, access, createReadStream(file));
  const named = { ...written, name: path.basename(file) };
  return access.inTenant(async (db) => {
    const { id } = await createImport(db, commandLine, choices.values, named, read.format);
    const saved = await matchColumnsOf(db, id, choices, read);
    await beginCheck(db, commandLine, id);
    return { id, saved };
  });
}

function unreadable({ code, params }: { code: Parameters<typeof errorText>[0]['code']; params?: object }) {
  return t(errorText({ field: 'file', code }, errorTexts.platform), params as Record<string, string>);
}

/** Returns the name of the saved mapping that was used. */
async function matchColumnsOf(
  db: TenantDb,
  id: string,
  choices: ImportChoices,
  { format: { header, delimiter }, rows }: ReadFile,
): Promise<string | null> {
  const columns = importKinds[choices.values.kind].columns(await listTenantFields(db));
  const saved = findSaved(await listMappings(db, id), choices.saved, header);
  const mapping = chosenMapping(choices, suggestMapping(header, columns, saved), { header, columns });
  const options = { ...suggestOptions(rows, delimiter), ...saved?.options, ...choices.options };
  const { version } = (await findMatchedImport(db, id))!;
  const values = {
    ...options,
    clears_empty: mayClear(choices.values) && (options.clears_empty ?? false),
    save_as: choices.save_as,
    version,
  };
  const matched = await matchImport(db, commandLine, id, values, { mapping, columns });
  if (!matched.ok) {
    const headings = header.map((_, index) => [headingField(index), 'mapping']);
    throw invalidOptions(matched.errors, { save_as: 'save-mapping', ...Object.fromEntries(headings) });
  }
  return saved?.name ?? null;
}

/** By its name; without one, the saved mapping for the same headings. */
function findSaved(
  mappings: readonly SavedMapping[],
  name: string | undefined,
  header: readonly string[],
): SavedMapping | undefined {
  if (name === undefined) return findSameHeader(mappings, header);
  const saved = mappings.find((each) => fold(each.name) === fold(name));
  if (saved) return saved;
  const names = mappings.map((each) => each.name).join(', ') || 'none';
  throw new CommandFailed(`--saved-mapping: there is no mapping "${name}". Saved for this kind: ${names}.`);
}

/** The columns of the given headings, and those that were suggested for the other headings. */
function chosenMapping(
  { mapping: given }: ImportChoices,
  suggested: ImportMapping,
  { header, columns }: { header: readonly string[]; columns: readonly ImportColumn[] },
): ImportMapping {
  const names = Object.values(given);
  const unknown = names.filter((name) => name !== null && !columns.some((each) => each.name === name));
  if (unknown.length > 0) throw new CommandFailed(`--mapping: there is no column ${unknown.join(', ')}.`);
  return header.map((heading, index) => {
    if (Object.hasOwn(given, heading)) return given[heading]!;
    const name = suggested[index]!;
    return names.includes(name) ? null : name;
  });
}
