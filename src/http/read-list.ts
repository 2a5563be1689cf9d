import type { Request, Response } from 'express';
import { readCursor, writeCursor, type Order, type Page, type PagePosition } from '../database/paginate.ts';
import { flash } from './flash.ts';

export interface ListDefinition {
  /** Keyed by the name in `sort=`. */
  orders: Readonly<Record<string, Pick<Order, 'columns' | 'fields'>>>;
  /** The default: `created`, or `-created` for descending. */
  sort: string;
  filters: Readonly<Record<string, (value: string) => boolean>>;
}

export interface ListQuery {
  q: string;
  filters: Partial<Record<string, string>>;
  isFiltered: boolean;
  sort: string;
  order: Order;
  place: PagePosition | null;
  size: number;
  /** The URL of the first page with changed parameters; null removes a parameter. */
  href: (params: Readonly<Record<string, string | null>>) => string;
  pager: (page: Page<object>) => { previous: string | null; next: string | null };
}

const PAGE_SIZE = 25;
const MAX_PARAM_LENGTH = 2000;

/** Ignores invalid values with a flash. Returns null after a redirect that removes the empty parameters of a form. */
export function readList(req: Request, res: Response, list: ListDefinition): ListQuery | null {
  const given = readParams(req, list);
  const isCanonical = Object.values(given).every((value) => value !== '');
  if (!isCanonical) {
    res.redirect(303, urlOf(req.pathname, given));
    return null;
  }
  const onInvalid: OnInvalid = (name) =>
    flash(req, res, "We could not understand '{name}' in the address and left it out.", {
      kind: 'warn',
      params: { name },
    });
  const q = given['q'] ?? '';
  const filters = readFilters(given, list, onInvalid);
  const order = readOrder(given['sort'], list, onInvalid);
  const sort = (order.isDescending ? '-' : '') + order.name;
  const params = { q, ...filters, sort: sort === list.sort ? null : sort };
  return {
    q,
    filters,
    sort,
    order,
    size: PAGE_SIZE,
    isFiltered: q !== '' || Object.keys(filters).length > 0,
    place: readPlace(given, order, onInvalid),
    ...linksOf((others) => urlOf(req.pathname, { ...params, ...others }), order),
  };
}

type OnInvalid = (name: string) => void;

function linksOf(href: ListQuery['href'], order: Order): Pick<ListQuery, 'href' | 'pager'> {
  const at = (values: readonly string[] | null, side: PagePosition['side']) =>
    values && href({ [side]: writeCursor(values, order) });
  return {
    href,
    pager: ({ previous, next }) => ({ previous: at(previous, 'before'), next: at(next, 'after') }),
  };
}

type Params = Record<string, string | null | undefined>;

/** Only the first value of a repeated parameter counts. */
function readParams(req: Request, { filters }: ListDefinition): Record<string, string> {
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
  return Array.from(line).slice(0, MAX_PARAM_LENGTH).join('');
}

function readFilters(given: Params, list: ListDefinition, onInvalid: OnInvalid) {
  const filters: ListQuery['filters'] = {};
  for (const [name, isValid] of Object.entries(list.filters)) {
    const value = given[name];
    if (!value) continue;
    if (isValid(value)) filters[name] = value;
    else onInvalid(name);
  }
  return filters;
}

function readOrder(sort: string | null | undefined, list: ListDefinition, onInvalid: OnInvalid): Order {
  const isKnown = sort && Object.hasOwn(list.orders, sort.replace(/^-/, ''));
  if (sort && !isKnown) onInvalid('sort');
  const chosen = isKnown ? sort : list.sort;
  const name = chosen.replace(/^-/, '');
  return { ...list.orders[name]!, name, isDescending: chosen.startsWith('-') };
}

function readPlace(given: Params, order: Order, onInvalid: OnInvalid): PagePosition | null {
  for (const side of ['after', 'before'] as const) {
    const text = given[side];
    if (!text) continue;
    const values = readCursor(text, order);
    if (values) return { side, values };
    onInvalid(side);
  }
  return null;
}

function urlOf(path: string, params: Params): string {
  const given = Object.entries(params).filter((param): param is [string, string] => Boolean(param[1]));
  const query = new URLSearchParams(given).toString();
  return query ? `${path}?${query}` : path;
}
