import { readFile, stat } from 'node:fs/promises';
import { delimiters, encodings, type Delimiter, type Encoding } from '../domain/csv/csv-format.ts';
import { importModes } from '../domain/import/import-kind.ts';
import { chosenKeys, newImportSchema, type NewImportValues } from '../domain/import/import-upload.ts';
import { dateOrders, type ImportOptions } from '../domain/import/import.ts';
import { availableKinds, importKinds } from '../domain/import/kinds.ts';
import { matchSchema } from '../domain/import/match-import.ts';
import { parseValues } from '../domain/form/parse-values.ts';
import { CommandFailed, invalidOptions, WrongUsage, type Call } from './command.ts';

export const importOptions = {
  tenant: { type: 'string' },
  kind: { type: 'string' },
  file: { type: 'string' },
  mode: { type: 'string' },
  key: { type: 'string' },
  encoding: { type: 'string' },
  delimiter: { type: 'string' },
  'date-order': { type: 'string' },
  'decimal-mark': { type: 'string' },
  mapping: { type: 'string' },
  'saved-mapping': { type: 'string' },
  'save-mapping': { type: 'string' },
  'clear-empty': { type: 'boolean' },
  'all-or-nothing': { type: 'boolean' },
  errors: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;

export type ImportCall = Call<typeof importOptions>;

export const delimiterNames: Readonly<Record<Delimiter, string>> = {
  ',': 'comma',
  ';': 'semicolon',
  '\t': 'tab',
};

export const decimalMarks = ['point', 'comma'] as const;

/** What is not given is detected. */
export interface ImportChoices {
  values: NewImportValues;
  format: { encoding?: Encoding; delimiter?: Delimiter };
  options: Partial<ImportOptions>;
  /** From headings to columns. */
  mapping: Readonly<Record<string, string | null>>;
  saved: string | undefined;
  save_as: string | null;
}

/** @throws {WrongUsage|CommandFailed} */
export async function readChoices({ options: given }: ImportCall): Promise<ImportChoices> {
  const encoding = choose('encoding', given.encoding, encodings);
  const delimiter = choose('delimiter', given.delimiter, Object.values(delimiterNames));
  const date_order = choose('date-order', given['date-order'], dateOrders);
  const mark = choose('decimal-mark', given['decimal-mark'], decimalMarks);
  const values = readValues(given);
  if (given['clear-empty'] && !mayClear(values))
    throw new WrongUsage('--clear-empty is for --kind users with --mode update or both.');
  return {
    values,
    format: {
      ...(encoding && { encoding }),
      ...(delimiter && { delimiter: delimiters.find((each) => delimiterNames[each] === delimiter)! }),
    },
    options: {
      ...(date_order && { date_order }),
      ...(mark && { has_decimal_comma: mark === 'comma' }),
      ...(given['clear-empty'] && { clears_empty: true }),
    },
    mapping: given.mapping === undefined ? {} : await readMappingFile(given.mapping),
    saved: given['saved-mapping'],
    save_as: given['save-mapping'] === undefined ? null : readName(given['save-mapping']),
  };
}

function choose<Value extends string>(
  name: string,
  given: string | undefined,
  values: readonly Value[],
): Value | undefined {
  const chosen = values.find((each) => each === given);
  if (given !== undefined && chosen === undefined)
    throw new WrongUsage(`--${name} takes one of: ${values.join(', ')}.`);
  return chosen;
}

function readValues(given: ImportCall['options']): NewImportValues {
  const kind = choose('kind', given.kind, availableKinds)!;
  const { modes, keys } = importKinds[kind];
  const known = importModes.filter((each) => modes.includes(each));
  const mode = choose('mode', given.mode, known) ?? (modes.includes('both') ? 'both' : modes[0]!);
  const names = keys.map(({ name }) => name);
  const key = choose('key', given.key, names) ?? names[0]!;
  const chosen = chosenKeys.find((each) => each === key) ?? 'main';
  const parsed = parseValues(newImportSchema, { kind, mode, key: chosen });
  if (!parsed.ok) throw invalidOptions(parsed.errors);
  return parsed.values;
}

export function mayClear({ kind, mode }: NewImportValues): boolean {
  return (importKinds[kind].may_clear ?? false) && mode !== 'create';
}

/** A JSON object from headings to columns, or to null for one that is not imported. */
async function readMappingFile(path: string): Promise<Record<string, string | null>> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new CommandFailed(`--mapping: ${path} cannot be read.`);
  });
  const mapping = parseJson(text);
  const isMapping =
    typeof mapping === 'object' &&
    mapping !== null &&
    !Array.isArray(mapping) &&
    Object.values(mapping).every((name) => name === null || typeof name === 'string');
  if (isMapping) return mapping as Record<string, string | null>;
  throw new CommandFailed(`--mapping: ${path} is not a JSON object from headings to columns.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readName(name: string): string | null {
  const parsed = parseValues(matchSchema.pick({ save_as: true }), { save_as: name });
  if (!parsed.ok) throw invalidOptions(parsed.errors, { save_as: 'save-mapping' });
  return parsed.values.save_as;
}

/** @throws {CommandFailed} */
export async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new CommandFailed(`${path} cannot be read.`);
}
