import type { Request } from 'express';
import { MAX_COUNT } from '../database/paginate.ts';
import type { Filters, ListQuery } from '../database/parse-list.ts';
import type { ImportKindName } from '../domain/import/import-kind.ts';
import { importKinds } from '../domain/import/kinds.ts';
import type { StaffPermission } from '../domain/role/permissions.ts';
import type { ListedPage, RequestedList } from '../http/read-list.ts';
import type { Plural } from '../locales/translate.ts';
import { permittedColumns, tableOf, type Column, type ListContext } from './list-columns.ts';
import { shownFilters, type Control } from './list-controls.ts';

type Params = Readonly<Record<string, string>>;

export interface Link {
  text: string;
  href: string;
  /** All of them, if there is more than one. */
  permission?: StaffPermission | readonly StaffPermission[];
}

export function isPermitted({ permission = [] }: Link, { can }: Pick<ListContext, 'can'>): boolean {
  return [permission].flat().every(can);
}

/** To the form with the kind selected. */
export function importLink(kind: ImportKindName): Link {
  const permission = ['imports.create', ...importKinds[kind].permissions] as const;
  return { text: 'Import', href: `/imports/new?kind=${kind}`, permission };
}

export interface Empty {
  heading: string;
  params?: Params;
  icon?: string;
  text?: string;
  action?: Link | undefined;
  second?: Link | undefined;
}

/** Texts are in English. */
export interface ListDisplay<
  Row extends { id: string },
  Given extends Filters = Filters,
  Within extends string = string,
  Loaded = unknown,
> {
  title: string;
  path: string;
  columns: readonly Column<Row>[];
  search?: { placeholder: string; label?: string; maxlength?: number };
  filters?: readonly Control<keyof Given & string, Loaded>[];
  /** Of the custom fields of the tenant. */
  custom_filters?: readonly Control<string, Loaded>[];
  /** A choice of the order in addition to the headings. */
  sorts?: readonly (readonly [sort: string, text: string])[];
  /** Of the number of rows, and of a number that is cut off. Without them the rows are not counted. */
  count?: Plural;
  more?: string;
  /** Beside or instead of the count, when the search has found too many. */
  cut?: string;
  firstUse: Empty | ((context: ListContext, loaded: Loaded) => Empty);
  noMatch: Empty | ((query: ListQuery<Given, Within>) => Empty);
}

export interface Listed<Row> extends ListedPage<Row> {
  count?: number;
  found?: number;
}

export function contextOf(req: Request): ListContext {
  const { permissions } = req.actor;
  return {
    can: (permission) => permissions.has(permission),
    userId: req.user!.id,
    currency: req.tenant.currency,
    secretKeys: req.secretKeys,
  };
}

const withoutSettings = {
  column_options: [],
  chosen_columns: [],
  kept: [],
  clear_query: '',
  sizes: [],
  is_wide: false,
};

/** The local `list` of the view `operations/list-frame`. */
export function shownList<Row extends { id: string }, Given extends Filters, Within extends string, Loaded>(
  display: ListDisplay<Row, Given, Within, Loaded>,
  list: RequestedList<Row, ListQuery<Given, Within>>,
  { rows, first, previous, next, count = 0, found = 0 }: Listed<Row>,
  { context, loaded }: { context: ListContext; loaded: Loaded },
) {
  const { query, isFiltered, href } = list;
  const isEmpty = rows.length === 0;
  const { firstUse, noMatch } = display;
  const empty = isFiltered
    ? { ...(typeof noMatch === 'function' ? noMatch(query) : noMatch), is_filtered: true }
    : typeof firstUse === 'function'
      ? firstUse(context, loaded)
      : firstUse;
  return {
    title: display.title,
    path: display.path,
    is_first_use: isEmpty && !isFiltered,
    is_filtered: isFiltered,
    q: query.q,
    sort: query.sort,
    is_default_sort: list.isDefaultSort,
    sort_href: (other: string) => href({ sort: other }),
    ...withoutSettings,
    search: display.search ?? null,
    sorts: display.sorts ?? [],
    ...shownFilters(display, query, href, loaded),
    table: tableOf(permittedColumns(display.columns, context), rows, context),
    count: Math.min(count, MAX_COUNT),
    total: count > MAX_COUNT ? display.more! : (display.count ?? null),
    cut: display.cut !== undefined && found >= list.maxFound ? display.cut : null,
    max_found: list.maxFound,
    first,
    last: first + rows.length - 1,
    empty: isEmpty ? shownEmpty(empty, context) : null,
    previous,
    next,
  };
}

function shownEmpty({ action, second, ...empty }: Empty, context: ListContext) {
  const permitted = (link?: Link) => (link && isPermitted(link, context) ? link : null);
  return { is_filtered: false, ...empty, action: permitted(action), second: permitted(second) };
}
