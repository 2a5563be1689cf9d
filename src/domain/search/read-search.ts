import type { Knex } from 'knex';
import type { SearchProblem } from '../../database/list.ts';
import type { TenantDb } from '../../database/tenant-db.ts';
import { fold } from '../text/fold.ts';
import { searchTerm } from '../text/search-text.ts';
import { parseSearch, type SearchTerm } from './parse-search.ts';

/** Of quoted, negated and keyed terms, each of which is a condition of the statement. */
export const MAX_CONDITIONS = 20;

/** Of the rows that one condition finds; the other conditions are checked for each of them. */
export const MAX_CANDIDATES = 2_000;

export interface SearchCondition {
  /** For each row that is found otherwise, also without an index. */
  where: (db: TenantDb) => Knex.Raw;
  /** The negation, when an index has it. */
  whereNot?: (db: TenantDb) => Knex.Raw;
  /** The ids of rows, found by an index. Undefined for a condition that the filters of the list have. */
  ids?: (db: TenantDb) => Knex.Raw | Knex.QueryBuilder;
  /**
   * Which ids are read when there are several conditions: `narrow` ones first, at most MAX_CANDIDATES; then the newest
   * MAX_SEARCH_RESULTS rows that contain words; `broad` ones last.
   */
  reach?: 'narrow' | 'words' | 'broad';
}

/** Returns undefined for a text that cannot be a value of the key. */
type SearchKey = (text: string) => SearchCondition | undefined;

export interface SearchKeys {
  /** By the key in lower case. */
  named: Readonly<Record<string, SearchKey>>;
  /** For the other keys, such as the codes of custom fields. Returns undefined for an unknown key. */
  other?: (key: string) => SearchKey | undefined;
  /** Rows that contain the words; those of a phrase follow each other. */
  words: (text: string, isPhrase: boolean) => SearchCondition;
}

export interface Search {
  /** What is typed without quotes, keys and signs. */
  words: string;
  conditions: { condition: SearchCondition; isNegated: boolean }[];
  problems: SearchProblem[];
}

/** Leaves out what it does not understand, and names it. */
export function readSearch(text: string, keys: SearchKeys): Search {
  const terms = parseSearch(text);
  const given = terms.filter((term) => !isWord(term));
  const words = terms
    .filter(isWord)
    .map((term) => term.text)
    .join(' ');
  const search: Search = {
    // Signs that no row contains are left out beside conditions.
    words: given.length > 0 && searchTerm(words) === '' ? '' : words,
    conditions: [],
    problems: [],
  };
  for (const term of given.slice(0, MAX_CONDITIONS)) addCondition(search, term, keys);
  if (given.length > MAX_CONDITIONS)
    search.problems.push({
      text: 'The search has more than {most} conditions. The others were ignored.',
      params: { most: MAX_CONDITIONS },
    });
  return search;
}

export function searchProblems(text: string, keys: SearchKeys): SearchProblem[] {
  return isPlainText(text) ? [] : readSearch(text, keys).problems;
}

/** As before there were keys: the whole text is searched, for example `+44 20 7946 0958`. */
export function isPlainText(text: string): boolean {
  return parseSearch(text).every(isWord);
}

function isWord({ key, isNegated, isQuoted }: SearchTerm): boolean {
  return key === null && !isNegated && !isQuoted;
}

function addCondition(
  search: Search,
  { key, text, isNegated, isQuoted }: SearchTerm,
  keys: SearchKeys,
): void {
  const words: SearchKey = () => keys.words(text, isQuoted);
  const findKey = key === null ? words : (namedKey(keys, key) ?? keys.other?.(key));
  if (!findKey)
    return void search.problems.push({ text: "We do not know the key '{name}'.", params: { name: key! } });
  // A name begins with the empty text, so without a letter or digit the search would find everything.
  const isEmpty = (key === null ? searchTerm(text) : fold(text)) === '';
  const condition = isEmpty ? undefined : findKey(text);
  if (condition) return void search.conditions.push({ condition, isNegated });
  search.problems.push({
    text: "'{text}' in the search is not valid and was ignored.",
    params: { text: key === null ? text : `${key}:${text}` },
  });
}

function namedKey({ named }: SearchKeys, key: string): SearchKey | undefined {
  return Object.hasOwn(named, key) ? named[key] : undefined;
}
