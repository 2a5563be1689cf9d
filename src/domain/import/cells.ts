import type * as z from 'zod';
import { isId } from '../../database/new-id.ts';
import { isCivilDate } from '../billing/civil-date.ts';
import { fieldTypes, type FieldTypeName } from '../custom-field/field-types.ts';
import { line } from '../form/fields.ts';
import { code } from '../form/parse-values.ts';
import type { ErrorDetails } from '../form/parse-values.ts';
import { truncate } from '../../truncate.ts';
import type { DateOrder, ImportOptions } from './import.ts';
import type { ParsedRow, RowError } from './row.ts';

type Parsed = { value: unknown } | { error: ErrorDetails };

/** Of a cell that is not empty. */
export interface CellParser {
  parse(text: string): Parsed;
  /** An empty cell clears the stored value. */
  clears?: boolean;
  /** Errors do not show its value. */
  is_secret?: boolean;
}

/** Of a cell in a list of errors. */
export const MAX_SHOWN = 200;
/** The reader removes the apostrophe of an export before other characters. */
const PROTECTED = /^'(?='*=)/;

/** Applies the rules of a form field. */
export function cellOf(schema: z.ZodType, prepare: (text: string) => Prepared = asTyped): CellParser {
  return {
    parse: (text) => {
      const prepared = prepare(text);
      if (typeof prepared === 'object' && 'error' in prepared) return prepared;
      const result = schema.safeParse(prepared);
      if (result.success) return { value: result.data };
      const { message, ...issue } = result.error.issues[0]!;
      const params = 'params' in issue ? (issue.params as ErrorDetails['params']) : undefined;
      return { error: { code: message as ErrorDetails['code'], ...(params && { params }) } };
    },
  };
}

type Prepared = string | readonly string[] | { error: ErrorDetails };

const asTyped = (text: string) => text;

/** By the position in the file. */
export function readCells(
  parsers: Readonly<Record<string, CellParser>>,
  mapping: readonly (string | null)[],
  { line, cells }: { line: number; cells: readonly string[] },
): ParsedRow {
  const values: Record<string, unknown> = {};
  const texts: Record<string, string> = {};
  const errors: RowError[] = [];
  mapping.forEach((column, position) => {
    const parser = column === null ? undefined : parsers[column];
    const typed = (cells[position] ?? '').trim();
    if (column === null || !parser) return;
    if (typed === '') {
      if (parser.clears) values[column] = null;
      return;
    }
    texts[column] = parser.is_secret ? '' : truncate(typed, MAX_SHOWN).toWellFormed();
    const parsed = typed.startsWith('=')
      ? { error: { code: code('import_formula').error } }
      : parser.parse(typed.replace(PROTECTED, ''));
    if ('error' in parsed) errors.push({ column, value: texts[column], ...parsed.error });
    else if (parsed.value !== null) values[column] = parsed.value;
  });
  return { line, values, errors, cells: texts };
}

export function errorAt({ cells }: ParsedRow, column: string, error: ErrorDetails): RowError {
  return { column, value: cells[column] ?? '', ...error };
}

export function idCell(unknown: ReturnType<typeof code>): CellParser {
  return cellOf(
    line(36)
      .transform((text) => text.toLowerCase())
      .refine(isId, unknown),
  );
}

/** As `4.42079E+11`. */
const SHORTENED = /^\d[.,]\d+e\+\d+$/i;

/** Refuses a number whose last digits a spreadsheet has dropped. */
export function wholeNumber(text: string): Prepared {
  return SHORTENED.test(text) ? { error: { code: 'import_shortened_number' } } : text;
}

/** `YYYY-MM-DD`. */
export function dateCell({ date_order }: ImportOptions) {
  return (text: string): Prepared => {
    const [, first = '', second = '', third = ''] =
      /^(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})\.?$/.exec(text) ?? [];
    const isYearFirst = first.length === 4 || date_order === 'ymd';
    const [year, month, day] = isYearFirst
      ? [first, second, third]
      : datePartsIn(date_order, [first, second, third]);
    const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
    if (year.length === 4 && isCivilDate(date)) return date;
    return { error: { code: 'import_invalid_date', params: { example: exampleDates[date_order] } } };
  };
}

function datePartsIn(order: DateOrder, [first, second, third]: [string, string, string]) {
  return order === 'mdy' ? ([third, first, second] as const) : ([third, second, first] as const);
}

const exampleDates: Record<DateOrder, string> = { ymd: '2026-01-31', dmy: '31/01/2026', mdy: '01/31/2026' };

export function numberCell({ has_decimal_comma }: ImportOptions) {
  const [decimal, thousands] = has_decimal_comma ? [',', '.'] : ['.', ','];
  const grouped = new RegExp(`^[-+]?\\d{1,3}(?:[${thousands}'\\u00a0\\u202f ]\\d{3})+(?:[${decimal}]\\d+)?$`);
  return (text: string): Prepared => {
    if (SHORTENED.test(text)) return { error: { code: 'import_shortened_number' } };
    const plain = grouped.test(text) ? text.replace(/[^\d\-+.,]/g, '').replaceAll(thousands!, '') : text;
    return plain.includes(thousands!) ? { error: { code: 'invalid_decimal' } } : plain;
  };
}

/** For a field whose value a cell can have. */
export function customCell(
  { type, title, choices, is_secret }: CustomCell,
  options: ImportOptions,
): CellParser {
  const schema = fieldTypes[type].parse({ choices, title });
  const parser = cellOf(schema, preparations(choices, options)[type] ?? asTyped);
  const parse = (text: string): Parsed => {
    const parsed = parser.parse(text);
    if (!('error' in parsed) || !fieldTypes[type].hasChoices) return parsed;
    return {
      error: { code: 'import_unlisted_choice', params: { choices: truncate(choices.join(', '), MAX_SHOWN) } },
    };
  };
  return { parse, ...(is_secret && { is_secret }) };
}

interface CustomCell {
  type: FieldTypeName;
  title: string;
  choices: readonly string[];
  is_secret: boolean;
}

function preparations(
  choices: readonly string[],
  options: ImportOptions,
): Partial<Record<FieldTypeName, (text: string) => Prepared>> {
  return {
    number: numberCell(options),
    date: dateCell(options),
    phone: wholeNumber,
    yes_no: yesOrNo,
    choices: (text) => namesIn(text, choices),
  };
}

function yesOrNo(text: string): Prepared {
  const typed = text.toLowerCase();
  if (['yes', 'y', 'true', '1'].includes(typed)) return 'yes';
  if (['no', 'n', 'false', '0'].includes(typed)) return 'no';
  return { error: { code: 'import_yes_or_no' } };
}

/** Separated by commas, semicolons or bars. */
export function listOf(text: string): string[] {
  return text.split(SEPARATOR).flatMap((each) => each.trim() || []);
}

const SEPARATOR = /[,;|]/;

/** The same, where a known name may have a separator. */
export function namesIn(text: string, known: readonly string[]): string[] {
  const divided = known.filter((name) => SEPARATOR.test(name)).toSorted((a, b) => b.length - a.length);
  if (divided.length === 0) return listOf(text);
  const names: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const name = divided.find(
      (each) => rest.startsWith(each) && /^\s*([,;|]|$)/.test(rest.slice(each.length)),
    );
    const end = name?.length ?? (rest + ',').search(SEPARATOR);
    names.push(rest.slice(0, end).trim());
    rest = rest.slice(end).replace(/^\s*[,;|]?\s*/, '');
  }
  return names.filter((name) => name !== '');
}
