import type { Request, Response } from 'express';
import { readCursor, writeCursor, type Order, type Page, type Place } from '../database/paginate.ts';
import { flash } from './flash.ts';

/** What the addresses of one list may say. */
export interface ListGrammar {
  /** By the word in `sort=`; the direction is the address's. */
  orders: Readonly<Record<string, Pick<Order, 'columns' | 'fields'>>>;
  /** Where the address names none: `created`, or `-created` for the latest first. */
  sort: string;
  /** Whether a filter's value is one it can have. */
  filters: Readonly<Record<string, (value: string) => boolean>>;
}

/** One list as its address asks for it; what could not be understood is left out. */
export interface ListQuery {
  q: string;
  filters: Partial<Record<string, string>>;
  isFiltered: boolean;
  sort: string;
  order: Order;
  place: Place | null;
  size: number;
  /** The same list with other words in its address (null takes one out), from its first page. */
  href: (words: Readonly<Record<string, string | null>>) => string;
  /** Addresses of the pages around this one. */
  pager: (page: Page<object>) => { previous: string | null; next: string | null };
}

const SIZE = 25;

/**
 * Reads `?q=&<filter>=&sort=&after=&before=`. Unknown words are ignored, bad values are said kindly and ignored. Null
 * when the visitor was sent on to the same list without the empty words a form leaves in its address.
 */
export function readList(req: Request, res: Response, grammar: ListGrammar): ListQuery | null {
  const given = wordsOf(req, grammar);
  const isTidy = Object.values(given).every((value) => value !== '');
  if (!isTidy) {
    res.redirect(303, address(req.pathname, given));
    return null;
  }
  const refused: Refused = (name) =>
    flash(req, res, "We could not understand '{name}' in the address and left it out.", {
      kind: 'warn',
      params: { name },
    });
  const q = given['q'] ?? '';
  const filters = filtersOf(given, grammar, refused);
  const order = orderOf(given['sort'], grammar, refused);
  const sort = (order.isDescending ? '-' : '') + order.name;
  const words = { q, ...filters, sort: sort === grammar.sort ? null : sort };
  return {
    q,
    filters,
    sort,
    order,
    size: SIZE,
    isFiltered: q !== '' || Object.keys(filters).length > 0,
    place: placeOf(given, order, refused),
    ...addresses((others) => address(req.pathname, { ...words, ...others }), order),
  };
}

type Refused = (name: string) => void;

function addresses(href: ListQuery['href'], order: Order): Pick<ListQuery, 'href' | 'pager'> {
  const at = (values: readonly string[] | null, side: Place['side']) =>
    values && href({ [side]: writeCursor(values, order) });
  return {
    href,
    pager: ({ previous, next }) => ({ previous: at(previous, 'before'), next: at(next, 'after') }),
  };
}

type Words = Record<string, string | null | undefined>;

/** The words of the grammar as they stand in the address; of a repeated one the first. */
function wordsOf(req: Request, { filters }: ListGrammar): Record<string, string> {
  const query = req.query as Record<string, string | string[] | undefined>;
  const names = ['q', ...Object.keys(filters), 'sort', 'after', 'before'];
  const given = names.flatMap((name) => {
    const value = [query[name] ?? []].flat()[0];
    return value === undefined ? [] : [[name, clean(value)] as const];
  });
  return Object.fromEntries(given);
}

function clean(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, ' ').trim();
  return Array.from(line).slice(0, 2000).join('');
}

function filtersOf(given: Words, grammar: ListGrammar, refused: Refused) {
  const filters: ListQuery['filters'] = {};
  for (const [name, isPossible] of Object.entries(grammar.filters)) {
    const value = given[name];
    if (!value) continue;
    if (isPossible(value)) filters[name] = value;
    else refused(name);
  }
  return filters;
}

function orderOf(sort: string | null | undefined, grammar: ListGrammar, refused: Refused): Order {
  const isKnown = sort && Object.hasOwn(grammar.orders, sort.replace(/^-/, ''));
  if (sort && !isKnown) refused('sort');
  const chosen = isKnown ? sort : grammar.sort;
  const name = chosen.replace(/^-/, '');
  return { ...grammar.orders[name]!, name, isDescending: chosen.startsWith('-') };
}

function placeOf(given: Words, order: Order, refused: Refused): Place | null {
  for (const side of ['after', 'before'] as const) {
    const text = given[side];
    if (!text) continue;
    const values = readCursor(text, order);
    if (values) return { side, values };
    refused(side);
  }
  return null;
}

function address(path: string, words: Words): string {
  const given = Object.entries(words).filter((word): word is [string, string] => Boolean(word[1]));
  const query = new URLSearchParams(given).toString();
  return query ? `${path}?${query}` : path;
}
