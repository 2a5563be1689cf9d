import type { Knex } from 'knex';
import type { SearchedTable } from '../../database/substring-search.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { fold, foldings } from '../text/fold.ts';
import { cleanPhone, phoneDigits } from '../text/phone-number.ts';
import { LAST_DIGITS, personTerm, searchTerm } from '../text/search-text.ts';
import type { SearchCondition } from './read-search.ts';

/** For rows that are found otherwise: row level security keeps LIKE from using an index. */
type Where = Knex.Raw;

/** The column `search_text` contains every word. */
export function hasWords(db: TenantDb, searched: Searched, text: string): Where {
  const patterns = termOf(searched, text).split(' ').map(patternOf);
  return db.raw('?? like all (?::text[])', [searched.column, patterns]);
}

/** The column `search_text` contains the words, one after the other. */
export function hasPhrase(db: TenantDb, searched: Searched, text: string): Where {
  const joined = termOf(searched, text).replace(/[^\p{L}\p{M}\p{N}]/gu, '');
  if (joined === '' || !text.trim().includes(' ')) return hasWords(db, searched, text);
  return db.raw('?? like ?', [searched.column, `%${joined}%`]);
}

/** Each word is the beginning of a word of the normalised name. */
export function nameHasWords(db: TenantDb, column: string, text: string): Where {
  const spellings = [...new Set(foldings.map((folding) => folding(text)))];
  const patterns = spellings.map((spelling) =>
    spelling.split(' ').map((word) => `% ${escapePattern(word)}%`),
  );
  return db.raw(
    patterns.map(() => "' ' || ?? like all (?::text[])").join(' or '),
    patterns.flatMap((each) => [column, each]),
  );
}

export function phoneHasDigits(db: TenantDb, column: string, text: string): Where {
  return db.raw("regexp_replace(??, '[^0-9]', '', 'g') like ?", [
    column,
    `%${digitsOf(text).slice(-LAST_DIGITS)}%`,
  ]);
}

/** Without the zero that is dialled inside the country. Empty for a text that is no number. */
export function digitsOf(text: string): string {
  return phoneDigits(cleanPhone(text)).replace(/^0+(?=\d{3})/, '');
}

/** Undefined for a text that is none of the states. */
export function stateCondition(
  column: string,
  states: readonly string[],
  text: string,
): SearchCondition | undefined {
  const state = states.find((each) => each === stateOf(text));
  if (state === undefined) return undefined;
  const others = states.filter((each) => each !== state);
  return {
    where: (db) => db.raw('?? = ?', [column, state]),
    // Partial indexes have the rows with some states.
    whereNot: (db) => db.raw(`?? in (${others.map(() => '?').join(', ')})`, [column, ...others]),
  };
}

/** `On hold` and `on_hold` */
export function stateOf(text: string): string {
  return fold(text).replaceAll(' ', '_');
}

export function escapePattern(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

interface Searched {
  table: SearchedTable;
  column: string;
}

function termOf({ table }: Searched, text: string): string {
  return table === 'users' ? personTerm(text) : searchTerm(text);
}

/** As in the functions of the database: one or two characters match the beginning of a word. */
function patternOf(word: string): string {
  return `%${Array.from(word).length < 3 ? ' ' : ''}${escapePattern(word)}%`;
}
