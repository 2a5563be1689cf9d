import type { Request, Response } from 'express';
import { PAGE_SIZE, type List, type SearchProblem } from '../database/list.ts';
import type { ListDb } from '../database/list-filters.ts';
import {
  MAX_SEARCH_RESULTS,
  writeCursor,
  type Order,
  type Page,
  type PagePosition,
} from '../database/paginate.ts';
import type { Filters, ListQuery, Params } from '../database/parse-list.ts';
import { errorTexts } from '../locales/error-texts.ts';
import { truncate } from '../truncate.ts';
import { flash } from './flash.ts';
import { seeOther } from './see-other.ts';

export interface ListedPage<Row> {
  rows: Row[];
  /** The number of the first row, when no rows were added or removed since the first page. */
  first: number;
  /** The URLs of the previous and the next page. */
  previous: string | null;
  next: string | null;
}

/** Parameters of the address in addition to those of the list. */
export interface PageSettings {
  size: number;
  /** They stay in every link of the page. */
  params: readonly [name: string, value: string][];
  problems: readonly string[];
  /** The names of columns that the list does not have or the viewer may not see. */
  unknownColumns: readonly string[];
  isCanonical: boolean;
  /** The response is a file, which cannot name what is left out. */
  isFile?: boolean;
  /** Without what the list does not read. */
  given?: Params;
  /** The id of a saved view, which stays beside the parameters of the list. */
  view?: string | undefined;
}

/** Of every list of staff. */
const PAGE_PARAMS = ['col', 'per', 'format'];

const DEFAULT_SETTINGS: PageSettings = {
  size: PAGE_SIZE,
  params: [],
  problems: [],
  unknownColumns: [],
  isCanonical: true,
};

type Href = (changes: Readonly<Record<string, string | null>>) => string;

export interface RequestedList<Row, Query> {
  query: Query;
  place: PagePosition | null;
  size: number;
  isFiltered: boolean;
  isDefaultSort: boolean;
  /** The most ids that a search finds. */
  maxFound: number;
  /** The URL of the first page with changed parameters; null removes a parameter. */
  href: Href;
  /** Returns null after a redirect to the first page, if a later page has no rows. */
  page: (fetched: readonly Row[]) => Promise<ListedPage<Row> | null>;
}

/** Leaves out invalid values with a flash. Returns null after a redirect that removes the empty parameters of a form. */
export async function readList<
  Row extends { id: string },
  Db extends ListDb,
  Given extends Filters,
  Within extends string = never,
>(
  req: Request,
  res: Response,
  list: List<Row, Db, Given, Within>,
  within = {} as Record<Within, string>,
  settings = DEFAULT_SETTINGS,
): Promise<RequestedList<Row, ListQuery<Given, Within>> | null> {
  // That of the times on the page, so that days begin where the page shows it.
  const time_zone = req.user?.time_zone ?? req.tenant?.time_zone ?? 'UTC';
  const { given = req.query, size, params, view } = settings;
  const parsed = list.parse(given, { within, time_zone });
  const { query, place, problems, hasEmptyParams, canonical } = parsed;
  const gone = view === undefined ? [] : parsed.unknown;
  flashProblems(req, res, [...problems.filter((name) => !gone.includes(name)), ...settings.problems]);
  flashUnknown(req, res, gone);
  flashUnknownColumns(req, res, settings.unknownColumns, view !== undefined);
  const searchProblems = list.declaration.searchIds?.problems?.(query.q) ?? [];
  const leftOut = [...problems, ...searchProblems];
  const isOtherFile = settings.isFile === true && leftOut.length > 0;
  if (isOtherFile) flash(req, res, 'The file was not written. Check the list first.', { kind: 'warn' });
  if (hasEmptyParams || !settings.isCanonical || isOtherFile) {
    const format: [string, string][] = isCsv(req) && !isOtherFile ? [['format', 'csv']] : [];
    const kept = new URLSearchParams([...params, ...format]).toString();
    await seeOther(
      req,
      res,
      urlOf(req.pathname, withView([canonical, kept].filter(Boolean).join('&'), view)),
    );
    return null;
  }
  // The redirect keeps the text of the search.
  flashSearchProblems(req, res, searchProblems);
  const href: Href = (changes) => {
    const changed = changeParams([...list.format(query), ...params], changes).toString();
    return urlOf(req.pathname, Object.hasOwn(changes, 'view') ? changed : withView(changed, view));
  };
  return {
    query,
    place,
    size,
    maxFound: list.declaration.searchIds?.max ?? MAX_SEARCH_RESULTS,
    isDefaultSort: query.sort === list.declaration.defaultSort,
    isFiltered: query.q !== '' || Object.keys(query.filters).length > 0,
    href,
    page: async (fetched) => {
      if (place && fetched.length === 0) {
        await seeOther(req, res, href({}));
        return null;
      }
      const { start = 1 } = place ?? {};
      return linkPages(list.page(fetched, query, place, size), list.order(query), { start, size, href });
    },
  };
}

/** Only lists of staff have keys. */
export function flashSearchProblems(req: Request, res: Response, problems: readonly SearchProblem[]): void {
  for (const { code, params } of problems)
    flash(req, res, errorTexts.operations[code], { kind: 'warn', params });
}

function linkPages<Row>(
  { rows, previous, next }: Page<Row>,
  order: Order,
  { start, size, href }: { start: number; size: number; href: Href },
): ListedPage<Row> {
  const first = previous === null ? 1 : start;
  const before = Math.max(1, first - size);
  return {
    rows,
    first,
    previous: previous && href({ before: writeCursor({ values: previous, start: before }, order) }),
    next: next && href({ after: writeCursor({ values: next, start: first + rows.length }, order) }),
  };
}

/** Of an address that asks for the CSV file of a page. */
export function isCsv({ query }: Request): boolean {
  return query['format'] === 'csv';
}

/** Names the parameters of the address whose values are not used. */
export function flashProblems(req: Request, res: Response, names: readonly string[]): void {
  for (const name of names)
    flash(req, res, "'{name}' in the address is not valid and was ignored.", {
      kind: 'warn',
      params: { name },
    });
}

/** Other parameters than those of a list's page, of a view that was saved when they had a meaning. */
function flashUnknown(req: Request, res: Response, names: readonly string[]): void {
  for (const name of names.filter((each) => !PAGE_PARAMS.includes(each)))
    flash(req, res, "'{name}' of this view no longer exists and was left out.", {
      kind: 'warn',
      params: { name },
    });
}

const MAX_NAMED_COLUMNS = 5;
const MAX_COLUMN_NAME = 50;

function flashUnknownColumns(req: Request, res: Response, names: readonly string[], isView: boolean): void {
  const text = isView
    ? "The column '{name}' of this view is no longer available and was left out."
    : "The column '{name}' in the address is not available and was ignored.";
  for (const name of names.slice(0, MAX_NAMED_COLUMNS))
    flash(req, res, text, { kind: 'warn', params: { name: truncate(name, MAX_COLUMN_NAME) } });
}

/** A view without parameters would be opened as it is stored. */
function withView(query: string, view: string | undefined): string {
  return query && view !== undefined ? `${query}&view=${view}` : query;
}

function changeParams(params: [string, string][], changes: Readonly<Record<string, string | null>>) {
  const changed = new URLSearchParams(params);
  for (const [name, value] of Object.entries(changes)) {
    if (value) changed.set(name, value);
    else changed.delete(name);
  }
  return changed;
}

function urlOf(path: string, query: string): string {
  return query ? `${path}?${query}` : path;
}
